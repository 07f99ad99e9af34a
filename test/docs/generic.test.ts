/** docs/generic.md is right: its examples sign deliveries that verify, and its tables are those of the code. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { type IncomingMessage, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { judge } from '../../src/cli/judge.ts'
import { ROOT } from '../../scripts/workers.ts'
import { EVENT_TYPES } from '../../src/event/mail-event.ts'
import { readPlainEvent } from '../../src/providers/shared/plain-event.ts'

const PAGE = readFileSync(`${ROOT}docs/generic.md`, 'utf8')
const SECRET = 'a-secret-of-this-test-alone-5d1c'

/** The code blocks of a language, in order. */
const blocks = (language: string): string[] =>
  [...PAGE.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(([, code = '']) => code)

const EXAMPLE = JSON.parse(blocks('json')[0] ?? '') as Record<string, unknown>

interface Language {
  readonly name: string
  readonly command: readonly [string, ...string[]]
  /** Sets `url`, `body` and `secret` from the environment. */
  readonly prelude: string
}

const LANGUAGES: readonly Language[] = [
  {
    name: 'js',
    command: [process.execPath, '--input-type=module', '-e'],
    prelude: 'const { URL_: url, BODY: body, SECRET: secret } = process.env\n',
  },
  {
    name: 'python',
    command: ['python3', '-c'],
    prelude:
      'import os\nurl, body, secret = os.environ["URL_"], os.environ["BODY"].encode(), os.environ["SECRET"]\n',
  },
  {
    name: 'ruby',
    command: ['ruby', '-e'],
    prelude: 'url, body, secret = ENV.values_at("URL_", "BODY", "SECRET")\n',
  },
  {
    name: 'php',
    command: ['php', '-r'],
    prelude: "[$url, $body, $secret] = array_map('getenv', ['URL_', 'BODY', 'SECRET']);\n",
  },
]

const run = promisify(execFile)
const isInstalled = async (command: string): Promise<boolean> =>
  run(command, ['--version']).then(
    () => true,
    () => false,
  )

/** Requests that one run of the code posts. */
async function posted([program, ...options]: Language['command'], code: string) {
  const requests: { readonly message: IncomingMessage; readonly body: Buffer }[] = []
  const server = createServer((message, response) => {
    void message.toArray().then((parts: Buffer[]) => {
      requests.push({ message, body: Buffer.concat(parts) })
      response.end('{}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks/shop`
    await run(program, [...options, code], {
      env: { ...process.env, URL_: url, BODY: JSON.stringify(EXAMPLE), SECRET },
    })
  } finally {
    server.close()
  }
  expect(requests).toHaveLength(1)
  return requests[0]!
}

const verdictOn = async ({ message, body }: Awaited<ReturnType<typeof posted>>) =>
  judge({
    method: message.method ?? '',
    url: 'https://hooks.example.test/hooks/shop',
    headers: Object.entries(message.headers).map(([name, value]): [string, string] => [name, String(value)]),
    body,
    document: { provider: 'generic', secrets: { hmac: SECRET } },
    nowSeconds: Math.floor(Date.now() / 1_000),
    certificates: {},
  })

describe('the examples of docs/generic.md', () => {
  for (const { name, command, prelude } of LANGUAGES)
    it(`in ${name} sign a delivery that verifies`, async ({ skip }) => {
      skip(!(await isInstalled(command[0])), `${command[0]} is not installed on this machine`)
      const [code = ''] = blocks(name)
      const verdict = await verdictOn(await posted(command, prelude + code))
      expect(verdict).toMatchObject({
        kind: 'verified',
        fresh: true,
        quarantined: 0,
        events: [{ type: 'email.bounced', message_id: 'm-1001' }],
      })
    })

  it('are at most five lines, and in five languages', () => {
    const code = ['js', 'python', 'ruby', 'php', 'go'].map((language) => blocks(language)[0] ?? '')
    expect(
      code.map((text) => text.trimEnd().split('\n').length).filter((lines) => lines > 6 || lines < 4),
    ).toEqual([])
  })
})

describe('the table of required fields', () => {
  const rows = [...PAGE.matchAll(/^\| ((?:`email\.\w+`(?:, )?)+) \| (.*?) \|$/gm)]
  const required = new Map(
    rows.flatMap(([, types = '', fields = '']) =>
      [...types.matchAll(/`(email\.\w+)`/g)].map(([, type = '']): [string, string[]] => [
        type,
        [...fields.replaceAll(/\([^)]*\)/g, '').matchAll(/`(\w+)`/g)].map(([, field = '']) => field),
      ]),
    ),
  )
  const FULL: Readonly<Record<string, string>> = {
    message_id: 'm-1',
    recipient: 'ada@example.com',
    timestamp: '2026-11-27T00:12:00Z',
    bounce_type: 'hard',
    reason: 'no such user',
    user_agent: 'Mail/1.0',
    url: 'https://example.com/',
  }

  const isAccepted = (type: string, fields: readonly string[]): boolean => {
    const data = Object.fromEntries(fields.map((field) => [field, FULL[field]]))
    return readPlainEvent({ type, timestamp: FULL['timestamp'], data }) !== undefined
  }

  it('names every type', () => expect([...required.keys()].toSorted()).toEqual([...EVENT_TYPES].toSorted()))

  it.each([...required])('%s: is enough, and no field of it too many', (type, fields) => {
    expect(isAccepted(type, fields)).toBe(true)
    const without = (field: string) => fields.filter((other) => other !== field)
    expect(fields.filter((field) => isAccepted(type, without(field)))).toEqual([])
  })
})
