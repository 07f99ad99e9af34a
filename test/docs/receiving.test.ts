/** docs/receiving.md is right: its examples accept what Postern signs, refuse the rest, and count each event once. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import * as v from 'valibot'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROOT } from '../../scripts/workers.ts'
import { MailEventSchema } from '../../src/event/mail-event.ts'
import { utf8 } from '../../src/platform/bytes.ts'
import { type SigningKey, signatureHeader } from '../../src/platform/webhook-signature.ts'

const PAGE = await readFile(`${ROOT}docs/receiving.md`, 'utf8')

/** The code blocks of a language, in order. */
const blocks = (language: string): string[] =>
  [...PAGE.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(([, code = '']) => code)

const MESSAGE = JSON.parse(blocks('json')[0] ?? '') as { readonly type: string; readonly data: object }

const run = promisify(execFile)
const works = async (command: string, args: readonly string[]): Promise<boolean> =>
  run(command, args).then(
    () => true,
    () => false,
  )

const newKey = (): SigningKey => ({ kind: 'v1', key: new Uint8Array(randomBytes(32)) })
const secretOf = ({ key }: SigningKey): string => `whsec_${Buffer.from(key).toString('base64')}`
const [CURRENT, RETIRING, FOREIGN] = [newKey(), newKey(), newKey()]

let nr = 0
/** A new id each time. */
const newEvent = (): Readonly<Record<string, unknown>> => ({
  ...MESSAGE.data,
  id: String(++nr).padStart(44, '0'),
})
const single = (data = newEvent()) => ({ ...MESSAGE, data })

interface Sent {
  readonly message: { readonly type: string; readonly data: unknown }
  readonly keys?: readonly SigningKey[]
  readonly ageSeconds?: number
  /** Changes the body after it was signed. */
  readonly forge?: (body: string) => string
}

async function requestOf({ message, keys = [CURRENT], ageSeconds = 0, forge = (body) => body }: Sent) {
  const body = JSON.stringify(message)
  const id = `id${nr}`
  const seconds = Math.floor(Date.now() / 1_000) - ageSeconds
  return {
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(seconds),
      'webhook-signature': await signatureHeader(id, seconds, utf8(body), keys),
    },
    body: forge(body),
  }
}

interface Language {
  readonly name: string
  readonly block: string
  readonly start: (code: string) => readonly [string, ...string[]]
  /** Exits with 0 if the library is there. */
  readonly probe: readonly [string, ...string[]]
  readonly needs: string
}

const LANGUAGES: readonly Language[] = [
  {
    name: 'Node',
    block: 'js',
    start: (code) => [process.execPath, '--input-type=module', '-e', code],
    probe: [process.execPath, '--version'],
    needs: 'node',
  },
  {
    name: 'Python',
    block: 'python',
    start: (code) => ['python3', '-c', code],
    probe: ['python3', '-c', 'import standardwebhooks'],
    needs: 'python3 with the package standardwebhooks',
  },
]

/** A receiver of the page, running. */
interface Receiver {
  readonly post: (sent: Sent) => Promise<number>
  /** Lines that it has handled so far, one an event. */
  readonly handled: () => string[]
  readonly stop: () => void
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return address.port
}

async function receiver({ block, start }: Language, key: SigningKey): Promise<Receiver> {
  const port = await freePort()
  const code = (blocks(block)[0] ?? '').replaceAll('3000', String(port))
  const [command, ...args] = start(code)
  const child: ChildProcess = spawn(command, args, {
    cwd: ROOT,
    env: { ...process.env, SIGNING_SECRET: secretOf(key) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  let errors = ''
  child.stdout?.on('data', (part: Buffer) => (out += part.toString('utf8')))
  child.stderr?.on('data', (part: Buffer) => (errors += part.toString('utf8')))
  const url = `http://127.0.0.1:${port}/email-events`
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the example ended: ${errors}`)
    const answer = await fetch(url, { method: 'POST', body: '' }).catch(() => undefined)
    if (answer !== undefined) break
    await sleep(50)
  }
  return {
    async post(sent) {
      const { status } = await fetch(url, { method: 'POST', ...(await requestOf(sent)) })
      return status
    },
    handled: () => out.split('\n').slice(0, -1),
    stop: () => void child.kill(),
  }
}

for (const language of LANGUAGES) {
  const { name, probe, needs } = language
  const [command, ...args] = probe
  const isThere = await works(command, args)
  if (!isThere)
    process.stderr.write(`docs/receiving.md: the ${name} example was not run: it needs ${needs}.\n`)

  describe.skipIf(!isThere)(`the ${name} example`, () => {
    let app: Receiver
    beforeAll(async () => {
      app = await receiver(language, CURRENT)
    })
    afterAll(() => app.stop())

    /** Lines that a request makes the example handle. */
    const handledBy = async (sent: Sent) => {
      const before = app.handled().length
      const status = await app.post(sent)
      // A genuine event behind it: whatever the request causes is printed before.
      const marker = `marker-${nr}@example.com`
      await app.post({ message: single({ ...newEvent(), recipient: marker }) })
      while (app.handled().at(-1)?.includes(marker) !== true) await sleep(10)
      return { status, handled: app.handled().length - before - 1 }
    }

    it.each<[string, () => Sent, object]>([
      ['a genuine event', () => ({ message: single() }), { status: 204, handled: 1 }],
      [
        'a batch',
        () => ({ message: { type: 'batch', data: [newEvent(), newEvent(), newEvent()] } }),
        { status: 204, handled: 3 },
      ],
      [
        'an event signed with the current and the retiring secret',
        () => ({ message: single(), keys: [RETIRING, CURRENT] }),
        { status: 204, handled: 1 },
      ],
      [
        'the same, in the other order',
        () => ({ message: single(), keys: [CURRENT, RETIRING] }),
        { status: 204, handled: 1 },
      ],
      [
        'one changed byte',
        () => ({ message: single(), forge: (body) => body.replace('hard', 'harp') }),
        { status: 401, handled: 0 },
      ],
      ['another secret', () => ({ message: single(), keys: [FOREIGN] }), { status: 401, handled: 0 }],
      ['no signature', () => ({ message: single(), keys: [] }), { status: 401, handled: 0 }],
      ['an hour-old one', () => ({ message: single(), ageSeconds: 3_600 }), { status: 401, handled: 0 }],
    ])('takes or refuses %s', async (_what, sent, expected) => {
      expect(await handledBy(sent())).toEqual(expected)
    })

    it('counts an event once, alone or in a batch, and accepts the copy', async () => {
      const event = newEvent()
      expect(await handledBy({ message: single(event) })).toEqual({ status: 204, handled: 1 })
      expect(await handledBy({ message: single(event) })).toEqual({ status: 204, handled: 0 })
      const batch = { type: 'batch', data: [event, newEvent()] }
      expect(await handledBy({ message: batch })).toEqual({ status: 204, handled: 1 })
    })

    it('that still has the retiring secret accepts until the secret ends', async () => {
      const late = await receiver(language, RETIRING)
      try {
        expect(await late.post({ message: single(), keys: [CURRENT, RETIRING] })).toBe(204)
        expect(await late.post({ message: single(), keys: [CURRENT] })).toBe(401)
      } finally {
        late.stop()
      }
    })
  })
}

describe('the example with a public key', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const part = (key: typeof privateKey, name: 'd' | 'x') =>
    Buffer.from(key.export({ format: 'jwk' })[name] ?? '', 'base64url')
  const seed: SigningKey = { kind: 'v1a', key: new Uint8Array(part(privateKey, 'd')) }

  let folder: string
  let isGenuine: (body: Buffer, headers: Readonly<Record<string, string>>) => boolean
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'postern-receiving-'))
    await writeFile(path.join(folder, 'example.mjs'), blocks('js')[1] ?? '')
    process.env['PUBLIC_KEY'] = `whpk_${part(publicKey, 'x').toString('base64')}`
    ;({ isGenuine } = (await import(path.join(folder, 'example.mjs'))) as {
      isGenuine: typeof isGenuine
    })
  })
  afterAll(() => rm(folder, { recursive: true }))

  it.each<[string, Omit<Sent, 'message'>, boolean]>([
    ['a genuine event', { keys: [seed] }, true],
    ['one with an HMAC beside it', { keys: [CURRENT, seed] }, true],
    ['one changed byte', { keys: [seed], forge: (body) => body.replace('hard', 'harp') }, false],
    ['an HMAC alone', { keys: [CURRENT] }, false],
    ['no signature', { keys: [] }, false],
    ['an hour-old one', { keys: [seed], ageSeconds: 3_600 }, false],
  ])('judges %s', async (_what, sent, expected) => {
    const { body, headers } = await requestOf({ message: single(), ...sent })
    expect(isGenuine(Buffer.from(body), headers)).toBe(expected)
  })

  it('refuses a request without the headers', () => expect(isGenuine(Buffer.from('{}'), {})).toBe(false))
})

describe('the page', () => {
  it('shows an event as Postern sends it', () => {
    expect(v.safeParse(v.strictObject(MailEventSchema.entries), MESSAGE.data).issues).toBeUndefined()
    expect(Object.keys(MESSAGE.data)).toEqual(Object.keys(MailEventSchema.entries))
    expect(MESSAGE).toMatchObject({ type: 'email.bounced', timestamp: expect.stringMatching(/Z$/) })
  })

  /** Their libraries are not among the packages of this repository, so only the syntax is checked. */
  const PARSERS: Readonly<Record<string, readonly [string, ...string[]]>> = {
    ruby: ['ruby', '-c'],
    php: ['php', '-l'],
    go: ['gofmt', '-l'],
  }
  for (const [language, [command, ...args]] of Object.entries(PARSERS))
    it(`has an example in ${language} that parses`, async ({ skip }) => {
      skip(!(await works('which', [command])), `${command} is not installed on this machine`)
      const folder = await mkdtemp(path.join(tmpdir(), 'postern-receiving-'))
      try {
        const file = path.join(folder, `example.${language}`)
        await writeFile(file, blocks(language)[0] ?? '')
        const { stdout } = await run(command, [...args, file])
        // It lists files of another format.
        if (language === 'go') expect(stdout).toBe('')
      } finally {
        await rm(folder, { recursive: true })
      }
    })
})
