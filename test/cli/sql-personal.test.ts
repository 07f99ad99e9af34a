/** `postern sql --with-personal`: opens what is sealed in memory, by keys that the console gives. */
import { createCipheriv, randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Personal } from '../../src/store/personal.ts'
import { archivePseudonym } from '../../src/store/pseudonym.ts'
import { NOON_MS, idOf, parquetOf } from './archive/files.ts'
import { fakeConsole } from './fake-console.ts'
import { type Ran, run } from './run.ts'

const KEYS = {
  ada: randomBytes(32),
  grace: randomBytes(32),
  erased: randomBytes(32),
  stranger: randomBytes(32),
}

/** As `src/platform/seal.ts` seals. */
function sealed(key: Uint8Array, id: string, personal: Personal): Buffer {
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, iv)
  cipher.setAAD(Buffer.from(id))
  return Buffer.concat([iv, cipher.update(JSON.stringify(personal)), cipher.final(), cipher.getAuthTag()])
}

const personOf = async (name: keyof typeof KEYS) => archivePseudonym(new Uint8Array(KEYS[name]))
const person = async (name: keyof typeof KEYS) => ({
  person: Buffer.from(await personOf(name)).toString('hex'),
  key: KEYS[name].toString('base64'),
  address: `${name}@example.com`,
})

const PEOPLE = await Promise.all((['ada', 'grace', 'stranger'] as const).map(person))
const { asked, environment } = fakeConsole(
  { 'POST /api/people/keys': [200, { people: PEOPLE, next_cursor: null }] },
  [404],
)

const ADA: Personal = {
  reason: "550 no such user 'ada'",
  url: 'https://shop.example/ada?a=1',
  user_agent: 'Firefox',
  client_ip: '203.0.113.7',
  tags: ['vip', 'a,b'],
  metadata: { order: 'order-7', nested: { deep: [1] } },
}

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'postern-personal-'))
  const row = async (nr: number, name: keyof typeof KEYS, blob: (id: string) => Uint8Array) => {
    const id = idOf(NOON_MS, nr)
    return { event_id: id, person: await personOf(name), sealed: blob(id) }
  }
  await mkdir(path.join(folder, 'dt=2026-11-25'))
  await writeFile(
    path.join(folder, 'dt=2026-11-25/1-9.parquet'),
    parquetOf([
      await row(1, 'ada', (id) => sealed(KEYS.ada, id, ADA)),
      // The address as the ESP wrote it, which is not the one that is stored with the key.
      await row(2, 'grace', (id) => sealed(KEYS.grace, id, { recipient: 'Grace@Example.com' })),
      await row(3, 'erased', (id) => sealed(KEYS.erased, id, ADA)),
      // Sealed before an erasure, under another key than that of today.
      await row(4, 'grace', (id) => sealed(KEYS.erased, id, ADA)),
      // Of another event: the id is authenticated.
      await row(5, 'ada', () => sealed(KEYS.ada, idOf(NOON_MS, 1), ADA)),
      await row(6, 'ada', () => new Uint8Array(5)),
      { event_id: idOf(NOON_MS, 7) },
    ]),
  )
})
afterAll(() => rm(folder, { recursive: true }))

const sql = (statement: string, ...options: string[]): Promise<Ran> =>
  run(['sql', statement, '--dir', folder, '--json', ...options], '', environment)
const PERSONAL = ['--with-personal', '--reason', 'who bounced']

const NOTHING = {
  recipient: null,
  reason: null,
  url: null,
  user_agent: null,
  client_ip: null,
  tags: null,
  metadata: null,
}

describe('the personal columns', () => {
  it('are opened for people with a key, and null for all others', async () => {
    const { code, out } = await sql(
      'select recipient, reason, url, user_agent, client_ip, tags, metadata from events order by id',
      ...PERSONAL,
    )
    expect(code).toBe(0)
    expect(JSON.parse(out)).toEqual([
      { ...ADA, recipient: 'ada@example.com', metadata: JSON.stringify(ADA.metadata) },
      { ...NOTHING, recipient: 'Grace@Example.com', tags: [], metadata: '{}' },
      NOTHING,
      NOTHING,
      NOTHING,
      NOTHING,
      NOTHING,
    ])
    expect(asked.map(({ call, headers }) => [call, headers['x-reason']])).toEqual([
      ['POST /api/people/keys', 'who bounced'],
    ])
  })

  it('can be filtered by their parts, and change no number of rows', async () => {
    const { out } = await sql(
      `select count(*) as n, count(*) filter (list_contains(tags, 'a,b')) as tagged,
        count(*) filter (metadata->>'order' = 'order-7') as ordered from events`,
      ...PERSONAL,
    )
    expect(JSON.parse(out)).toEqual([{ n: 7, tagged: 1, ordered: 1 }])
  })

  it('are not there without the option, and no key is asked for', async () => {
    expect(await sql('select recipient from events')).toMatchObject({ code: 2 })
    expect(await sql('select nothing from events', ...PERSONAL)).toMatchObject({ code: 2 })
    expect(asked).toEqual([])
  })

  it('leave nothing in the folder, and no key anywhere', async () => {
    const out = path.join(folder, 'result.csv')
    await sql(
      'select recipient from events order by id limit 1',
      ...PERSONAL,
      '--format',
      'csv',
      '--out',
      out,
    )
    expect(await readFile(out, 'utf8')).toBe('recipient\r\nada@example.com\r\n')
    expect((await readdir(folder)).toSorted()).toEqual(['dt=2026-11-25', 'result.csv'])
    await rm(out)
  })
})
