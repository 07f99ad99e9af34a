/** Secrets that operators enter or that Postern generates appear only in the answers that are meant to show them. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Received, jsonOf, send } from '../../src/simulator/http.ts'
import { type Postern, startPostern, until } from './postern.ts'

const SLOT = '/api/sources/shop/secrets/hmac'

let stateDir: string
let postern: Postern
const seeds = new Set<string>()
/** All answers except those that show a value once. */
const answers: (readonly [asked: string, answer: Received])[] = []

const newSeed = (): string => {
  const seed = randomBytes(24).toString('base64url')
  seeds.add(seed)
  return seed
}

const call = (method: string, path: string, json?: unknown, headers: Record<string, string> = {}) =>
  send(new URL(path, postern.runtime.url('console')), {
    method,
    headers: {
      authorization: `Bearer ${postern.secrets.ADMIN_TOKEN}`,
      'content-type': 'application/json',
      'x-reason': 'the test asks',
      ...headers,
    },
    body: Buffer.from(json === undefined ? '' : JSON.stringify(json)),
  })

async function ask(status: number, ...asked: Parameters<typeof call>): Promise<unknown> {
  const answer = await call(...asked)
  answers.push([asked.slice(0, 2).join(' '), answer])
  expect([...asked.slice(0, 2), answer.status]).toEqual([...asked.slice(0, 2), status])
  return jsonOf(answer)
}

/** Under a key, so that what was shown rests for a day. */
async function shown(path: string, json: unknown): Promise<Record<string, unknown>> {
  const answer = await call('POST', path, json, { 'idempotency-key': newSeed() })
  expect([path, answer.status < 300]).toEqual([path, true])
  return jsonOf(answer) as Record<string, unknown>
}

const form = (path: string, fields: Record<string, string>) => {
  const url = new URL(path, postern.runtime.url('console'))
  const headers = { origin: url.origin, 'content-type': 'application/x-www-form-urlencoded' }
  return send(url, { method: 'POST', headers, body: Buffer.from(new URLSearchParams(fields).toString()) })
}

beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'postern-'))
  postern = await startPostern({ stateDir })
  seeds.add(postern.secrets.ADMIN_TOKEN)
  seeds.add(postern.secrets.MASTER_KEY.slice('v1:'.length))
  await changeSecrets()
  await comeIn()
  await takeAway()
}, 180_000)
afterAll(() => rm(stateDir, { recursive: true, force: true }))

async function changeSecrets(): Promise<void> {
  await ask(201, 'PUT', '/api/sources/shop', { provider: 'generic', secrets: { hmac: newSeed() } })
  for (const document of [
    { provider: newSeed(), secrets: { hmac: newSeed() } },
    { provider: 'generic', secrets: { [newSeed()]: newSeed() } },
    { provider: 'generic', secrets: newSeed() },
    { provider: 'generic', secrets: { public_key: newSeed() } },
    { provider: 'generic', [newSeed()]: 1, secrets: { hmac: newSeed() } },
    { provider: 'generic', allowedIps: [newSeed()], publicUrl: newSeed(), secrets: { hmac: newSeed() } },
  ]) {
    await ask(422, 'PUT', '/api/sources/wrong', document)
    await ask(422, 'POST', '/api/configuration', { sources: { wrong: document } })
  }
  await ask(200, 'POST', `${SLOT}/rotate`, { value: newSeed() })
  await ask(422, 'POST', `${SLOT}/rotate`, { value: { username: newSeed() } })
  await ask(422, 'POST', `${SLOT}/rotate`, { [newSeed()]: 1 })
  for (const emergency of [false, true]) {
    const { link } = await shown(`${SLOT}/rotate`, { emergency })
    const token = new URL((link as { url: string }).url).searchParams.get('link') ?? ''
    seeds.add(token)
    answers.push(['the page of a link', await send(new URL((link as { url: string }).url), GET)])
    const page = (await form('/retrieve', { link: token })).body.toString()
    seeds.add(
      /<code class="whole" data-copy="secret">([A-Za-z0-9_-]{43})<\/code>/.exec(page)?.[1] ?? 'no value',
    )
    answers.push(['a used link', await form('/retrieve', { link: token })])
  }
  // The pending install at an ESP that cannot be reached from here is attempted, and fails.
  await ask(201, 'PUT', '/api/sources/mail', {
    provider: 'postmark',
    provisioner: { webhookId: '1' },
    secrets: { basic_auth: { username: 'hooks', password: newSeed() }, esp_api_token: newSeed() },
  })
  await ask(200, 'POST', '/api/sources/mail/secrets/basic_auth/rotate', {
    value: { username: 'hooks', password: newSeed() },
  })
}

const GET = { method: 'GET', headers: {}, body: new Uint8Array() }

async function comeIn(): Promise<void> {
  const { token, id } = await shown('/api/tokens', { name: 'seeded', role: 'admin' })
  seeds.add(String(token))
  const as = (credential: unknown) => ({ authorization: `Bearer ${String(credential)}` })
  await ask(200, 'GET', '/api/me', undefined, as(token))
  await ask(401, 'GET', '/api/me', undefined, as(`${String(token).slice(0, -1)}x`))
  await ask(401, 'GET', '/api/me', undefined, as(newSeed()))
  answers.push(['a wrong log-in', await form('/login', { token: newSeed() })])
  const entered = await form('/login', { token: String(token) })
  const cookie = entered.headers.get('set-cookie')?.split(';')[0] ?? ''
  seeds.add(cookie.split('.').at(-1) ?? 'no cookie')
  for (const path of [
    '/',
    '/access',
    '/access/audit',
    '/system',
    '/sources/shop',
    '/sources/shop/secrets/hmac/rotate',
  ])
    answers.push([
      `the page ${path}`,
      await send(new URL(path, postern.runtime.url('console')), { ...GET, headers: { cookie } }),
    ])
  await ask(200, 'DELETE', `/api/tokens/${String(id)}`)
  await ask(401, 'GET', '/api/me', undefined, as(token))
}

async function takeAway(): Promise<void> {
  const { id } = (await ask(201, 'POST', '/api/backups')) as { id: string }
  const file = (await ask(200, 'GET', `/api/backups/${id}`)) as { sealed: string }
  await ask(422, 'POST', '/api/restore', { file: { ...file, sealed: newSeed() } })
  await ask(409, 'POST', '/api/restore', { file })
  await ask(200, 'POST', '/api/master-key/reseal', {})
  for (const path of [
    '/api/audit?limit=500',
    '/api/audit/lines?limit=500',
    '/api/configuration',
    '/api/sources',
    '/api/tokens',
    '/api/sessions',
    '/api/backups',
    '/api/master-key',
    '/api/health',
    '/api/openapi.json',
  ])
    await ask(200, 'GET', path)
}

/** In plain text, in base64 and in a URL. */
const seedsIn = (text: string): string[] =>
  [...seeds].filter((seed) =>
    [
      seed,
      Buffer.from(seed).toString('base64').replace(/=+$/, '').slice(0, -1),
      encodeURIComponent(seed),
    ].some((spelling) => text.includes(spelling)),
  )

/** A page that asks for a link's button, or a form's, holds what it will post. */
const HOLDS_ITS_OWN: ReadonlySet<string> = new Set(['the page of a link'])

it('shows each secret once, and nothing more', () => {
  expect(seeds.size).toBeGreaterThan(30)
  expect(seeds).not.toContain('no value')
  expect(seeds).not.toContain('no cookie')
  expect(answers.length).toBeGreaterThan(40)
  for (const [asked, { headers, body }] of answers)
    if (!HOLDS_ITS_OWN.has(asked))
      expect([asked, seedsIn(JSON.stringify([...headers]) + body.toString('utf8'))]).toEqual([asked, []])
})

it('logs no secret', async () => {
  await until(async () => postern.logs.some((line) => line.includes('restoreBackup')))
  expect(postern.logs.length).toBeGreaterThan(answers.length / 2)
  for (const line of postern.logs) expect([seedsIn(line), line]).toEqual([[], line])
})

it('stores no secret in the clear', async () => {
  await postern.runtime.close()
  const files = await readdir(stateDir, { recursive: true, withFileTypes: true })
  let found = false
  for (const file of files.filter((one) => one.isFile())) {
    const path = join(file.parentPath, file.name)
    const text = await readFile(path, 'latin1')
    found ||= text.includes('secret.rotated')
    expect([path, seedsIn(text)]).toEqual([path, []])
  }
  // The search works: it finds text that is meant to be readable.
  expect(found).toBe(true)
})
