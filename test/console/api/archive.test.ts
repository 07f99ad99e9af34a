/** The archive as the console shows it: status, lists, and the bytes of files. */
import { env } from 'cloudflare:workers'
import * as fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { serveDownload } from '../../../src/console/api/download.ts'
import { sha256Hex } from '../../../src/platform/sha256.ts'
import { archiveKey } from '../../../src/store/archive-files.ts'
import { consumeEvents, consumerDeps } from '../../support/consumer.ts'
import { mailEvent } from '../../support/mail-events.ts'
import { emptyStore } from '../../support/store.ts'
import { holder } from '../credentials.ts'
import { type TestConsole, newConsole, store } from '../support.ts'

const DAY = '2026-11-25'
const BYTES = crypto.getRandomValues(new Uint8Array(10_000))
const SHA256 = await sha256Hex(BYTES)

interface Row {
  readonly first: number
  readonly last: number
  readonly day?: string
  readonly state?: string
  readonly key?: string | null
  readonly stored?: boolean
}

/** A row of the table, and its object unless `stored` is false. */
async function file({ first, last, day = DAY, state = 'written', key, stored = true }: Row): Promise<void> {
  const name = key === undefined ? archiveKey(day, `${first}-${last}.parquet`) : key
  const atMs = Date.parse(`${day}T12:00:00.000Z`)
  await env.STORE.prepare(
    `INSERT INTO archive_files (first_segment, last_segment, dt, state, claim_id, events, contents_bytes, first_stored_at, last_stored_at,
      claimed_at, key, bytes, sha256, written_at) VALUES (?1, ?2, ?3, ?4, 't', 10, 1000, ?5, ?5, ?5, ?6, ?7, ?8, ?5)`,
  )
    .bind(first, last, day, state, atMs, name, BYTES.byteLength, SHA256)
    .run()
  await env.STORE.prepare(
    'INSERT INTO archive_progress (one, claimed_segment) VALUES (1, ?1) ON CONFLICT (one) DO UPDATE SET claimed_segment = ?1',
  )
    .bind(last)
    .run()
  if (stored && name !== null) await env.ARCHIVE.put(name, BYTES)
}

let here: TestConsole
beforeEach(async () => {
  await emptyStore()
  const { objects } = await env.ARCHIVE.list()
  await env.ARCHIVE.delete(objects.map(({ key }) => key))
  here = newConsole()
})

describe('the status', () => {
  it('is empty before anything was archived', async () => {
    const { status, json } = await here.api('GET', '/api/archive')
    expect(status).toBe(200)
    expect(json).toMatchObject({
      archived_until: null,
      files: 0,
      events: 0,
      bytes: 0,
      first_day: null,
      last_day: null,
      waiting: { events: 0, since: null },
      store: { events: 0, since: null, bytes: expect.any(Number) },
      check: null,
    })
  })

  it('says what is in files, what waits, and what the database holds', async () => {
    const nowMs = Date.now()
    const event = (message_id: string) =>
      mailEvent({ type: 'email.sent', atMs: nowMs, source: 'shop', message_id })
    await consumeEvents(consumerDeps(store), [await event('a'), await event('b')])
    await file({ first: 1, last: 1 })
    await consumeEvents(consumerDeps(store), [await event('c')])
    const { json } = await here.api('GET', '/api/archive')
    const { results } = await env.STORE.prepare('SELECT stored_at FROM segments ORDER BY segment').all<{
      stored_at: number
    }>()
    const [first, second] = results.map(({ stored_at }) => new Date(stored_at).toISOString())
    expect(json).toMatchObject({
      archived_until: second,
      files: 1,
      events: 10,
      bytes: BYTES.byteLength,
      first_day: DAY,
      last_day: DAY,
      waiting: { events: 1, since: second },
      store: { events: 3, since: first },
    })
    expect((json['store'] as { bytes: number }).bytes).toBeGreaterThan(10_000)
  })

  it('finds what is missing in the bucket, and what the table does not know', async () => {
    await file({ first: 1, last: 9 })
    await file({ first: 10, last: 11, stored: false })
    await file({ first: 12, last: 100 })
    await file({ first: 101, last: 102, day: '2026-11-26', stored: false })
    // Being written: the object is there before the row says so. Replaced: the object is deleted later.
    await file({ first: 103, last: 104, state: 'claimed', key: null })
    await env.ARCHIVE.put(archiveKey(DAY, '103-104.parquet'), BYTES)
    await file({ first: 105, last: 106, state: 'replaced' })
    // A merge that was given up after its object was put.
    await file({ first: 105, last: 109, state: 'replaced', key: null })
    await env.ARCHIVE.put(archiveKey(DAY, '105-109.parquet'), BYTES)
    await env.ARCHIVE.put(archiveKey('2026-11-01', '1-2.parquet'), BYTES)
    await env.ARCHIVE.put(archiveKey('2026-12-01', '7-8.parquet'), BYTES)
    const { json } = await here.api('GET', '/api/archive?check=true')
    expect(json['check']).toEqual({
      missing: [archiveKey(DAY, '10-11.parquet'), archiveKey('2026-11-26', '101-102.parquet')],
      unknown: [archiveKey('2026-11-01', '1-2.parquet'), archiveKey('2026-12-01', '7-8.parquet')],
    })
  })
})

describe('the list', () => {
  const filesOf = (json: Record<string, unknown>) =>
    (json['files'] as { day: string; file: string }[]).map((one) => `${one.day}/${one.file}`)

  it('has written files by day and segment, page by page', async () => {
    const all = []
    for (let i = 0; i < 7; i++) {
      const day = `2026-11-2${Math.floor(i / 3)}`
      await file({ first: i * 10 + 1, last: i * 10 + 10, day })
      all.push(`${day}/${i * 10 + 1}-${i * 10 + 10}.parquet`)
    }
    await file({ first: 100, last: 101, state: 'replaced', day: '2026-11-22' })
    const seen: string[] = []
    let path = '/api/archive/files?limit=2'
    for (;;) {
      const { json } = await here.api('GET', path)
      seen.push(...filesOf(json))
      if (json['next_cursor'] === null) break
      path = `/api/archive/files?limit=2&cursor=${json['next_cursor'] as string}`
    }
    expect(seen).toEqual(all)
  })

  it.each([
    ['', ['2026-11-24', '2026-11-25', '2026-11-26']],
    ['?since=2026-11-25', ['2026-11-25', '2026-11-26']],
    ['?until=2026-11-25', ['2026-11-24']],
    ['?since=2026-11-25&until=2026-11-26', ['2026-11-25']],
    ['?since=2026-12-01', []],
  ])('%s has the files of %j', async (query, days) => {
    for (const [i, day] of ['2026-11-24', '2026-11-25', '2026-11-26'].entries())
      await file({ first: i + 1, last: i + 1, day })
    const { json } = await here.api('GET', `/api/archive/files${query}`)
    expect((json['files'] as { day: string }[]).map(({ day }) => day)).toEqual(days)
  })

  it.each([
    'since=2026-02-30',
    'since=now',
    'until=2026-11-25T00:00:00Z',
    'cursor=x',
    `cursor=${btoa('a.1')}`,
  ])('refuses %s', async (query) => {
    const { status, json } = await here.api('GET', `/api/archive/files?${query}`)
    expect({ status, code: json['code'] }).toEqual({ status: 400, code: 'parameter_invalid' })
  })

  it('takes the day of a leap year', async () => {
    expect((await here.api('GET', '/api/archive/files?since=2028-02-29')).status).toBe(200)
  })
})

describe('a file', () => {
  const get = (path: string, headers: Record<string, string> = {}) =>
    here.fetch(`/api/archive/files/${path}`, {
      headers: { authorization: `Bearer ${env.ADMIN_TOKEN}`, ...headers },
    })
  const NAME = '1-9.parquet'
  const ETAG = `"${SHA256}"`

  beforeEach(() => file({ first: 1, last: 9 }))

  it('is sent whole, with its checksum', async () => {
    const response = await get(`${DAY}/${NAME}`)
    expect(response.status).toBe(200)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/vnd.apache.parquet',
      'content-length': '10000',
      'accept-ranges': 'bytes',
      etag: ETAG,
      'repr-digest': expect.stringMatching(/^sha-256=:[A-Za-z0-9+/]{43}=:$/),
      'cache-control': 'no-store',
    })
    expect(await sha256Hex(new Uint8Array(await response.arrayBuffer()))).toBe(SHA256)
  })

  it.each([
    [{ range: 'bytes=0-0' }, 206, 'bytes 0-0/10000', BYTES.slice(0, 1)],
    [{ range: 'bytes=9000-' }, 206, 'bytes 9000-9999/10000', BYTES.slice(9_000)],
    [{ range: 'bytes=9000-99999' }, 206, 'bytes 9000-9999/10000', BYTES.slice(9_000)],
    [{ range: 'bytes=-10' }, 206, 'bytes 9990-9999/10000', BYTES.slice(-10)],
    [{ range: 'bytes=-99999' }, 206, 'bytes 0-9999/10000', BYTES],
    [{ range: 'bytes=5-', 'if-range': ETAG }, 206, 'bytes 5-9999/10000', BYTES.slice(5)],
    [{ range: 'bytes=5-', 'if-range': '"another"' }, 200, null, BYTES],
    [{ range: 'bytes=5-', 'if-range': `W/${ETAG}` }, 200, null, BYTES],
    // RFC 9110 section 14.2: what is not understood is ignored.
    [{ range: 'bytes=0-1,5-6' }, 200, null, BYTES],
    [{ range: 'bytes=9-5' }, 200, null, BYTES],
    [{ range: 'lines=1-2' }, 200, null, BYTES],
    [{ range: 'bytes=-' }, 200, null, BYTES],
    [{ range: 'bytes=10000-' }, 416, 'bytes */10000', null],
    [{ range: 'bytes=-0' }, 416, 'bytes */10000', null],
  ])('with %j is %i', async (headers, status, range, bytes) => {
    const response = await get(`${DAY}/${NAME}`, headers)
    expect(response.status).toBe(status)
    expect(response.headers.get('content-range')).toBe(range)
    const sent = new Uint8Array(await response.arrayBuffer())
    if (bytes !== null) expect(await sha256Hex(sent)).toBe(await sha256Hex(bytes))
  })

  it.each([
    ['that was never written', `${DAY}/2-3.parquet`],
    ['of another day', `2026-11-24/${NAME}`],
    ['that a path leads out to', `${DAY}/${encodeURIComponent(`../dt=${DAY}/${NAME}`)}`],
    ['with an empty name', `${DAY}/%20`],
    ['of a day that is a path', `${encodeURIComponent(`${DAY}/..`)}/${NAME}`],
  ])('%s is unknown', async (_what, path) => {
    const response = await get(path)
    expect(response.status).toBe(404)
    expect(await response.json()).toMatchObject({ code: expect.stringMatching(/^archive_file_unknown$/) })
  })

  it('that was merged into another is unknown, also while its object is still there', async () => {
    await env.STORE.prepare(`UPDATE archive_files SET state = 'replaced'`).run()
    expect(await (await get(`${DAY}/${NAME}`)).json()).toMatchObject({ code: 'archive_file_unknown' })
  })

  it.each([
    ['is gone', () => env.ARCHIVE.delete(archiveKey(DAY, NAME))],
    ['is another one', () => env.ARCHIVE.put(archiveKey(DAY, NAME), BYTES.slice(1))],
  ])('whose object %s is lost', async (_what, change) => {
    await change()
    const response = await get(`${DAY}/${NAME}`)
    expect({ status: response.status, ...(await response.json<object>()) }).toMatchObject({
      status: 404,
      code: 'archive_file_lost',
    })
  })

  it('is not for viewers, nor for tokens of some sources, since it holds all', async () => {
    const path = `/api/archive/files/${DAY}/${NAME}`
    const viewer = await holder(here, 'viewer')
    expect((await viewer.send('GET', path)).json['code']).toBe('role_too_low')
    expect((await viewer.send('GET', '/api/archive')).status).toBe(200)
    const some = await holder(here, 'operator', ['shop'])
    expect((await some.send('GET', path)).json['code']).toBe('scope_too_narrow')
    expect((await some.send('GET', '/api/archive')).json['code']).toBe('scope_too_narrow')
  })
})

it('every route says so if there is no archive', async () => {
  here = newConsole({ ARCHIVE: undefined })
  for (const path of ['', '/files', `/files/${DAY}/1-9.parquet`]) {
    const { status, json } = await here.api('GET', `/api/archive${path}`)
    expect({ status, code: json['code'] }).toEqual({ status: 409, code: 'archive_absent' })
  }
})

it('a part is always what the bytes have there', async () => {
  const place = fc.option(fc.integer({ min: 0, max: 120 }), { nil: '' as const })
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 100 }), place, place, async (bytes, first, last) => {
      const open = async ({ offset, length }: { offset: number; length: number }) => {
        expect(offset >= 0 && length > 0 && offset + length <= bytes).toBe(true)
        return new ReadableStream<Uint8Array>()
      }
      const headers = new Headers({ range: `bytes=${first}-${last}` })
      const served = await serveDownload(headers, { type: 'x/y', sha256: SHA256, bytes, open })
      if (!served.ok) {
        expect(first === '' ? last === 0 : first >= bytes).toBe(true)
        return
      }
      if (served.status === 200) {
        expect(first === '' ? last === '' : last !== '' && last < first).toBe(true)
        return
      }
      const [, from, to] = /^bytes (\d+)-(\d+)\//.exec(served.headers['content-range'] ?? '') ?? []
      expect([Number(from), Number(to)]).toEqual([
        first === '' ? Math.max(0, bytes - Number(last)) : first,
        first === '' || last === '' ? bytes - 1 : Math.min(last, bytes - 1),
      ])
      expect(served.headers['content-length']).toBe(String(Number(to) - Number(from) + 1))
    }),
  )
})
