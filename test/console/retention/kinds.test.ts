/** The kinds that the console itself removes: one promise for all of them. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { idOf } from '../../../src/console/backups/id.ts'
import { settingsOf } from '../../../src/api/retention.ts'
import { enforce } from '../../../src/console/retention/enforce.ts'
import { events } from '../../../src/console/retention/events.ts'
import { KINDS } from '../../../src/console/retention/index.ts'
import { unread } from '../../../src/console/retention/unread.ts'
import { repeatedWhileQuick } from '../../../src/console/retention/steps.ts'
import { retentionAnswer } from '../../../src/console/retention/status.ts'
import { timePrefix } from '../../../src/event/identity.ts'
import type { EventType } from '../../../src/event/mail-event.ts'
import { toInstant } from '../../../src/platform/time.ts'
import {
  RETENTION_KINDS,
  type RetentionSetting,
  SETTING_NAMES,
  settingRow,
} from '../../../src/registry/retention/kinds.ts'
import { filterFingerprintsOf, personFingerprint } from '../../../src/store/fingerprint.ts'
import type { Store } from '../../../src/store/store.ts'
import { SCHEDULE } from '../../../src/console/access/actor.ts'
import { storeBatches, storeSegments } from '../../support/segments.ts'
import { emptyStore, rowsOf } from '../../support/store.ts'
import { WHO } from '../../support/who.ts'
import { DAY_MS, NOW_MS, dyingAt, emptyBuckets, retentionWorld } from './world.ts'

let store: Store

beforeEach(async () => {
  store = await emptyStore()
  await emptyBuckets()
})

const DAYS = 10
const names = async (sql: string) => (await rowsOf(sql)).map(({ name }) => String(name))
const keysIn = async (bucket: R2Bucket) => (await bucket.list()).objects.map(({ key }) => key)
const run = async (sql: string, ...values: unknown[]) => {
  await env.STORE.prepare(sql)
    .bind(...values)
    .run()
}

let counter = 0

async function putEvent(
  atMs: number,
  source: string,
  type: EventType = 'email.sent',
  person: readonly string[] = [],
  original?: string,
): Promise<void> {
  const id = timePrefix(atMs) + (++counter).toString(16).padStart(32, '5')
  const event = {
    id,
    atMs,
    subjectFingerprints: person,
    filterFingerprints: filterFingerprintsOf(source, type),
    values: [source, 'generic', type, 'sent', null, null, atMs, atMs],
    ...(original === undefined ? {} : { original }),
  }
  await storeBatches([[event]], atMs)
}

interface Case {
  readonly setting: RetentionSetting
  /** Of two old things; default: 2. */
  readonly counts?: number
  /** Puts a thing of this time, from the source. */
  readonly put: (atMs: number, source: string) => Promise<void>
  /** The times of the things that are there, in every place that has a part of them. */
  readonly left: () => Promise<readonly (readonly string[])[]>
  /** Whether a hold of another source keeps nothing of this one. */
  readonly bySource: boolean
  /** Whether a hold of a person keeps things that do not name them. */
  readonly byPerson: boolean
}

const day = (atMs: number) => toInstant(atMs).slice(0, 10)

const CASES: readonly Case[] = [
  {
    setting: 'events',
    put: (atMs, source) => putEvent(atMs, source),
    left: async () => [
      (await rowsOf('SELECT stored_at FROM segments ORDER BY segment')).map((row) =>
        day(Number(row['stored_at'])),
      ),
    ],
    bySource: true,
    byPerson: false,
  },
  {
    setting: 'archive',
    counts: 10,
    async put(atMs) {
      const key = `events/v1/dt=${day(atMs)}/${atMs}-${atMs}.parquet`
      await env.ARCHIVE.put(key, 'parquet')
      await run(
        `INSERT INTO archive_files (first_segment, last_segment, dt, state, claim_id, events, contents_bytes, first_stored_at,
           last_stored_at, claimed_at, key, bytes, sha256, written_at)
         VALUES (?1, ?1, ?2, 'written', 't', 5, 100, ?1, ?1, ?1, ?3, 7, 'ab', ?1)`,
        atMs,
        day(atMs),
        key,
      )
    },
    left: async () => [
      await names('SELECT dt AS name FROM archive_files ORDER BY 1'),
      (await keysIn(env.ARCHIVE)).map((key) => key.slice('events/v1/dt='.length).slice(0, 10)),
    ],
    bySource: false,
    byPerson: true,
  },
  {
    setting: 'quarantine',
    async put(atMs, source) {
      await run(
        `INSERT INTO quarantine (id, source, provider, request_id, received_at, problem, item, bytes, parts, sealed)
         VALUES (?1, ?2, 'generic', 'req', ?3, 'unreadable', 0, 1, 1, x'00')`,
        day(atMs),
        source,
        atMs,
      )
      await run(
        `INSERT INTO quarantine_parts (id, part, sealed, stored_at) VALUES (?1, 0, x'00', ?2)`,
        day(atMs),
        atMs,
      )
    },
    left: async () => [
      await names('SELECT id AS name FROM quarantine ORDER BY 1'),
      await names('SELECT id AS name FROM quarantine_parts ORDER BY 1'),
    ],
    bySource: true,
    byPerson: true,
  },
  {
    setting: 'dead_letters',
    async put(atMs, source) {
      const object = `large/${day(atMs)}`
      await env.LARGE.put(object, 'sealed')
      await run(
        `INSERT INTO dead_letters (id, source, reason, attempts, first_failed_at, last_failed_at, envelope)
         VALUES (?1, ?2, 'store_failed', 1, ?3, ?3, ?4)`,
        day(atMs),
        source,
        atMs,
        JSON.stringify({ version: 1, source, key: 'req/all', kind: 'stored', object }),
      )
    },
    left: async () => [
      await names('SELECT id AS name FROM dead_letters ORDER BY 1'),
      (await keysIn(env.LARGE)).map((key) => key.slice('large/'.length)),
    ],
    bySource: true,
    byPerson: true,
  },
  {
    setting: 'backups',
    async put(atMs) {
      const id = idOf(atMs)
      const outline = {
        id,
        made_at: toInstant(atMs),
        sources: 0,
        destinations: 0,
        channels: 0,
        incidents: 0,
        unreadable: 0,
        audit_lines: 0,
        sha256: '0'.repeat(64),
      }
      await env.BACKUPS.put(`backups/${id}.json`, '{}', {
        customMetadata: { outline: JSON.stringify(outline) },
      })
      await env.BACKUPS.put(`incidents/${id}`, 'sealed')
      await env.BACKUPS.put(`suppressions/${id}/0000`, 'sealed')
    },
    left: () =>
      Promise.all(
        ['backups/', 'incidents/', 'suppressions/'].map(async (folder) =>
          (await keysIn(env.BACKUPS))
            .filter((key) => key.startsWith(folder))
            .map((key) => key.slice(folder.length).replace(/^(\d{4})(\d\d)(\d\d).*/, '$1-$2-$3')),
        ),
      ),
    bySource: false,
    byPerson: true,
  },
  {
    setting: 'figures',
    counts: 4,
    async put(atMs, source) {
      const [hour, dayNumber] = [3_600_000, DAY_MS].map((ms) => Math.floor(atMs / ms))
      await run(
        `INSERT INTO counters (source, hour, counts) VALUES (?1, ?2, '{"email.sent":1}')`,
        source,
        hour,
      )
      await run(`INSERT INTO deliverability (source, day, counts) VALUES (?1, ?2, '{}')`, source, dayNumber)
    },
    left: async () => [
      (await rowsOf('SELECT hour FROM counters ORDER BY hour')).map((row) =>
        day(Number(row['hour']) * 3_600_000),
      ),
      (await rowsOf('SELECT day FROM deliverability ORDER BY day')).map((row) =>
        day(Number(row['day']) * DAY_MS),
      ),
    ],
    bySource: true,
    byPerson: false,
  },
]

const OLD_MS = NOW_MS - (DAYS + 1) * DAY_MS
const OLDER_MS = NOW_MS - (DAYS + 2) * DAY_MS
const YOUNG_MS = NOW_MS - (DAYS - 1) * DAY_MS
const ALL = [OLDER_MS, OLD_MS, YOUNG_MS]

const documentOf = (setting: RetentionSetting, holds: readonly object[] = []) => ({ [setting]: DAYS, holds })

const putAll = async ({ put }: Case) => {
  for (const atMs of ALL) await put(atMs, 'shop')
}
const isIn = (times: readonly number[]) => times.map(day)

it('each number of the document belongs to one of six kinds, whose task removes by it', () => {
  expect(KINDS.map(({ kind }) => kind)).toEqual(RETENTION_KINDS)
  expect(KINDS.length).toBeLessThanOrEqual(6)
  const settings = KINDS.flatMap(({ kind, parts }) => parts.map(({ setting }) => [setting, kind]))
  expect(settings).toEqual(SETTING_NAMES.map((name) => [name, settingRow(name).kind]))
})

describe.each(CASES.map((one) => [one.setting, one] as const))('%s', (setting, one) => {
  const inEachPlace = async (times: readonly number[]) => (await one.left()).map(() => isIn(times))
  /** Where everything was archived, events may go. */
  const world = () => retentionWorld(store, setting === 'events' ? { archive: undefined } : {})

  it('of a day too many go, and of a day fewer stay', async () => {
    const { context, set } = world()
    await set(documentOf(setting))
    await putAll(one)
    const { removed, failed } = await enforce(context)
    expect([failed, removed > 0]).toEqual([[], true])
    expect(await one.left()).toEqual(await inEachPlace([YOUNG_MS]))
    expect((await enforce(context)).removed).toBe(0)
    expect(await one.left()).toEqual(await inEachPlace([YOUNG_MS]))
  })

  it('are counted before, and nothing goes by that', async () => {
    const { context, set } = world()
    await set(documentOf(setting))
    await putAll(one)
    const state = await context.registry.retention.read()
    const { kinds } = await retentionAnswer(
      { ...context, actor: SCHEDULE, nowMs: NOW_MS - 1, reportUnavailable: () => undefined },
      state,
    )
    const shown = settingsOf(kinds).find((answer) => answer.setting === setting)
    expect(shown).toMatchObject({ days: DAYS, is_held: false, last_run: null })
    expect(shown?.kept_since?.slice(0, 10)).toBe(day(OLDER_MS))
    expect(shown?.next?.count).toBe(one.counts ?? 2)
    expect(await one.left()).toEqual(await inEachPlace(ALL))
  })

  it('without a number of days all stay', async () => {
    const { context, set } = world()
    // Backups always have one.
    await set(setting === 'backups' ? { backups: 30 } : { [setting]: null })
    await putAll(one)
    await enforce(context)
    expect(await one.left()).toEqual(await inEachPlace(ALL))
  })

  it('of a held source stay', async () => {
    const { context, set } = world()
    await set(documentOf(setting, [{ source: 'shop', reason: 'dispute' }]))
    await putAll(one)
    await enforce(context)
    expect(await one.left()).toEqual(await inEachPlace(ALL))
    await set(documentOf(setting))
    await enforce(context)
    expect(await one.left()).toEqual(await inEachPlace([YOUNG_MS]))
  })

  it('of another source than the held one go, if they can be told apart', async () => {
    const { context, set } = world()
    await set(documentOf(setting, [{ source: 'other', reason: 'dispute' }]))
    await putAll(one)
    await enforce(context)
    expect(await one.left()).toEqual(await inEachPlace(one.bySource ? [YOUNG_MS] : ALL))
  })

  it('stay while a person is held, if their contents could name that person', async () => {
    const { context, set } = world()
    await set(documentOf(setting, [{ person: 'ada@example.com', reason: 'a request' }]))
    await putAll(one)
    await enforce(context)
    expect(await one.left()).toEqual(await inEachPlace(one.byPerson ? ALL : [YOUNG_MS]))
  })

  it(
    'end the same if the task dies before any of its calls, and runs again',
    { timeout: 60_000 },
    async () => {
      const kinds = KINDS.map((kind) => ({
        ...kind,
        parts: kind.parts.filter((part) => part.setting === setting),
      }))
      for (let call = 1; ; call++) {
        store = await emptyStore()
        await emptyBuckets()
        const { context, set } = world()
        await set(documentOf(setting))
        await putAll(one)
        const dying = dyingAt(context, call)
        await enforce(dying.context, kinds).catch(() => undefined)
        if (!dying.died()) break
        await enforce(context, kinds)
        expect({ call, left: await one.left() }).toEqual({ call, left: await inEachPlace([YOUNG_MS]) })
      }
    },
  )
})

describe('events', () => {
  const PERSON = 'ada@example.com'
  const withoutArchive = () => retentionWorld(store, { archive: undefined })
  const types = async () =>
    (await rowsOf('SELECT contents FROM segments ORDER BY segment')).map((row) =>
      (JSON.parse(String(row['contents'])) as (unknown[] | null)[]).map((event) => event?.[2] ?? null),
    )

  it('of a held person stay, and others go', async () => {
    const { context, set } = withoutArchive()
    await set({ events: DAYS, holds: [{ person: PERSON, reason: 'a request' }] })
    const fingerprint = personFingerprint(await store.people.indexOf(PERSON))
    await putEvent(OLDER_MS, 'shop', 'email.sent', [fingerprint])
    await putEvent(OLD_MS, 'shop')
    await putEvent(YOUNG_MS, 'shop')
    await enforce(context)
    expect((await rowsOf('SELECT stored_at FROM segments')).map((row) => Number(row['stored_at']))).toEqual([
      OLDER_MS,
      YOUNG_MS,
    ])
  })

  it('of a type with fewer days are blanked, and the night after has nothing to do', async () => {
    const { context, set } = withoutArchive()
    await set({ events: 100, events_by_type: { 'email.opened': DAYS } })
    await putEvent(OLDER_MS, 'shop', 'email.opened')
    await putEvent(OLD_MS, 'shop', 'email.bounced')
    await putEvent(YOUNG_MS, 'shop', 'email.opened')
    expect((await enforce(context)).removed).toBe(1)
    expect(await types()).toEqual([[null], ['email.bounced'], ['email.opened']])
    // Segments are looked at once.
    expect(await rowsOf('SELECT task, segment FROM retention_progress ORDER BY task')).toContainEqual({
      task: 'blank email.opened',
      segment: 2,
    })
    expect((await enforce(context)).removed).toBe(0)
  })

  it('of a held source are not blanked until the hold ends', async () => {
    const { context, set } = withoutArchive()
    const document = { events: 100, events_by_type: { 'email.opened': DAYS } }
    await set({ ...document, holds: [{ source: 'shop', reason: 'dispute' }] })
    await putEvent(OLD_MS, 'shop', 'email.opened')
    await putEvent(YOUNG_MS, 'shop', 'email.opened')
    await enforce(context)
    expect(await types()).toEqual([['email.opened'], ['email.opened']])
    await set({ ...document, holds: [] })
    await enforce(context)
    expect(await types()).toEqual([[null], ['email.opened']])
  })

  it('of a type without end keep their segment, in which the others are blanked', async () => {
    const { context, set } = withoutArchive()
    await set({ events: DAYS, events_by_type: { 'email.bounced': null } })
    await putEvent(OLDER_MS, 'shop', 'email.sent')
    await putEvent(OLD_MS, 'shop', 'email.bounced')
    await putEvent(YOUNG_MS, 'shop', 'email.sent')
    await enforce(context)
    expect(await types()).toEqual([[null], ['email.bounced'], ['email.sent']])
  })

  it('of a day of an event every second go in one night', async () => {
    const { context, set } = withoutArchive()
    await set({ events: DAYS })
    await storeSegments(Array.from({ length: 43_200 }, (_, i) => OLDER_MS + i * 2_000))
    await putEvent(YOUNG_MS, 'shop')
    await enforce(context)
    expect(await rowsOf('SELECT count(*) AS segments FROM segments')).toEqual([{ segments: 1 }])
  })

  it('lose their originals by the days of their source, those of a source that is gone after thirty', async () => {
    const { context, set } = withoutArchive()
    const { sources } = context.registry
    const settings = { provider: 'generic', secrets: { hmac: 'a'.repeat(32) } }
    await sources.put('short', { ...settings, originalDays: 10 }, WHO, null)
    await sources.put('none', { ...settings, originalDays: 0 }, WHO, null)
    await sources.put('long', { ...settings, originalDays: 400 }, WHO, null)
    const put = async (source: string, days: number) =>
      putEvent(NOW_MS - days * DAY_MS, source, 'email.sent', [], `${source} ${days}`)
    for (const days of [40, 29, 11, 9, 1])
      for (const source of ['short', 'none', 'long', 'gone']) await put(source, days)
    const kept = async () =>
      (await rowsOf('SELECT originals FROM segments WHERE originals IS NOT NULL ORDER BY segment')).flatMap(
        (row) => JSON.parse(String(row['originals'])) as string[],
      )
    expect((await enforce(context)).removed).toBe(0)
    expect((await kept()).toSorted()).toEqual([
      'gone 1',
      'gone 11',
      'gone 29',
      'gone 9',
      'long 1',
      'long 11',
      'long 29',
      'long 40',
      'long 9',
      'short 1',
      'short 9',
    ])
    // Fewer days apply to what was kept under more.
    await sources.put('long', { ...settings, originalDays: 10 }, WHO, null)
    await enforce(context)
    expect((await kept()).filter((one) => one.startsWith('long')).toSorted()).toEqual(['long 1', 'long 9'])
    await set({ holds: [{ source: 'short', reason: 'dispute' }] })
    await sources.put('short', { ...settings, originalDays: 0 }, WHO, null)
    await enforce(context)
    expect((await kept()).filter((one) => one.startsWith('short'))).toHaveLength(2)
  })

  it('that the archive does not have yet stay', async () => {
    const { context, set } = retentionWorld(store)
    await set({ events: DAYS })
    for (const atMs of ALL) await putEvent(atMs, 'shop')
    await enforce(context)
    expect(await types()).toHaveLength(3)
    await run('INSERT INTO archive_progress (one, claimed_segment) VALUES (1, 1)')
    await enforce(context)
    expect(await types()).toHaveLength(2)
  })

  const REMOVING = { events: DAYS }
  const BLANKING = { events: 100, events_by_type: { 'email.opened': DAYS } }
  const SAME = 'SELECT 1'
  const NEWER = `UPDATE segments SET stored_at = ${YOUNG_MS}`
  const UNARCHIVED = 'UPDATE archive_progress SET claimed_segment = 0'
  const OPENED = ['email.opened']
  it.each([
    ['go', REMOVING, SAME, [OPENED]],
    ['are blanked', BLANKING, SAME, [[null], OPENED]],
    ['stay if a restore in that night gives their numbers to newer ones', REMOVING, NEWER, [OPENED, OPENED]],
    ['are not blanked either', BLANKING, NEWER, [OPENED, OPENED]],
    ['stay if after the restore they are in no file yet', REMOVING, UNARCHIVED, [OPENED, OPENED]],
    ['are not blanked then either', BLANKING, UNARCHIVED, [OPENED, OPENED]],
  ])('%s', async (_, document, restoring, left) => {
    const { context, set } = retentionWorld(store)
    await set(document)
    for (const atMs of [OLD_MS, YOUNG_MS]) await putEvent(atMs, 'shop', 'email.opened')
    await run('INSERT INTO archive_progress (one, claimed_segment) VALUES (1, 2)')
    const batch = async (all: D1PreparedStatement[]) => {
      await run(restoring)
      return env.STORE.batch(all)
    }
    const db = { prepare: (sql: string) => env.STORE.prepare(sql), batch } as unknown as D1Database
    await enforce({ ...context, store: { ...store, db } }, [events])
    expect(await types()).toEqual(left)
  })
})

describe('dead letters', () => {
  it('leave the object that a redrive has just written again for its message', async () => {
    const { context, set } = retentionWorld(store)
    await set({ dead_letters: 2 })
    const nowMs = Date.now() + DAY_MS
    const letters = CASES.find(({ setting }) => setting === 'dead_letters')
    await letters?.put(nowMs - 5 * DAY_MS, 'shop')
    await enforce({ ...context, nowMs })
    expect(await names('SELECT id AS name FROM dead_letters')).toEqual([])
    expect(await keysIn(env.LARGE)).toHaveLength(1)
  })
})

describe('the archive', () => {
  it('loses old files that a restored database does not know, and keeps young ones', async () => {
    const { context, set } = retentionWorld(store)
    await set({ archive: DAYS })
    for (const atMs of [OLD_MS, YOUNG_MS])
      await env.ARCHIVE.put(`events/v1/dt=${day(atMs)}/1-2.parquet`, 'parquet')
    await env.ARCHIVE.put('somebody/else', 'x')
    await enforce(context)
    expect(await keysIn(env.ARCHIVE)).toEqual([`events/v1/dt=${day(YOUNG_MS)}/1-2.parquet`, 'somebody/else'])
  })

  it('keeps a day in which a file is being written', async () => {
    const { context, set } = retentionWorld(store)
    await set({ archive: DAYS })
    const [, archive] = CASES
    await archive?.put(OLD_MS, 'shop')
    await run(
      `INSERT INTO archive_files (first_segment, last_segment, dt, state, claim_id, events, contents_bytes, first_stored_at,
         last_stored_at, claimed_at) VALUES (1, 2, ?1, 'claimed', 't', 5, 100, 1, 1, 1)`,
      day(OLD_MS),
    )
    await enforce(context)
    expect(await keysIn(env.ARCHIVE)).toHaveLength(1)
  })
})

describe('quarantine', () => {
  it('of a flood goes in one night, if the database is quick', async () => {
    const { context, set } = retentionWorld(store)
    await set({ quarantine: DAYS })
    await run(
      `INSERT INTO quarantine (id, source, provider, request_id, received_at, problem, item, bytes, parts, sealed)
       WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 4000)
       SELECT 'flood' || n, 'shop', 'generic', 'req_' || n, ?1, 'unreadable', 0, 1, 1, x'00' FROM n`,
      OLD_MS,
    )
    expect((await enforce(context, [unread])).removed).toBe(4_000)
  })

  it.each([
    ['quick', 10, [2, 4, 8, 16]],
    ['slow', 2_000, [2, 1, 1, 1]],
  ])('removes in steps by how long they take: %s', async (_, tookMs, expected) => {
    let clockMs = 0
    const asked: number[] = []
    const steps = repeatedWhileQuick(
      () => clockMs,
      2,
      async (rows) => {
        clockMs += tookMs
        asked.push(rows)
        return asked.length === 4 ? 0 : rows
      },
    )
    let count = 0
    for await (const removed of steps) count += removed
    expect(count).toBe(asked.slice(0, 3).reduce((sum, rows) => sum + rows, 0))
    expect(asked).toEqual(expected)
  })
})

describe('backups', () => {
  it('the newest stays however old it is, and what has no backup goes', async () => {
    const { context, set } = retentionWorld(store)
    await set({ backups: DAYS })
    const backups = CASES.find(({ setting }) => setting === 'backups')
    await backups?.put(OLD_MS, 'shop')
    await env.BACKUPS.put(`incidents/${idOf(OLDER_MS)}`, 'of a backup that was never finished')
    await enforce(context)
    expect(await backups?.left()).toEqual([isIn([OLD_MS]), isIn([OLD_MS]), isIn([OLD_MS])])
  })

  it('the newest complete one stays, though there are newer ones that lack a part', async () => {
    const { context, set } = retentionWorld(store)
    await set({ backups: DAYS })
    const backups = CASES.find(({ setting }) => setting === 'backups')
    await backups?.put(OLDER_MS, 'shop')
    await backups?.put(OLD_MS, 'shop')
    const key = `backups/${idOf(OLD_MS)}.json`
    const { outline = '{}' } = (await env.BACKUPS.head(key))?.customMetadata ?? {}
    const beside = { incidents: { parts: 1, rows: 0, bytes: 6 }, suppressions: null }
    await env.BACKUPS.put(key, '{}', {
      customMetadata: { outline: JSON.stringify({ ...(JSON.parse(outline) as object), beside }) },
    })
    await enforce(context)
    expect(await backups?.left()).toEqual([isIn([OLDER_MS]), isIn([OLDER_MS]), isIn([OLDER_MS])])
  })

  it('reports of drills go with them, after 400 days', async () => {
    const { context, set } = retentionWorld(store)
    await set({ backups: DAYS })
    const keys = [401, 399].map((days) => `drills/${idOf(context.nowMs - days * DAY_MS)}-restore.json`)
    for (const key of keys) await env.BACKUPS.put(key, '{}')
    await enforce(context)
    expect((await keysIn(env.BACKUPS)).filter((key) => key.startsWith('drills/'))).toEqual(keys.slice(1))
  })
})
