/** The object that watches sources, with its real storage: evictions, repeated minutes, upgrades, sources that come and go. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LogFields } from '../../src/platform/log.ts'
import type { MinuteSignals } from '../../src/watch/signals/signals.ts'
import type { SourceChange, WatchedSource } from '../../src/watch/watchers/api.ts'
import { SourceWatcher } from '../../src/watch/watchers/source-watcher.ts'
import { seedSource } from '../../scripts/local/seed-source.ts'
import { inObject } from '../support/objects.ts'
import { thorough } from '../support/thorough.ts'
import { BEGIN, NOW, calmMinute } from './support/calm.ts'

const SHOP: WatchedSource = { name: 'shop', createdAtMs: 1 }
const OTHER: WatchedSource = { name: 'other', createdAtMs: 2 }

interface Opened {
  watcher: SourceWatcher
  /** Log lines since the object woke. */
  lines: LogFields[]
  readonly sql: SqlStorage
  /** Gives the shop a past of calm weeks, before the object is called. They end so many minutes after {@link NOW}. */
  seed(minutes?: number): void
  /** The object is put to sleep and wakes. */
  evict(): void
}

const within = <T>(work: (opened: Opened) => Promise<T>): Promise<T> =>
  inObject((state) => {
    const wake = () => {
      opened.lines = []
      opened.watcher = new SourceWatcher(state, {}, (fields) => void opened.lines.push(fields))
    }
    const opened = {
      sql: state.storage.sql,
      seed: (minutes = 0) => seedOrCopy(state.storage, minutes),
      evict: wake,
    } as Opened
    wake()
    return work(opened)
  })

/** Rows of both tables of a seeded object, by the minutes after {@link NOW}: to see all calm weeks takes a second. */
const seeded = new Map<number, readonly (readonly [table: string, rows: readonly SqlStorageValue[][]])[]>()

function seedOrCopy(storage: DurableObjectStorage, minutes: number): void {
  const copied = seeded.get(minutes)
  if (copied === undefined) {
    seedSource(storage, SHOP, BEGIN, [...calmWeeks, ...calmMinutes(NOW, minutes)])
    const rowsOf = (table: string) => [...storage.sql.exec(`SELECT * FROM ${table}`).raw()]
    seeded.set(
      minutes,
      ['states', 'past'].map((table) => [table, rowsOf(table)]),
    )
    return
  }
  for (const [table, rows] of copied)
    for (const row of rows)
      storage.sql.exec(`INSERT INTO ${table} VALUES (${row.map(() => '?').join(', ')})`, ...row)
}

const calmMinutes = (first: number, minutes: number) =>
  Array.from({ length: minutes }, (_, i) => calmMinute(first + i))
const calmWeeks = calmMinutes(BEGIN, NOW - BEGIN)

/** An hour of wrong proofs from one network. */
const attacked = (minute: number): Partial<MinuteSignals> => ({
  ...calmMinute(minute),
  refused: [{ code: 'signature_mismatch', network: '10.9.9.0/24', asn: 64_500, count: 20 }],
})

const raisedIn = (changes: readonly SourceChange[]): string[] =>
  changes.flatMap(({ source, change }) =>
    change.change === 'ended' || change.change === 'seen'
      ? []
      : [`${change.change} ${source} ${change.finding.kind}`],
  )

describe('minutes in which the store was down', () => {
  const played = (isStoreDown: boolean, isEvicted: boolean): Promise<string[]> =>
    within(async (opened) => {
      opened.seed()
      const all: SourceChange[] = []
      for (let i = 0; i < 300; i += 1) {
        const minute = NOW + i
        if (isEvicted && i % 7 === 0) opened.evict()
        const isDown = i >= 50 && i < 200
        // Deliveries that were accepted meanwhile are stored all at once.
        const backlog = Array.from({ length: 150 }, (_, k) => calmMinute(NOW + 50 + k))
        const events = backlog.flatMap((one) => Object.values(one.events ?? {})).reduce((a, b) => a + b, 0)
        const late = { ...calmMinute(minute), events: { 'email.delivered': events } }
        const { refused = [] } = attacked(minute)
        const seen = isDown
          ? i >= 120 && i < 180
            ? { refused }
            : undefined
          : i === 200
            ? late
            : calmMinute(minute)
        const signals = seen === undefined ? {} : { shop: seen }
        all.push(...(await opened.watcher.watch(minute, [SHOP], signals, isStoreDown && isDown)))
      }
      return raisedIn(all)
    })

  it('are no silence, and hide no attack', async () => {
    expect(await played(false, false)).toContain('raised shop silence')
    const raised = await played(true, false)
    expect(raised).toContain('raised shop brute_force')
    expect(raised.filter((one) => /silence|surge/.test(one))).toEqual([])
    expect(await played(true, true)).toEqual(raised)
  })
})

describe('an object that watches sources', () => {
  it.each<[string, (i: number) => number]>([
    ['goes on', (i) => i],
    ['is set back by hours in a silence', (i) => (i < 235 ? i : i - 420)],
    ['is set back by hours in an attack', (i) => (i < 135 ? i : i - 420)],
    ['jumps hours ahead in a silence', (i) => (i < 235 ? i : i + 420)],
  ])('raises an attack once, however often it is evicted during it, while the clock %s', async (_, clock) => {
    const played = (isEvicted: (minute: number) => boolean): Promise<SourceChange[][]> =>
      within(async (opened) => {
        opened.seed()
        const all: SourceChange[][] = []
        for (let i = 0; i < 500; i += 1) {
          if (isEvicted(i)) opened.evict()
          const minute = NOW + clock(i)
          const isAttack = (i >= 100 && i < 160) || i === 400 || i >= 480
          const isSilent = i >= 200 && i < 300
          const signals = isSilent ? {} : { shop: isAttack ? attacked(minute) : calmMinute(minute) }
          const shop = i < 450 ? SHOP : { ...SHOP, createdAtMs: 9 }
          all.push(await opened.watcher.watch(minute, [shop, OTHER], signals))
        }
        return all
      })
    const calm = await played(() => false)
    const kinds = raisedIn(calm.flat())
    expect(kinds).toContain('raised shop brute_force')
    if (clock(400) === 400) expect(kinds).toContain('raised shop silence')
    // A silence that a jump ends may have lasted some minutes longer: those that were silent are not all recorded.
    const told = (all: SourceChange[][]): unknown =>
      clock(400) === 400
        ? all
        : all.map((changes) =>
            changes
              .filter(({ change }) => change.change !== 'seen')
              .map(({ source, change }) => [
                source,
                change.change,
                change.change === 'ended' ? change.incident.raisedAt : change,
              ]),
          )
    expect(told(await played(() => true))).toEqual(told(calm))
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.nat(499), { maxLength: 40 }), async (minutes) => {
        expect(told(await played((minute) => minutes.includes(minute)))).toEqual(told(calm))
      }),
      { numRuns: thorough(3, 1) },
    )
  })

  it('returns the same for the same minute again, also after an eviction', async () => {
    await within(async (opened) => {
      opened.seed()
      const first = await opened.watcher.watch(NOW, [SHOP], { shop: attacked(NOW) })
      expect(raisedIn(first)).toEqual(['raised shop brute_force'])
      expect(await opened.watcher.watch(NOW, [SHOP], { shop: attacked(NOW) })).toEqual(first)
      opened.evict()
      expect(await opened.watcher.watch(NOW, [SHOP], { shop: attacked(NOW) })).toEqual(first)
      expect(raisedIn(await opened.watcher.watch(NOW + 1, [SHOP], { shop: attacked(NOW + 1) }))).toEqual([])
    })
  })

  it('ends what is open at a source that is deleted, and knows nothing of it when it is made again', async () => {
    await within(async (opened) => {
      opened.seed()
      await opened.watcher.watch(NOW, [SHOP], { shop: attacked(NOW) })
      opened.evict()
      const again = { ...SHOP, createdAtMs: 9 }
      const [change] = await opened.watcher.watch(NOW + 1, [again], { shop: calmMinute(NOW + 1) })
      expect(change).toMatchObject({
        source: 'shop',
        change: { change: 'ended', incident: { kind: 'brute_force' } },
      })
      const points = await opened.watcher.history('shop', BEGIN, NOW + 10, 'minute')
      expect(points.map(({ minute }) => minute)).toEqual([NOW + 1])
      expect(opened.sql.exec("SELECT source FROM past WHERE source = 'shop 1'").toArray()).toEqual([])
    })
  })

  it.each([
    ['another version', 1, (text: string) => text.replaceAll('"version":3', '"version":2')],
    ['another version', 12, (text: string) => text.replaceAll('"version":3', '"version":2')],
    ['a damaged state', 1, (text: string) => text.replaceAll('"profile"', '"prefile"')],
    ['a damaged state', 12, (text: string) => text.replaceAll('"profile"', '"prefile"')],
    ['no JSON', 1, () => '{'],
    ['no JSON', 12, () => '{'],
  ])(
    'learns anew what it cannot read, and raises nothing again: %s after %i minutes',
    async (_, after, damaged) => {
      await within(async (opened) => {
        opened.seed()
        const learned = (await opened.watcher.history('shop', NOW - 60, NOW, 'minute'))[0]?.score
        for (let i = 0; i < after; i += 1)
          await opened.watcher.watch(NOW + i, [SHOP], { shop: attacked(NOW + i) })
        const [{ state } = { state: '' }] = opened.sql
          .exec<{ state: string }>('SELECT state FROM states')
          .toArray()
        const unreadable = damaged(state)
        expect(unreadable).not.toBe(state)
        opened.sql.exec('UPDATE states SET state = ?', unreadable)
        opened.evict()
        const changes: SourceChange[] = []
        for (let i = after; i < 600; i += 1) {
          if (i % 7 === 0) opened.evict()
          changes.push(
            ...(await opened.watcher.watch(NOW + i, [SHOP], i < 15 ? { shop: attacked(NOW + i) } : {})),
          )
        }
        expect(raisedIn(changes)).toEqual([])
        // Ended as what was raised, or nobody would hear that it is over.
        expect(changes.filter(({ change }) => change.change !== 'seen')).toMatchObject([
          { change: { incident: { kind: 'brute_force', raisedAt: NOW } } },
        ])
        // Charts still show its past.
        const points = await opened.watcher.history('shop', NOW - 60, NOW + 120, 'minute')
        expect([learned, points[0]?.score]).toEqual([expect.any(Number), null])
        expect(points).toHaveLength(60 + 15)
      })
    },
  )

  it.each(['{', '', 'null', '[]', '{"minute": "1", "sources": {}}'])(
    'skips a recorded row that is %j, and says so',
    async (damaged) => {
      await within(async (opened) => {
        opened.seed()
        for (let i = 0; i < 70; i += 1)
          await opened.watcher.watch(NOW + i, [SHOP], {
            shop: i < 60 ? calmMinute(NOW + i) : attacked(NOW + i),
          })
        for (const [number, since] of [
          [70, NOW + 60],
          [66, NOW],
        ]) {
          opened.sql.exec('UPDATE recent SET data = ? WHERE number = ?', damaged, number)
          opened.sql.exec('UPDATE past SET points = ? WHERE minute = ?', damaged, since)
        }
        opened.evict()
        const changes: SourceChange[] = []
        for (let i = 70; i < 200; i += 1) {
          if (i % 7 === 0) opened.evict()
          changes.push(...(await opened.watcher.watch(NOW + i, [SHOP], { shop: attacked(NOW + i) })))
          if (i === 70) expect(opened.lines).toContainEqual({ event: 'watch_row_damaged' })
        }
        expect(raisedIn(changes).filter((one) => one.startsWith('raised'))).toEqual([])
        const points = await opened.watcher.history('shop', NOW - 60, NOW + 200, 'minute')
        expect(points.at(-1)?.minute).toBe(NOW + 199)
      })
    },
  )

  it('survives any minutes and signals without an exception', async () => {
    const minute = fc.oneof(
      fc.integer({ min: NOW - 5, max: NOW + 30 }),
      fc.constantFrom(Number.NaN, -1, 1.5, 0, NOW - 1_000_000, NOW + 1_000_000, Number.MAX_SAFE_INTEGER),
    )
    const signals = fc.oneof(fc.constant(calmMinute(NOW)), fc.object({ maxDepth: 2 }), fc.anything())
    await within(async (opened) => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(minute, signals, fc.boolean()), { maxLength: 20 }),
          async (calls) => {
            for (const [at, of, evicts] of calls) {
              if (evicts) opened.evict()
              await opened.watcher.watch(at, [SHOP], { shop: of as Partial<MinuteSignals> })
            }
            expect(opened.lines).toEqual([])
          },
        ),
        { numRuns: 40 },
      )
    })
  })

  it('remembers the signals by minute and by hour', async () => {
    await within(async (opened) => {
      opened.seed()
      for (let i = 0; i < 130; i += 1)
        await opened.watcher.watch(NOW + i, [SHOP], {
          shop: i === 3 ? { accepted: 1, networks: { '10.1.1.0/24': 1 } } : calmMinute(NOW + i),
        })
      opened.evict()
      const minutes = await opened.watcher.history('shop', NOW - 30, NOW + 200, 'minute')
      expect(minutes.map(({ minute }) => minute)).toEqual(Array.from({ length: 160 }, (_, i) => NOW - 30 + i))
      const hours = await opened.watcher.history('shop', NOW - 14 * 1440, NOW + 200, 'hour')
      expect(hours).toHaveLength(14 * 24 + 3)
      expect(hours[0]?.signals.accepted).toBeGreaterThan(119)
    })
  })

  it.each([61, 185, 1_445])(
    'keeps a past that ends in the middle of an hour, %i minutes later',
    async (later) => {
      await within(async (opened) => {
        opened.seed(17)
        for (let i = 17; i < later; i += 1)
          await opened.watcher.watch(NOW + i, [SHOP], { shop: calmMinute(NOW + i) })
        opened.evict()
        const acceptedIn = async (by: 'minute' | 'hour', minutes: number): Promise<number[]> =>
          (await opened.watcher.history('shop', NOW, NOW + minutes, by)).map(
            ({ signals }) => signals.accepted,
          )
        const expected = calmMinutes(NOW, 60).map(({ accepted }) => accepted)
        expect(await acceptedIn('minute', 60)).toEqual(expected)
        expect(await acceptedIn('hour', 60)).toEqual([expected.reduce((sum, one) => sum + one, 0)])
      })
    },
  )

  it('stores a minute that is larger than a row may be, and returns its changes again', async () => {
    await within(async (opened) => {
      const sources = Array.from({ length: 200 }, (_, i): WatchedSource => ({
        name: `s-${i}`,
        createdAtMs: 1,
      }))
      const refused = Array.from({ length: 200 }, (_, i) => ({
        code: 'signature_mismatch', network: `2001:db8:${i}::/48`, asn: 64_500 + i, count: 9,
      })) // prettier-ignore
      const signals = Object.fromEntries(sources.map(({ name }) => [name, { ...calmMinute(NOW), refused }]))
      const changes = await opened.watcher.watch(NOW, sources, signals)
      expect(new Set(changes.map(({ source }) => source)).size).toBe(200)
      opened.evict()
      expect(await opened.watcher.watch(NOW, sources, signals)).toEqual(changes)
      expect(raisedIn(await opened.watcher.watch(NOW + 1, sources, signals))).toEqual([])
      const [point] = await opened.watcher.history('s-199', NOW, NOW + 1, 'minute')
      expect(point?.signals.refused).toEqual({ signature_mismatch: 1_800 })
    })
  })

  it('writes one row for a minute with signals, and next to none for silent ones', async () => {
    await within(async (opened) => {
      const rowsAfter = async (
        from: number,
        of: Readonly<Record<string, MinuteSignals>>,
      ): Promise<number> => {
        for (let i = 0; i < 30; i += 1) await opened.watcher.watch(from + i, [SHOP], of)
        return opened.sql.exec<{ n: number }>('SELECT max(number) AS n FROM recent').one().n
      }
      expect(await rowsAfter(NOW, { shop: calmMinute(NOW) })).toBe(30)
      expect(await rowsAfter(NOW + 30, {})).toBeLessThan(30 + 6)
    })
  })
})
