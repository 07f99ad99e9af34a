/** `postern people`: a copy of all that is known of a person, with archived events that open here. */
import { createCipheriv, randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { PART_NAMES } from '../../src/api/person-data.ts'
import type { PersonDocument } from '../../src/console/people/document.ts'
import { htmlOf } from '../../src/console/people/html.ts'
import { toHex } from '../../src/platform/bytes.ts'
import type { Personal } from '../../src/store/personal.ts'
import { archivePseudonym } from '../../src/store/pseudonym.ts'
import { NOON_MS, idOf, parquetOf, sha256Of } from './archive/files.ts'
import { fakeConsole } from './fake-console.ts'
import { run } from './run.ts'

const KEY = randomBytes(32)
const OTHER = randomBytes(32)
const ADA = 'ada@example.com'
const REASON = ['--reason', 'request 4711']
const HOSTILE = `<script>alert(1)</script><img src=x onerror="alert('x')">\u202E&amp;`

const personOf = async (key: Uint8Array) => archivePseudonym(new Uint8Array(key))

const event = (nr: number, more: object = {}) => ({
  id: idOf(NOON_MS + nr * 1_000, nr),
  type: 'email.bounced',
  native_type: 'bounce',
  source: 'shop',
  provider: 'generic',
  provider_event_id: null,
  message_id: 'm-1',
  other_message_ids: [],
  recipient: ADA,
  occurred_at: new Date(NOON_MS + nr * 1_000).toISOString(),
  received_at: new Date(NOON_MS + nr * 1_000 + 1_000).toISOString(),
  bounce_type: 'hard',
  reason: HOSTILE,
  reject_reason: null,
  smtp_code: null,
  enhanced_code: null,
  url: 'javascript:alert(1)',
  user_agent: null,
  client_ip: null,
  tags: [],
  campaign_id: null,
  metadata: { note: HOSTILE },
  scope: null,
  automated: null,
  automated_by: null,
  cause: null,
  cause_detail: null,
  ...more,
})

const security = {
  request_id: 'req_1',
  methods: [],
  checks: { passed: [], failed: [], undecided: [] },
  alerts: [],
  degraded: null,
}
const nothing = Object.fromEntries(PART_NAMES.map((name) => [name, []]))
const archive = { files: 1, first_day: '2026-11-25', last_day: '2026-11-25', pseudonym: '' }
const page = {
  ...nothing,
  address: ADA,
  archive,
  history_since: null,
  key: KEY.toString('base64'),
  events: [{ ...event(2), security }],
  next_cursor: null as string | null,
}
const sums = { address: ADA, person: 'ab'.repeat(16), archive, history_since: null, places: [] as object[] }
const files = { files: [] as object[], next_cursor: null }
const answers: Record<string, readonly [number, unknown]> = {
  'POST /api/people/export': [200, page],
  'POST /api/people/show': [200, sums],
  'GET /api/archive/files': [200, files],
}
const { asked, environment } = fakeConsole(answers, [404, { code: 'path_unknown', detail: 'No.' }])

let folder: string
let events: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'postern-people-'))
  events = path.join(folder, 'events')
  archive.pseudonym = toHex(await personOf(KEY))
  const row = async (nr: number, key: Uint8Array, sealedUnder: Uint8Array, personal: Personal) => {
    const id = idOf(NOON_MS + nr * 1_000, nr)
    return {
      event_id: id,
      atMs: NOON_MS + nr * 1_000,
      person: await personOf(key),
      sealed: sealed(sealedUnder, id, personal),
      other_message_ids: ['m-2', 'm-3'],
    }
  }
  const bytes = parquetOf([
    {
      ...(await row(1, KEY, KEY, { reason: 'archived', tags: ['vip'], metadata: { order: 7 } })),
      scope: 'list:news',
      automated: true,
      automated_by: 'esp',
    },
    await row(2, KEY, KEY, { reason: 'also in the database' }),
    await row(3, OTHER, OTHER, { reason: 'of somebody else' }),
    await row(4, KEY, OTHER, { reason: 'sealed before an erasure' }),
  ])
  await mkdir(path.join(events, 'dt=2026-11-25'), { recursive: true })
  await writeFile(path.join(events, 'dt=2026-11-25/1-1.parquet'), bytes)
  files.files.push({
    day: '2026-11-25',
    file: '1-1.parquet',
    events: 4,
    bytes: bytes.byteLength,
    sha256: sha256Of(bytes),
  })
})
afterAll(() => rm(folder, { recursive: true }))
beforeEach(() => {
  sums.places = []
})

/** As `src/platform/seal.ts` seals. */
function sealed(key: Uint8Array, id: string, personal: Personal): Buffer {
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, iv)
  cipher.setAAD(Buffer.from(id))
  return Buffer.concat([iv, cipher.update(JSON.stringify(personal)), cipher.final(), cipher.getAuthTag()])
}

const people = (...args: string[]) => run(['people', ...args], '', environment)

describe('people show', () => {
  const ARCHIVED = { place: 'archive', holds: 'files', count: null, since: '2026-11-25', until: '2026-11-25' }

  it('lists each place, and says that the archive may have more', async () => {
    const span = { since: '2026-11-01T00:00:00.000Z', until: '2026-11-02T00:00:00.000Z' }
    sums.places = [{ place: 'events', holds: 'events', count: 3, ...span }, ARCHIVED]
    const { code, out, complaints } = await people('show', ADA)
    expect({ code, out }).toMatchInlineSnapshot(`
      {
        "code": 0,
        "out": "PLACE    COUNT    OLDEST                    NEWEST                    WHAT IT HOLDS
      events   3        2026-11-01T00:00:00.000Z  2026-11-02T00:00:00.000Z  events
      archive  unknown  2026-11-25                2026-11-25                files
      ",
      }
    `)
    expect(complaints).toContain('--dir ./events')
  })

  it('counts archived events of the person in pulled files', async () => {
    sums.places = [ARCHIVED]
    const { code, out, complaints } = await people('show', ADA, '--dir', events, '--json')
    expect({ code, complaints }).toEqual({ code: 0, complaints: '' })
    const [since, until] = [NOON_MS + 1_000, NOON_MS + 4_000].map((ms) => new Date(ms).toISOString())
    expect(JSON.parse(out).places).toEqual([{ ...ARCHIVED, count: 3, since, until }])
  })

  it('ends with 1 if nothing is known', async () => {
    const { code, out } = await people('show', ADA)
    expect({ code, out }).toEqual({ code: 1, out: 'Nothing is known of this address.\n' })
  })
})

const exported = async (...args: string[]) => {
  const ran = await people('export', ADA, ...REASON, ...args)
  return { ...ran, document: JSON.parse(ran.out || '{}') as PersonDocument }
}

describe('people export', () => {
  it('has the events of the database and of the archive, each once, newest first, and never a key', async () => {
    const { code, out, complaints, document } = await exported('--dir', events)
    expect({ code, complaints }).toEqual({ code: 0, complaints: '' })
    expect(document.archive).toEqual({
      included: true,
      files: 1,
      first_day: '2026-11-25',
      last_day: '2026-11-25',
    })
    expect(document.events).toEqual([
      event(2),
      event(1, {
        type: 'email.delivered',
        native_type: 'delivered',
        other_message_ids: ['m-2', 'm-3'],
        bounce_type: null,
        reason: 'archived',
        url: null,
        tags: ['vip'],
        metadata: { order: 7 },
        scope: 'list:news',
        automated: true,
        automated_by: 'esp',
      }),
    ])
    expect(out).not.toContain(KEY.toString('base64'))
    expect(out).not.toContain(archive.pseudonym)
    expect(asked.find(({ call }) => call === 'POST /api/people/export')?.headers['x-reason']).toBe(
      'request 4711',
    )
  })

  it('has the fields that docs/people.md explains', async () => {
    const paper = await readFile(path.join(import.meta.dirname, '../../docs/people.md'), 'utf8')
    const [, table = ''] = /^\| field \| \|\n\|.*\n((?:\|.*\n)+)/m.exec(paper) ?? []
    const named = [...table.matchAll(/^\| ([^|]*) \|/gm)].flatMap(([, cell = '']) => cell.match(/\w+/g) ?? [])
    expect(named.toSorted()).toEqual(Object.keys((await exported()).document).toSorted())
  })

  it('says that it is not complete without the archive', async () => {
    const { code, complaints, document } = await exported()
    expect(code).toBe(0)
    expect(document.archive).toMatchObject({ included: false })
    expect(complaints).toMatch(/^Not complete: archived events of 2026-11-25 to 2026-11-25/)
    expect(htmlOf(document)).toContain('Not complete')
  })

  it('reads all pages', async () => {
    const pages = [
      { ...page, next_cursor: 'next' },
      { ...page, events: [{ ...event(5), security }] },
    ]
    const first = answers['POST /api/people/export']
    Object.defineProperty(answers, 'POST /api/people/export', {
      configurable: true,
      enumerable: true,
      get: () => [200, pages.shift()],
    })
    const { document } = await exported()
    Object.defineProperty(answers, 'POST /api/people/export', { value: first, configurable: true })
    expect(document.events.map(({ id }) => id)).toEqual([event(5).id, event(2).id])
    expect(asked.map(({ body }) => body)).toEqual([{ address: ADA }, { address: ADA, cursor: 'next' }])
  })

  it('writes two files that only their owner reads, and leaves nothing else', async () => {
    const out = path.join(folder, 'out')
    await mkdir(out)
    const ran = await people('export', ADA, ...REASON, '--out', path.join(out, 'ada.json'))
    expect(ran.code).toBe(0)
    expect((await readdir(out)).toSorted()).toEqual(['ada.html', 'ada.json'])
    for (const name of ['ada.html', 'ada.json'])
      expect((await stat(path.join(out, name))).mode & 0o777).toBe(0o600)
    const document = JSON.parse(await readFile(path.join(out, 'ada.json'), 'utf8')) as PersonDocument
    expect(await readFile(path.join(out, 'ada.html'), 'utf8')).toBe(htmlOf(document))
    expect(ran.out).toMatch(/^events +1$/m)
  })

  it.each([
    ['without a reason', ['export', ADA], 2, /--reason/],
    ['into a folder that is not there', ['export', ADA, ...REASON, '--out', '/nonexistent/ada.json'], 2, /cannot be written/],
  ] as const)('%s is refused', async (_which, args, code, complaint) => {
    const ran = await people(...args)
    expect(ran).toMatchObject({ code, out: '', complaints: expect.stringMatching(complaint) })
  }) // prettier-ignore

  it('is refused if a file of the archive is damaged: it would not be complete', async () => {
    const file = path.join(events, 'dt=2026-11-25/1-1.parquet')
    const bytes = await readFile(file)
    await writeFile(file, bytes.subarray(0, 40))
    const { code, out, complaints } = await people('export', ADA, ...REASON, '--dir', events)
    await writeFile(file, bytes)
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(complaints).toContain('dt=2026-11-25/1-1.parquet')
  })
})

describe('the page to read', () => {
  const document = (reason: string): PersonDocument => ({
    ...(nothing as unknown as PersonDocument),
    type: 'postern-person',
    version: 1,
    address: reason,
    exported_at: '2026-11-29T00:00:00.000Z',
    console: 'https://console.example',
    history_since: null,
    archive: null,
    events: [event(1, { reason, metadata: { [reason]: reason } }) as PersonDocument['events'][number]],
  })

  it('runs nothing, loads nothing, and shows words of others as text', () => {
    const html = htmlOf(document(HOSTILE))
    expect(html).toContain(`default-src 'none'`)
    expect(html).toContain('&lt;script&gt;')
    expect(html).toContain('[U+202E]')
    expect(html).not.toMatch(/<script|<img|href=|\u202E/)
  })

  it('has the same elements, whatever the words are', () => {
    const elementsOf = (text: string) => htmlOf(document(text)).match(/<[^>]*>/g)
    const plain = elementsOf('plain')
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (text) => {
        expect(elementsOf(`x${text}`)).toEqual(plain)
      }),
    )
  })
})
