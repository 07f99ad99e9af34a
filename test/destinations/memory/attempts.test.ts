import { describe, expect, it } from 'vitest'
import type { Attempt } from '../../../src/api/destinations.ts'
import { ATTEMPTS_A_ROW, attemptOf } from '../../../src/destinations/memory/attempts.ts'
import { Memory } from '../../../src/destinations/memory/memory.ts'
import { type StoredAttempt, marksOf } from '../../../src/destinations/memory/without-person.ts'
import type { Listed } from '../../../src/destinations/api.ts'
import { listAttempts } from '../../../src/destinations/show/lists.ts'
import { textOf } from '../../../src/platform/bytes.ts'
import { readMasterKeys } from '../../../src/platform/master-key.ts'
import { toInstant } from '../../../src/platform/time.ts'
import { sealer } from '../../../src/platform/seal.ts'
import { MASTERS } from '../../support/store.ts'
import { inObject } from '../../support/objects.ts'

const START_MS = 1_000_000_000_000
const DAY = 86_400_000

const opened = async (storage: DurableObjectStorage, masters = MASTERS): Promise<Memory> => {
  const memory = new Memory(storage, sealer(masters, 'attempts'))
  await memory.load()
  return memory
}

const attempt = (nr: number, change: Partial<Attempt> = {}): Attempt => ({
  id: `evt-${nr}`,
  at: toInstant(START_MS + nr),
  kind: 'event',
  event_ids: [`evt-${nr}`],
  events: 1,
  try: 1,
  status: 500,
  milliseconds: 12,
  error: 'The endpoint answered 500.',
  response: 'no such user ada@example.com',
  outcome: 'failed',
  ...change,
})

const attempts = (count: number, from = 0): Attempt[] =>
  Array.from({ length: count }, (_, i) => attempt(from + i))

/** All entries as they are stored, oldest first. */
async function stored({ log, attempts: latest }: Memory): Promise<StoredAttempt[]> {
  const bundles = log.before(Number.MAX_SAFE_INTEGER, 1_000).toReversed()
  return [...(await Promise.all(bundles.map(({ sealed }) => log.open(sealed)))).flat(), ...latest]
}

/** Ids of the pages of the list, until it ends. */
async function listed(
  memory: Memory,
  limit: number,
  event_id?: string,
  outcome?: Attempt['outcome'],
): Promise<string[]> {
  const ids: string[] = []
  let cursor: string | undefined
  do {
    const page: Listed<Attempt> = await listAttempts(memory, { limit, cursor, event_id, outcome })
    ids.push(...page.entries.map(({ id }) => id))
    cursor = page.next ?? undefined
  } while (cursor !== undefined)
  return ids
}

const newestFirst = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, i) => `evt-${to - 1 - i}`)

describe('the log of attempts', () => {
  it('finds those with one outcome, also those of long ago', () =>
    inObject(async ({ storage }) => {
      const memory = await opened(storage)
      memory.attempts.push(attempt(0, { outcome: 'exhausted' }), ...attempts(200, 1))
      memory.attempts.push(attempt(201, { outcome: 'delivered' }))
      await memory.save()
      expect(await listed(memory, 50, undefined, 'exhausted')).toEqual(['evt-0'])
      expect(await listed(memory, 50, undefined, 'delivered')).toEqual(['evt-201'])
      expect(await listed(memory, 50, 'evt-0', 'delivered')).toEqual([])
    }))

  it('counts by the hour, without tests, for a day', () =>
    inObject(async ({ storage }) => {
      const memory = await opened(storage)
      const at = (ms: number, change: Partial<Attempt> = {}) =>
        memory.note({ ...attempt(0, change), at: toInstant(ms) })
      at(DAY)
      at(DAY + 3_599_999, { outcome: 'delivered' })
      at(DAY + 3_600_000, { outcome: 'exhausted' })
      at(DAY + 3_600_000, { kind: 'test' })
      await memory.save()
      const hours = [
        { atMs: DAY, delivered: 1, failed: 1 },
        { atMs: DAY + 3_600_000, delivered: 0, failed: 1 },
      ]
      expect((await opened(storage)).state.hours).toEqual(hours)
      at(2 * DAY, { outcome: 'delivered' })
      expect(memory.state.hours).toEqual([hours[1], { atMs: 2 * DAY, delivered: 1, failed: 0 }])
      expect(memory.attempts).toHaveLength(5)
    }))

  it.each([0, 1, ATTEMPTS_A_ROW - 1, ATTEMPTS_A_ROW, ATTEMPTS_A_ROW + 1, 5 * ATTEMPTS_A_ROW + 3])(
    'has all of %i after an eviction, newest first, and a row for each full bundle alone',
    (count) =>
      inObject(async ({ storage }) => {
        const memory = await opened(storage)
        for (const one of attempts(count)) {
          memory.attempts.push(one)
          if (Date.parse(one.at) % 7 === 0) await memory.save()
        }
        await memory.save()
        const again = await opened(storage)
        expect(await listed(again, 50)).toEqual(newestFirst(0, count))
        const { rows } = storage.sql.exec<{ rows: number }>('SELECT count(*) AS rows FROM attempts').one()
        expect(rows).toBe(Math.floor(count / ATTEMPTS_A_ROW))
      }),
  )

  it('keeps the latest ten thousand, and not many more', () =>
    inObject(async ({ storage }) => {
      const memory = await opened(storage)
      for (let made = 0; made < 12_000; made += 1_000) {
        memory.attempts.push(...attempts(1_000, made))
        await memory.save()
      }
      const kept = await listed(memory, 1_000)
      expect(kept.slice(0, 10_000)).toEqual(newestFirst(2_000, 12_000))
      expect(kept.length).toBeLessThan(10_000 + 2 * ATTEMPTS_A_ROW)
    }))

  it.each([
    [7 * DAY, true],
    [7 * DAY + 60_000, false],
  ])('forgets a bundle as a newer one is stored: %i ms later it is kept: %s', (laterMs, isKept) =>
    inObject(async ({ storage }) => {
      const memory = await opened(storage)
      memory.attempts.push(...attempts(ATTEMPTS_A_ROW))
      await memory.save()
      const last = START_MS + ATTEMPTS_A_ROW - 1
      memory.attempts.push(
        ...Array.from({ length: ATTEMPTS_A_ROW }, (_, i) =>
          attempt(1_000 + i, { at: toInstant(last + laterMs) }),
        ),
      )
      await memory.save()
      expect((await listed(memory, 1_000)).length).toBe(isKept ? 2 * ATTEMPTS_A_ROW : ATTEMPTS_A_ROW)
    }),
  )

  it('forgets those older than a time, also in bundles with newer ones, and stays so after an eviction', () =>
    inObject(async ({ storage }) => {
      const memory = await opened(storage)
      memory.attempts.push(...attempts(3 * ATTEMPTS_A_ROW + 5))
      await memory.save()
      const all = 3 * ATTEMPTS_A_ROW + 5
      // In the middle of the second bundle.
      const gone = ATTEMPTS_A_ROW + 10
      const planned = await memory.forgetAttempts(START_MS + gone, true)
      expect(planned).toMatchObject({ count: gone, isMore: false })
      expect(await listed(memory, 1_000)).toEqual(newestFirst(0, all))
      expect(await memory.forgetAttempts(START_MS + gone, false)).toEqual({
        count: gone,
        isMore: false,
        oldestMs: START_MS + gone,
      })
      expect(await memory.forgetAttempts(START_MS + gone, false)).toMatchObject({ count: 0 })
      expect(await listed(await opened(storage), 1_000)).toEqual(newestFirst(gone, all))
      // Into the bundle that is not full.
      await memory.forgetAttempts(START_MS + all - 2, false)
      expect(await listed(await opened(storage), 1_000)).toEqual(newestFirst(all - 2, all))
      expect(await memory.forgetAttempts(START_MS + all, false)).toEqual({
        count: 2,
        isMore: false,
        oldestMs: null,
      })
      expect(await listed(await opened(storage), 1_000)).toEqual([])
    }))

  it('forgets nothing that is added while it forgets', () =>
    inObject(async ({ storage }) => {
      const memory = await opened(storage)
      memory.attempts.push(...attempts(ATTEMPTS_A_ROW + 3))
      const saving = memory.save()
      const forgetting = memory.forgetAttempts(START_MS + ATTEMPTS_A_ROW + 3, false)
      memory.attempts.push(...attempts(2, ATTEMPTS_A_ROW + 3))
      await Promise.all([saving, forgetting, memory.save()])
      expect(await listed(await opened(storage), 1_000)).toEqual(
        newestFirst(ATTEMPTS_A_ROW + 3, ATTEMPTS_A_ROW + 5),
      )
    }))

  it('finds the attempts of one event, also in a batch', () =>
    inObject(async ({ storage }) => {
      const memory = await opened(storage)
      const batch = attempt(1, { id: 'batch_1', kind: 'batch', event_ids: ['evt-7', 'evt-150'], events: 2 })
      memory.attempts.push(...attempts(100), batch, ...attempts(100, 100))
      await memory.save()
      expect(await listed(memory, 10, 'evt-150')).toEqual(['evt-150', 'batch_1'])
      expect(await listed(memory, 10, 'batch_1')).toEqual(['batch_1'])
      expect(await listed(memory, 10, 'evt-999')).toEqual([])
    }))

  it('is sealed: what an endpoint answered is not in the storage', () =>
    inObject(async ({ storage }) => {
      const memory = await opened(storage)
      memory.attempts.push(...attempts(ATTEMPTS_A_ROW + 5))
      await memory.save()
      const blobs = storage.sql
        .exec<{ blob: ArrayBuffer }>(
          'SELECT sealed AS blob FROM attempts UNION ALL SELECT attempts FROM state',
        )
        .toArray()
      expect(blobs).toHaveLength(2)
      for (const { blob } of blobs) {
        const bytes = new Uint8Array(blob)
        expect(textOf(bytes) ?? new TextDecoder('latin1').decode(bytes)).not.toContain('ada@')
      }
    }))

  it('names at most twenty events of a batch, and counts all', () => {
    const eventIds = Array.from({ length: 1_000 }, (_, nr) => `evt-${nr}`)
    const sent = { delivered: true, atMs: START_MS, milliseconds: 3, status: 200, response: null, error: null, retryAfterSeconds: null, disable: null } // prettier-ignore
    const entry = attemptOf({ id: 'batch_1', kind: 'batch', eventIds, people: '' }, sent, 1, 'delivered')
    expect([entry.event_ids.length, entry.events]).toEqual([20, 1_000])
  })
})

describe('a person who is forgotten', () => {
  const ADA = 'a'.repeat(32)
  const BOB = 'b'.repeat(32)
  const erased = { person: ADA, isNamedIn: async (text: string) => text.includes('ada@') }
  const of = (...people: string[]) => ({ people: marksOf(people) })
  const batch: Partial<StoredAttempt> = { kind: 'batch', event_ids: ['evt-1', 'evt-2'], events: 2 }

  // Third: the part that stays; null for nothing, undefined for all of it.
  it.each<[string, Partial<StoredAttempt>, Partial<StoredAttempt> | null | undefined]>([
    ['an event of hers', { ...of(ADA), response: 'ok' }, null],
    ['an event of hers, without an answer', { ...of(ADA), response: null }, null],
    ['an event of another', { ...of(BOB), response: 'ok' }, undefined],
    ['an event of another whose answer names her', of(BOB), { response: null }],
    ['an event of nobody', { ...of(), response: 'ok' }, undefined],
    ['a batch with others', { ...batch, ...of(BOB, ADA) }, { response: null, ...of(BOB) }],
    ['a batch of others', { ...batch, ...of(BOB), response: 'ok' }, undefined],
    ['an entry of an earlier version', { response: 'ok' }, { response: null }],
    ['one without an answer', { response: null }, undefined],
  ])('of %s stays what says nothing of her', (_what, change, stays) =>
    inObject(async ({ storage }) => {
      const entry: StoredAttempt = attempt(70, change)
      const others = Array.from({ length: 2 * ATTEMPTS_A_ROW + 5 }, (_, nr) =>
        attempt(nr, { ...of(BOB), response: 'ok' }),
      )
      const left = stays === null ? [] : [{ ...entry, ...stays }]
      const all = (one: readonly StoredAttempt[]) => [...others.slice(0, 70), ...one, ...others.slice(70)]
      const memory = await opened(storage)
      memory.attempts.push(...all([entry]), entry)
      await memory.save()
      const count = stays === undefined ? 0 : 2
      const found = { count, isMore: false, oldestMs: count === 0 ? null : START_MS + 70 }
      expect(await memory.forgetPerson(erased, START_MS, true)).toEqual(found)
      expect(await stored(await opened(storage))).toEqual([...all([entry]), entry])
      expect(await memory.forgetPerson(erased, START_MS, false)).toEqual(found)
      for (const one of [memory, await opened(storage)])
        expect(await stored(one)).toEqual([...all(left), ...left])
      expect(await memory.forgetPerson(erased, START_MS, false)).toMatchObject({ count: 0 })
    }),
  )

  it('loses no attempt that is noted meanwhile', () =>
    inObject(async ({ storage }) => {
      const memory = await opened(storage)
      memory.attempts.push(...attempts(ATTEMPTS_A_ROW + 3).map((one) => ({ ...one, ...of(ADA) })))
      const saving = memory.save()
      const forgetting = memory.forgetPerson(erased, START_MS, false)
      const fresh = attempts(2, 500).map((one) => ({ ...one, ...of(BOB), response: 'ok' }))
      memory.attempts.push(...fresh)
      await Promise.all([saving, forgetting, memory.save()])
      expect(await stored(await opened(storage))).toEqual(fresh)
    }))
})

describe('attempts under a master key that was removed', () => {
  const OTHER = readMasterKeys(`v2:${btoa('2'.repeat(32))}`)

  it('are gone, and the destination works on', () =>
    inObject(async ({ storage }) => {
      const before = await opened(storage)
      before.state = { ...before.state, missed: 5 }
      before.attempts.push(...attempts(ATTEMPTS_A_ROW + 5))
      await before.save()
      const after = await opened(storage, OTHER)
      expect(after.state.missed).toBe(5)
      expect(await listed(after, 50)).toEqual([])
      after.attempts.push(...attempts(3, 500))
      await after.save()
      expect(await listed(await opened(storage, OTHER), 50)).toEqual(newestFirst(500, 503))
    }))
})
