/** One file of the archive from beginning to end, and what may happen to it. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { removeHot } from '../../src/archive/remove-hot.ts'
import { runArchive } from '../../src/archive/run.ts'
import type { MailEvent } from '../../src/event/mail-event.ts'
import { toHex } from '../../src/platform/bytes.ts'
import { decrypt } from '../../src/platform/seal.ts'
import { dropClaim, openClaim } from '../../src/store/archive-claims.ts'
import { archiveSums } from '../../src/store/archive-files.ts'
import { archivePseudonym } from '../../src/store/pseudonym.ts'
import { blankEvents } from '../../src/store/removal.ts'
import type { Store } from '../../src/store/store.ts'
import {
  type FileRow,
  archiveDeps,
  archivedKeys,
  archivedRows,
  currentFiles,
  emptyArchive,
  rowsOfFile,
} from '../support/archive.ts'
import { consumeEvents, consumerDeps } from '../support/consumer.ts'
import { DAY_MS, HOUR_MS, mailEvent } from '../support/mail-events.ts'
import { storeSegments } from '../support/segments.ts'
import { countOf, emptyStore, rowsOf } from '../support/store.ts'

/** Ten in the morning. */
const START_MS = Date.UTC(2026, 5, 4, 10)

let store: Store
let nowMs = START_MS

beforeEach(async () => {
  store = await emptyStore()
  await emptyArchive()
  nowMs = START_MS
})

const deps = (changes: Parameters<typeof archiveDeps>[1] = {}) =>
  archiveDeps(store, { nowMs: () => nowMs, ...changes })

async function run(changes: Parameters<typeof archiveDeps>[1] = {}): Promise<void> {
  while ((await runArchive(deps(changes))) === 0);
}

/** Consumes events as one batch, which is one segment. */
async function stored(events: readonly MailEvent[]): Promise<void> {
  await consumeEvents(consumerDeps(store, { nowMs: () => nowMs }), events)
}

const opened = (nr: number, recipient: string | null = 'ada@example.com') =>
  mailEvent({ type: 'email.opened', nr, recipient, atMs: nowMs - HOUR_MS })

const personOf = ({ person }: FileRow): string | null =>
  person === null ? null : toHex(person as Uint8Array)

describe('a file', () => {
  it.each([
    ['is not written before an hour has passed', 1, HOUR_MS - 1, []],
    ['is written after an hour', 1, HOUR_MS, ['1-1']],
    ['is written when the day is over', 1, 14 * HOUR_MS, ['1-1']],
    ['is written at once if it is full, and the rest later', 4, 0, ['1-3']],
  ])('%s', async (_, batches, waitMs, files) => {
    for (let i = 0; i < batches; i++) await stored([await opened(2 * i), await opened(2 * i + 1)])
    nowMs += waitMs
    await run()
    expect(await archivedKeys()).toEqual(files.map((name) => `events/v1/dt=2026-06-04/${name}.parquet`))
  })

  it('is written after an hour also while the store is dated later than now, since a clock was wrong', async () => {
    nowMs += 30 * DAY_MS
    await stored([await opened(1)])
    nowMs = START_MS
    const counts: number[] = []
    for (const nr of [2, 3, 4]) {
      await stored([await opened(nr)])
      await run()
      counts.push((await archivedKeys()).length)
      nowMs += HOUR_MS / 2
    }
    expect(counts).toEqual([1, 1, 2])
    expect(await archivedRows(store)).toHaveLength(4)
  })

  it('has events of one day only', async () => {
    await stored([await opened(1)])
    nowMs += 14 * HOUR_MS
    await stored([await opened(2)])
    await run()
    nowMs += HOUR_MS
    await run()
    expect(await archivedKeys()).toEqual([
      'events/v1/dt=2026-06-04/1-1.parquet',
      'events/v1/dt=2026-06-05/2-2.parquet',
    ])
  })

  it('has an event that is larger than a file should be', async () => {
    await stored([await opened(1)])
    await stored([await opened(2)])
    nowMs += HOUR_MS
    await run({ bounds: { events: 6, contentsBytes: 10 } })
    expect((await currentFiles(store)).map(({ events }) => events)).toEqual([1, 1])
  })

  it('is noted with its size, its digest and the times of its segments', async () => {
    await stored([await opened(1), await opened(2, null)])
    nowMs += HOUR_MS
    await run()
    const [file] = await currentFiles(store)
    const object = await env.ARCHIVE.get(file?.key ?? '')
    const bytes = await object?.arrayBuffer()
    expect(file).toMatchObject({
      firstSegment: 1,
      lastSegment: 1,
      dt: '2026-06-04',
      events: 2,
      bytes: bytes?.byteLength,
      sha256: toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes ?? new ArrayBuffer(0)))),
      firstStoredAtMs: START_MS,
      lastStoredAtMs: START_MS,
      writtenAtMs: START_MS + HOUR_MS,
    })
  })
})

describe('a row', () => {
  const one = async (): Promise<FileRow> => {
    nowMs += HOUR_MS
    await run()
    return (await archivedRows(store))[0] ?? {}
  }

  it('has the pseudonym of its person, and the personal part as it is stored', async () => {
    const event = { ...(await opened(1)), url: 'https://shop.example/a' }
    await stored([event])
    const row = await one()
    const [{ recipient, wrapped_key } = {}] = await rowsOf(
      'SELECT lower(hex(recipient)) AS recipient, lower(hex(wrapped_key)) AS wrapped_key FROM recipients',
    )
    const person = await store.people.unwrap(String(recipient), String(wrapped_key))
    const { key } = await store.people.bytesOf(String(recipient), String(wrapped_key))
    expect(personOf(row)).toBe(toHex(await archivePseudonym(key)))
    const plain = await decrypt(person.key, row['sealed'] as Uint8Array, String(row['id']))
    expect(JSON.parse(new TextDecoder().decode(plain))).toEqual({ url: 'https://shop.example/a' })
  })

  it('has no personal part, person or mailbox provider if it names nobody', async () => {
    await stored([{ ...(await opened(1, null)), url: 'https://shop.example/a' }])
    expect(await one()).toMatchObject({ sealed: null, person: null, mailbox_provider: null })
  })

  it.each([
    ['ada@gmail.com', 'gmail.com'],
    ['ada@small.example', 'other'],
    ['no address at all', 'other'],
  ])('of %s has the mailbox provider %s', async (recipient, provider) => {
    await stored([await opened(1, recipient)])
    expect(await one()).toMatchObject({ mailbox_provider: provider })
  })

  it('has no person if that was erased', async () => {
    await stored([await opened(1)])
    await env.STORE.prepare('DELETE FROM recipients').run()
    expect(await one()).toMatchObject({ person: null, mailbox_provider: 'other' })
  })

  it('older than an erasure is not linked to what came after it', async () => {
    await stored([await opened(1)])
    await env.STORE.prepare('DELETE FROM recipients').run()
    await stored([await opened(2)])
    nowMs += HOUR_MS
    await run()
    const persons = (await archivedRows(store)).map(personOf)
    expect(persons).toEqual([null, expect.stringMatching(/^[0-9a-f]{32}$/)])
  })

  it('has the time that the ESP gave, and null if it gave none', async () => {
    await stored([
      await mailEvent({ type: 'email.opened', recipient: null, received_at: '2026-06-04T09:00:00.000Z' }),
    ])
    expect(await one()).toMatchObject({
      occurred_at: null,
      effective_at: new Date('2026-06-04T09:00:00.000Z'),
      stored_at: new Date(START_MS),
    })
  })

  it('is missing if its event was blanked before', async () => {
    await stored([await opened(1), { ...(await opened(2)), type: 'email.clicked' }])
    const blanking = { after: 0, upTo: 1, keep: [], segments: 10, types: ['email.clicked'] as const }
    await blankEvents(store, blanking, nowMs)
    expect(await one()).toMatchObject({ type: 'email.opened' })
    expect(await archiveSums(store)).toMatchObject({ events: 1, waiting: { events: 0 } })
  })

  it('waits for a master key that this Worker does not have yet', async () => {
    await stored([await opened(1)])
    await env.STORE.prepare(
      `UPDATE recipients SET wrapped_key = unhex('09' || substr(hex(wrapped_key), 3))`,
    ).run()
    await expect(one()).rejects.toThrow('master key version')
    expect(await archivedKeys()).toEqual([])
  })
})

describe('days that are over', () => {
  /** Five files of one day: two small ones, a full one, and two small ones. */
  beforeEach(async () => {
    for (const events of [1, 2, 6, 1, 1]) {
      await stored(await Promise.all(Array.from({ length: events }, (_, nr) => opened(nr))))
      nowMs += HOUR_MS
      await run()
    }
    expect(await currentFiles(store)).toHaveLength(5)
  })

  it('are merged, but for files that are full', async () => {
    const before = (await archivedRows(store)).map(({ id }) => id)
    nowMs += DAY_MS
    await run()
    expect((await currentFiles(store)).map(({ key }) => key)).toEqual(
      ['1-2', '3-3', '4-5'].map((name) => `events/v1/dt=2026-06-04/${name}.parquet`),
    )
    expect((await archivedRows(store)).map(({ id }) => id)).toEqual(before)
    expect(await rowsOf("SELECT * FROM archive_files WHERE is_final = 0 AND state = 'written'")).toEqual([])
  })

  it('are merged once', async () => {
    nowMs += DAY_MS
    await run()
    const again = deps()
    await runArchive(again)
    expect(again.lines).toEqual([])
  })

  it('are not merged while one of their segments may still come', async () => {
    nowMs = Date.UTC(2026, 5, 5, 0, 59)
    await run()
    expect(await currentFiles(store)).toHaveLength(5)
  })

  it('stay as they are if the store no longer has all of their events', async () => {
    await env.STORE.prepare('DELETE FROM segments WHERE segment = 2').run()
    nowMs += DAY_MS
    await run()
    expect((await currentFiles(store)).map(({ key }) => key.slice(-11))).toEqual(
      ['1-1', '2-2', '3-3', '4-5'].map((name) => `${name}.parquet`),
    )
    expect(await rowsOf(`SELECT * FROM archive_files WHERE state = 'claimed'`)).toEqual([])
  })

  it('stay as they are if another writer gives their merge up while this one puts it', async () => {
    nowMs += DAY_MS
    const dropping = archiveDeps(store, { nowMs: () => nowMs }, async () => {
      const claim = await openClaim(store, 'a merge')
      if (claim !== null) await dropClaim(store, claim, nowMs)
    })
    await runArchive(dropping)
    expect((await currentFiles(store)).map(({ key }) => key.slice(-11))).toEqual(
      [1, 2, 3, 4, 5].map((segment) => `${segment}-${segment}.parquet`),
    )
  })

  it('whose merge fails each time are said by their segments, and what is new is archived', async () => {
    await env.STORE.prepare(`UPDATE segments SET contents = '[' WHERE segment = 1`).run()
    nowMs += DAY_MS
    await expect(run()).rejects.toThrow()
    await stored([await opened(9)])
    nowMs += HOUR_MS
    const failing = deps()
    await expect(runArchive(failing)).rejects.toThrow(SyntaxError)
    expect((await archivedKeys()).at(-1)).toBe('events/v1/dt=2026-06-05/6-6.parquet')
    expect(failing.lines).toContainEqual({
      event: 'archive_claim_failed',
      message: '1-2',
      fault: 'SyntaxError',
    })
    nowMs += DAY_MS
    await run()
    expect(await rowsOf(`SELECT * FROM archive_files WHERE state = 'claimed'`)).toEqual([])
    expect((await currentFiles(store)).map(({ key }) => key.split('/').at(-1))).toEqual(
      ['1-1', '2-2', '3-3', '4-5', '6-6'].map((name) => `${name}.parquet`),
    )
  })

  it.each([
    ['have their small files for as long as the database can be restored', 31 * DAY_MS - 1, 7],
    ['have no object and no row of them afterwards', 31 * DAY_MS, 3],
  ])('%s', async (_, afterMs, files) => {
    nowMs += DAY_MS
    await run()
    nowMs += afterMs
    await run()
    expect(await archivedKeys()).toHaveLength(files)
    expect(await countOf('archive_files')).toBe(files)
  })
})

describe('an object older than a restore of the database', () => {
  it('stays, and the new file gets another name', async () => {
    const key = 'events/v1/dt=2026-06-04/1-1.parquet'
    await env.ARCHIVE.put(key, 'of another time', { customMetadata: { claim: 'ffffffff' } })
    await stored([await opened(1)])
    nowMs += HOUR_MS
    await run()
    const [file] = await currentFiles(store)
    expect(file?.key).toMatch(/^events\/v1\/dt=2026-06-04\/1-1\.[0-9a-f]{8}\.parquet$/)
    expect(await rowsOfFile(file?.key ?? '')).toHaveLength(1)
    expect(await (await env.ARCHIVE.get(key))?.text()).toBe('of another time')
  })

  it('is not deleted with a replaced file of its name', async () => {
    const key = 'events/v1/dt=2026-06-04/1-1.parquet'
    await env.ARCHIVE.put(key, 'of another time')
    for (const nr of [1, 2]) {
      await stored([await opened(nr)])
      nowMs += HOUR_MS
      await run()
    }
    for (const days of [1, 31]) {
      nowMs += days * DAY_MS
      await run()
    }
    expect(await archivedKeys()).toEqual([key, 'events/v1/dt=2026-06-04/1-2.parquet'])
  })
})

it('leaves an object as a writer put it that died then, and notes its size and digest', async () => {
  await stored([await opened(1)])
  nowMs += HOUR_MS
  const { bucket, ...dying } = deps()
  const put = async (...given: Parameters<typeof bucket.put>) => {
    await bucket.put(...given)
    throw new Error('dead')
  }
  await expect(runArchive({ ...dying, bucket: { ...bucket, put } })).rejects.toThrow('dead')
  // Written again, the file would be another one.
  await env.STORE.prepare('DELETE FROM recipients').run()
  await run()
  expect(await archivedRows(store)).toMatchObject([{ person: expect.anything() }])
  const [file] = await currentFiles(store)
  const object = await env.ARCHIVE.head(file?.key ?? '')
  expect(file).toMatchObject({ bytes: object?.size, sha256: object?.customMetadata?.['sha256'] })
})

describe('a bucket that fails', () => {
  it('costs nothing: the same claim is written later', async () => {
    await stored([await opened(1)])
    nowMs += HOUR_MS
    const down = deps()
    const bucket = { ...down.bucket, put: () => Promise.reject(new Error('down')) }
    await expect(runArchive({ ...down, bucket })).rejects.toThrow('down')
    await stored([await opened(2)])
    await run()
    expect((await currentFiles(store)).map(({ lastSegment }) => lastSegment)).toEqual([1])
  })

  it('does not keep old events in the store', async () => {
    await stored([await opened(1)])
    await stored([await opened(2)])
    nowMs += HOUR_MS
    await run()
    nowMs += 40 * DAY_MS
    await stored([await opened(3)])
    await run()
    nowMs += HOUR_MS
    const down = deps({ hotDays: () => 1 })
    const bucket = { ...down.bucket, put: () => Promise.reject(new Error('down')) }
    await expect(runArchive({ ...down, bucket })).rejects.toThrow('down')
    expect(await countOf('segments')).toBe(1)
  })

  it('that somebody emptied gets no span twice', async () => {
    await stored([await opened(1)])
    nowMs += HOUR_MS
    await run()
    await emptyArchive()
    nowMs += 2 * DAY_MS
    await run()
    expect(await archivedKeys()).toEqual([])
    expect(await currentFiles(store)).toHaveLength(1)
  })
})

describe('old events', () => {
  /** Three days with an event each, of which the first two are archived for good. */
  beforeEach(async () => {
    for (const nr of [1, 2, 3]) {
      await stored([await opened(nr)])
      nowMs += DAY_MS
      await run()
    }
    expect(await countOf('segments')).toBe(3)
  })

  it.each([
    ['stay for as long as it says', 4, 3],
    ['go when they are older', 2, 2],
    ['never go as a whole', 1, 1],
  ])('%s (%d days)', async (_, hotDays, left) => {
    await run({ hotDays: () => hotDays })
    expect(await countOf('segments')).toBe(left)
    expect(await archivedRows(store)).toHaveLength(3)
  })

  it('stay if they are not archived', async () => {
    await env.STORE.prepare(
      `UPDATE archive_files SET state = 'claimed', is_final = 0 WHERE first_segment = 2`,
    ).run()
    await removeHot(deps({ hotDays: () => 1 }))
    expect((await rowsOf('SELECT segment FROM segments')).map(({ segment }) => segment)).toEqual([2, 3])
  })

  it.each([
    ['are too old', {}],
    ['are too many', { hotMaxBytes: 1 }],
  ])('stay if they %s and the archive has them no more: they are nowhere else', async (_, changes) => {
    // As retention does.
    await env.STORE.prepare('DELETE FROM archive_files WHERE first_segment = 1').run()
    await run({ hotDays: () => 1, ...changes })
    expect((await rowsOf('SELECT segment FROM segments')).map(({ segment }) => segment)).toEqual([1, 3])
  })

  it('go earlier while the database is too large', async () => {
    await run({ hotMaxBytes: 1 })
    expect(await countOf('segments')).toBe(1)
  })

  it('go only as long as it is too large: D1 counts what was removed', async () => {
    const filler = Array.from({ length: 50 }, async (_, nr) => ({
      ...(await mailEvent({ type: 'email.opened', nr: 100 + nr, atMs: nowMs - HOUR_MS })),
      reason: 'x'.repeat(20_000),
    }))
    for (const event of await Promise.all(filler)) await stored([event])
    nowMs += DAY_MS
    await run()
    nowMs += DAY_MS
    await run()
    const sizeOf = async () => (await env.STORE.prepare('SELECT 1').run()).meta.size_after
    const full = await sizeOf()
    await run({ hotMaxBytes: full - 500_000 })
    expect(await sizeOf()).toBeLessThan(full - 500_000)
  })

  it('of a long time go in runs that take no more statements than D1 allows in one', async () => {
    store = await emptyStore()
    await storeSegments(Array.from({ length: 15_000 }, () => START_MS))
    await env.STORE.batch([
      env.STORE
        .prepare(`INSERT INTO archive_files (first_segment, last_segment, dt, state, claim_id, is_final, events, contents_bytes,
        first_stored_at, last_stored_at, claimed_at) VALUES (1, 14999, '2026-06-04', 'written', 't', 1, 1, 1, 1, 1, 1)`),
      env.STORE.prepare('INSERT INTO archive_progress (one, claimed_segment) VALUES (1, 14999)'),
    ])
    let statements = 0
    const counting = deps({ hotDays: () => 1 })
    const { db } = counting.store
    const counted = {
      prepare: (sql: string) => {
        statements++
        return db.prepare(sql)
      },
      batch: (all: D1PreparedStatement[]) => db.batch(all),
    } as unknown as D1Database
    for (let wait: number | null = 0; wait === 0;) {
      statements = 0
      wait = await runArchive({ ...counting, store: { ...counting.store, db: counted } })
      expect(statements).toBeLessThan(1_000)
    }
    expect(await countOf('segments')).toBe(1)
  })

  it('stay if the setting is malformed', async () => {
    const malformed = () => {
      throw new RangeError('HOT_DAYS')
    }
    await expect(run({ hotDays: malformed })).rejects.toThrow('HOT_DAYS')
    expect(await countOf('segments')).toBe(3)
  })
})
