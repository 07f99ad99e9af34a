import { describe, expect, it } from 'vitest'
import { type RedriveFilter, WaitingTable } from '../../../src/destinations/memory/waiting.ts'
import type { NewWaiting } from '../../../src/destinations/memory/waiting-row.ts'
import { inObject } from '../../support/objects.ts'

const NOW_MS = 1_000_000
const ALL: RedriveFilter = { ids: null, sinceMs: 0, untilMs: Number.MAX_SAFE_INTEGER }

const inTable = (work: (waiting: WaitingTable) => void) =>
  inObject(({ storage }) => work(new WaitingTable(storage)))

const failed = (id: string, key: string | null, change: Partial<NewWaiting> = {}): NewWaiting => ({
  id,
  references: [{ segment: 1, index: 0 }],
  key,
  source: 'shop',
  type: 'email.delivered',
  bytes: 1_000,
  tries: 1,
  firstFailedAtMs: NOW_MS,
  dueAtMs: NOW_MS + 5_000,
  error: 'The endpoint answered 500.',
  status: 500,
  ...change,
})

/** Behind an earlier one of its key. */
const held = (id: string, key: string): NewWaiting =>
  failed(id, key, { tries: 0, firstFailedAtMs: null, dueAtMs: null, error: null, status: null })

const dueAt = (waiting: WaitingTable, atMs: number) => waiting.due(atMs, 99, 1_000_000).map(({ id }) => id)

const add = (waiting: WaitingTable, ...rows: NewWaiting[]) => {
  for (const row of rows) waiting.add(row, NOW_MS)
}

describe('a waiting delivery', () => {
  it.each<[number, readonly number[], number]>([
    [9, [1_000, 1_000, 1_000], 3],
    [2, [1_000, 1_000, 1_000], 2],
    [9, [1_000, 2_000, 1], 2],
    [9, [1_000, 2_001, 1], 1],
    [9, [5_000_000, 1, 1], 1],
    [9, [2_999, 5_000, 1], 1],
  ])('is opened with at most %i others and 3,000 bytes, and one always: %j', (limit, bytes, count) =>
    inTable((waiting) => {
      add(waiting, ...bytes.map((size, i) => failed(`${i}`, null, { bytes: size, dueAtMs: NOW_MS })))
      expect(waiting.due(NOW_MS, limit, 3_000).map(({ id }) => id)).toEqual(
        bytes.slice(0, count).map((_, i) => `${i}`),
      )
    }),
  )

  it('is due at its time, the earliest first', () =>
    inTable((waiting) => {
      add(waiting, failed('late', null, { dueAtMs: NOW_MS + 9 }), failed('soon', null, { dueAtMs: NOW_MS + 3 }))
      expect([NOW_MS + 2, NOW_MS + 3, NOW_MS + 9].map((atMs) => dueAt(waiting, atMs))).toEqual([
        [],
        ['soon'],
        ['soon', 'late'],
      ])
      expect(waiting.nextDueAtMs()).toBe(NOW_MS + 3)
    })) // prettier-ignore

  it.each<[string, (waiting: WaitingTable) => void]>([
    ['is delivered or skipped', (waiting) => waiting.remove(waiting.list(0, 1)[0] ?? fail(), NOW_MS)],
    ['has used up its tries', (waiting) => waiting.exhaust(waiting.list(0, 1)[0] ?? fail(), NOW_MS)],
  ])('lets the next one of its key go as it %s, and no other', (_name, end) =>
    inTable((waiting) => {
      add(waiting, failed('a1', 'a'), held('a2', 'a'), held('a3', 'a'), failed('b1', 'b'), held('b2', 'b'))
      expect(waiting.list(0, 9).map(({ id, blocked }) => [id, blocked])).toEqual([['a1', 2], ['b1', 1]])
      end(waiting)
      expect(dueAt(waiting, NOW_MS)).toEqual(['a2'])
      expect(waiting.heldKeys(['a', 'b', 'c'])).toEqual(new Set(['a', 'b']))
    }),
  ) // prettier-ignore

  it('that would be held behind one that an operator has just skipped is due at once', () =>
    inTable((waiting) => {
      add(waiting, failed('a1', 'a'))
      // The page that holds it back was begun before the skip, and is stored after it.
      waiting.remove(waiting.find('a1') ?? fail(), NOW_MS)
      add(waiting, held('a2', 'a'), held('a3', 'a'))
      expect(dueAt(waiting, NOW_MS)).toEqual(['a2'])
      expect(waiting.list(0, 9)).toMatchObject([{ id: 'a2', blocked: 1 }])
    }))
})

describe('blocked since', () => {
  it.each<[string, NewWaiting[], number | null]>([
    ['nothing', [], null],
    ['one without a key', [failed('x', null)], null],
    ['one that nobody waits for', [failed('a1', 'a')], null],
    ['one of another key than those that are held', [failed('b1', 'b'), failed('a1', 'a'), held('a2', 'a')], NOW_MS],
  ])('is the first failure of one that holds others back: %s', (_name, rows, sinceMs) =>
    inTable((waiting) => {
      add(waiting, ...rows)
      expect(waiting.counts().blockedSinceMs).toBe(sinceMs)
    }),
  ) // prettier-ignore
})

describe('deliveries that were given up', () => {
  /** Two of one key, whose third waits, and one without a key. */
  const withDead = (waiting: WaitingTable) => {
    add(waiting, failed('a1', 'a'), held('a2', 'a'), held('a3', 'a'), failed('x', null))
    for (const [i, id] of ['a1', 'a2', 'x'].entries()) waiting.exhaust(waiting.find(id) ?? fail(), NOW_MS + i)
    waiting.postpone({ ...(waiting.find('a3') ?? fail()), tries: 1, firstFailedAtMs: NOW_MS, dueAtMs: NOW_MS + 5_000 })
  } // prettier-ignore

  it('have no time and hold nothing back', () =>
    inTable((waiting) => {
      withDead(waiting)
      expect(dueAt(waiting, NOW_MS + 5_000)).toEqual(['a3'])
      expect(waiting.counts()).toEqual({ waiting: 1, dead: 3, blockedSinceMs: null })
      expect(waiting.givenUp(0, 9).map(({ id }) => id)).toEqual(['a1', 'a2', 'x'])
    }))

  it('go back in order: those of one key one after the other, before what came later', () =>
    inTable((waiting) => {
      withDead(waiting)
      expect(waiting.redrive(ALL, NOW_MS + 9_000, false)).toBe(3)
      const order: string[][] = []
      for (;;) {
        const due = waiting.due(NOW_MS + 9_000, 99, 1_000_000)
        if (due.length === 0) break
        order.push(due.map(({ id }) => id))
        for (const one of due) waiting.remove(one, NOW_MS + 9_000)
      }
      expect(order).toEqual([['a1', 'x'], ['a2'], ['a3']])
    }))

  it.each<[string, Partial<RedriveFilter>, string[]]>([
    ['all', {}, ['a1', 'a2', 'x']],
    ['by id', { ids: ['x', 'unknown'] }, ['x']],
    ['none of an empty list', { ids: [] }, []],
    ['by time', { sinceMs: NOW_MS + 1, untilMs: NOW_MS + 2 }, ['a2']],
  ])('are chosen: %s. A plan changes nothing', (_name, filter, ids) =>
    inTable((waiting) => {
      withDead(waiting)
      expect(waiting.redrive({ ...ALL, ...filter }, NOW_MS, true)).toBe(ids.length)
      expect(waiting.counts().dead).toBe(3)
      expect(waiting.redrive({ ...ALL, ...filter }, NOW_MS, false)).toBe(ids.length)
      const left = new Set(waiting.givenUp(0, 9).map(({ id }) => id))
      expect(['a1', 'a2', 'x'].filter((id) => !left.has(id))).toEqual(ids)
    }),
  )
})

describe('an operator who cannot wait', () => {
  it.each<[string[] | null, number, string[]]>([
    [null, 2, ['a1', 'b1']],
    [['b1'], 1, ['b1']],
    [['a2'], 0, []],
    [[], 0, []],
  ])('makes %j due: %i', (ids, count, due) =>
    inTable((waiting) => {
      add(waiting, failed('a1', 'a'), held('a2', 'a'), failed('b1', 'b'))
      expect(waiting.retryNow(ids, NOW_MS)).toBe(count)
      expect(dueAt(waiting, NOW_MS)).toEqual(due)
    }),
  )
})

function fail(): never {
  throw new Error('there is none')
}
