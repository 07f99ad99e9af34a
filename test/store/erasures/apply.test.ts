/** Erasures in the store: what goes, what stays, and the same end after deaths, restores and two applications at once. */
import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { applyErasures } from '../../../src/store/erasures/apply.ts'
import { countInStore } from '../../../src/store/erasures/count.ts'
import { ErasuresPending, ensureErased } from '../../../src/store/erasures/ensure.ts'
import type { Erasure } from '../../../src/store/erasures/erasure.ts'
import { readProgress } from '../../../src/store/erasures/progress.ts'
import { listEvents } from '../../../src/store/events.ts'
import type { Store } from '../../../src/store/store.ts'
import { addSuppression, findSuppression } from '../../../src/store/suppressions.ts'
import { consumeEvents, consumerDeps } from '../../support/consumer.ts'
import { erasureDeps, erasureList, hooked, peopleRows, snapshot } from '../../support/erasures.ts'
import { AFTER_ALL_MS, DAY_MS, NOON_MS, mailEvent } from '../../support/mail-events.ts'
import { emptyStore } from '../../support/store.ts'
import { thorough } from '../../support/thorough.ts'

const ADA = 'ada@example.com'
const BOB = 'bob@example.com'
const EVE = 'eve@example.com'
const PEOPLE = [ADA, BOB, EVE] as const

/** Events of `mailEvent` are received then. */
const RECEIVED_MS = NOON_MS + DAY_MS

let store: Store

/** Everything that the store can know of each person. */
async function fill(): Promise<void> {
  store = await emptyStore()
  const deps = consumerDeps(store)
  for (const recipient of PEOPLE) {
    const about = { recipient, atMs: NOON_MS, reason: `no ${recipient}`, tags: ['vip'] }
    await consumeEvents(
      deps,
      await Promise.all([
        mailEvent({ ...about, type: 'email.bounced', bounce_type: 'hard', message_id: `m-${recipient}` }),
        mailEvent({ ...about, type: 'email.bounced', bounce_type: 'soft', nr: 1 }),
        mailEvent({ ...about, type: 'email.unsubscribed', nr: 2 }),
        mailEvent({ ...about, type: 'email.subscribed', nr: 3, atMs: NOON_MS - 1 }),
        mailEvent({ ...about, type: 'email.opened', nr: 4, recipient: EVE }),
      ]),
    )
    await addSuppression(store, recipient, 'she phoned', NOON_MS)
  }
}

beforeEach(fill)

const indexOf = (address: string): Promise<string> => store.people.indexOf(address)

const erasureOf = async (
  address: string,
  number: number,
  changes: Partial<Erasure> = {},
): Promise<Erasure> => ({
  number,
  person: await indexOf(address),
  erasedAtMs: RECEIVED_MS,
  keepsSuppression: false,
  ...changes,
})

const ensure = (list: readonly Erasure[], on: Store = store): Promise<void> =>
  ensureErased(erasureDeps(on, erasureList([...list])))

/** Counts by place, without what is 0. */
async function countsOf(address: string): Promise<Record<string, number>> {
  const counts = await countInStore(erasureDeps(store, erasureList()), await indexOf(address))
  return Object.fromEntries(
    Object.entries(counts).flatMap(([name, { count }]) => (count === 0 ? [] : [[name, count]])),
  )
}

/** Whether anything in the store has her index, or the 32 bits of her fingerprint. */
async function isNamed(address: string): Promise<boolean> {
  const index = await indexOf(address)
  const { erasures: _erasures, suppressions: _suppressions, ...rows } = await peopleRows()
  return JSON.stringify(rows).toLowerCase().includes(index.slice(0, 8))
}

describe('an erasure', () => {
  it('takes all that is counted of the person, and nothing of others', async () => {
    const before = { ada: await countsOf(ADA), bob: await countsOf(BOB) }
    expect(before).toEqual({
      ada: { key: 1, events: 4, suppressions: 3, evidence: 4 },
      bob: { key: 1, events: 4, suppressions: 3, evidence: 4 },
    })
    await ensure([await erasureOf(ADA, 1)])
    expect(await countsOf(ADA)).toEqual({})
    expect(await isNamed(ADA)).toBe(false)
    expect(await countsOf(BOB)).toEqual(before.bob)
    expect(await findSuppression(store, ADA, 0)).toBeUndefined()
    expect(await readProgress(env.STORE)).toEqual({ through: 1, begun: 1 })
  })

  it('leaves her events without her, and finds those of others and of the message', async () => {
    const all = async () => (await listEvents(store, { limit: 100 }, AFTER_ALL_MS)).events
    const before = await all()
    await ensure([await erasureOf(ADA, 1)])
    const masked: unknown = expect.stringMatching(/^masked:/)
    const blank = { recipient: null, reason: null, tags: [] }
    const without = (one: (typeof before)[number]) => ({
      ...one,
      ...blank,
      ...(one.message_id?.includes(ADA) === true && { message_id: masked }),
    })
    expect(await all()).toEqual(before.map((one) => (one.recipient === ADA ? without(one) : one)))
    const found = async (query: object) =>
      (await listEvents(store, { limit: 100, ...query }, AFTER_ALL_MS)).events.length
    expect(await found({ recipient: ADA })).toBe(0)
    expect(await found({ recipient: EVE })).toBe(5)
    expect(await found({ message_id: `m-${ADA}` })).toBe(1)
  })

  it('keeps a suppression as a keyed hash, if asked', async () => {
    await env.STORE.prepare("UPDATE suppressions SET lifted_by = 'ops'").run()
    await ensure([await erasureOf(ADA, 1, { keepsSuppression: true })])
    const kept = await findSuppression(store, ADA, 0)
    expect(kept?.reasons.map(({ reason }) => reason).sort()).toEqual(['hard_bounce', 'manual', 'unsubscribe'])
    expect(
      kept?.reasons.every(
        ({ evidence, event_id, note }) => evidence === null && event_id === null && note === null,
      ),
    ).toBe(true)
    const { suppressions } = await peopleRows()
    const person = (await indexOf(ADA)).toUpperCase()
    const theirs = (suppressions as Record<string, unknown>[]).filter(({ r }) => r === person)
    expect(theirs).toHaveLength(3)
    for (const row of theirs)
      expect(row).toMatchObject({
        event_id: null,
        native_type: null,
        sealed: null,
        note: '',
        lifted_by: null,
      })
    expect(await countsOf(ADA)).toEqual({ suppressions: 3 })
  })

  it('of somebody whom nobody knows changes only how far the store is', async () => {
    const { erasures: _before, ...rows } = await peopleRows()
    await ensure([await erasureOf('nobody@example.com', 1)])
    const { erasures, ...after } = await peopleRows()
    expect(after).toEqual(rows)
    expect(erasures).toHaveLength(1)
  })

  it('leaves what was received after it, with its new key', async () => {
    const first = await erasureOf(ADA, 1)
    await ensure([first])
    const again = await mailEvent({
      type: 'email.opened',
      nr: 9,
      received_at: new Date(RECEIVED_MS + 1).toISOString(),
    })
    await consumeEvents(consumerDeps(store), [again])
    const later = await countsOf(ADA)
    expect(later).toEqual({ key: 1, events: 1 })
    // As after a death between the application and the note of it.
    await env.STORE.prepare('UPDATE erasure_progress SET through = 0').run()
    await ensure([first])
    expect(await countsOf(ADA)).toEqual(later)
    await ensure([first, await erasureOf(ADA, 2, { erasedAtMs: RECEIVED_MS + 1 })])
    expect(await countsOf(ADA)).toEqual({})
  })

  it('is applied in the order of the numbers: a later one does not bring back what an earlier one removed', async () => {
    await ensure([
      await erasureOf(ADA, 3),
      await erasureOf(ADA, 7, { keepsSuppression: true }),
      await erasureOf(BOB, 9, { keepsSuppression: true }),
    ])
    expect(await countsOf(ADA)).toEqual({})
    expect(await countsOf(BOB)).toEqual({ suppressions: 3 })
    expect(await readProgress(env.STORE)).toEqual({ through: 9, begun: 9 })
  })

  it('goes on where the time was not enough', async () => {
    const list = [await erasureOf(ADA, 1), await erasureOf(BOB, 2)]
    let nowMs = 0
    const slow = erasureDeps(
      hooked(store, async () => void (nowMs += 400)),
      erasureList(list),
      () => nowMs,
    )
    await expect(ensureErased(slow, 1_000)).rejects.toBeInstanceOf(ErasuresPending)
    expect(await readProgress(env.STORE)).toEqual({ through: 0, begun: 2 })
    await ensure(list)
    expect([await countsOf(ADA), await countsOf(BOB)]).toEqual([{}, {}])
  })
})

/** Erasures of all kinds, of which one person is erased twice. */
const several = async (): Promise<Erasure[]> => [
  await erasureOf(ADA, 1, { keepsSuppression: true }),
  await erasureOf(BOB, 2),
  await erasureOf(ADA, 5),
  await erasureOf('nobody@example.com', 6),
]

/** The rows at the end of an application that nothing disturbs. */
async function undisturbed(
  list: readonly Erasure[],
): Promise<{ rows: Record<string, unknown>; calls: number }> {
  let calls = 0
  const restore = await snapshot('start')
  await ensure(
    list,
    hooked(store, async (_when, call) => void (calls = call)),
  )
  const rows = await peopleRows()
  await restore()
  return { rows, calls }
}

class Died extends Error {}

describe('the end is the same', () => {
  it('after a death before and after each call', async () => {
    const list = await several()
    const { rows, calls } = await undisturbed(list)
    expect(calls).toBeGreaterThan(5)
    const restore = await snapshot()
    for (const moment of ['before', 'after'] as const)
      for (let at = 1; at <= calls; at++) {
        const dying = hooked(store, async (when, call) => {
          if (call > at || (call === at && when === moment)) throw new Died()
        })
        await expect(ensure(list, dying)).rejects.toBeInstanceOf(Died)
        const { through } = await readProgress(env.STORE)
        // Nobody goes on before all is done.
        if (through === 6) expect(await peopleRows()).toEqual(rows)
        await ensure(list)
        expect([moment, at, await peopleRows()]).toEqual([moment, at, rows])
        await restore()
      }
  })

  it('after restores of the database to any moment, at any moment', async () => {
    const list = await several()
    const { rows, calls } = await undisturbed(list)
    const start = await snapshot('first')
    const moments = fc.record({
      keptAt: fc.integer({ min: 1, max: calls }),
      after: fc.integer({ min: 0, max: calls }),
    })
    await fc.assert(
      fc.asyncProperty(moments, async ({ keptAt, after }) => {
        await start()
        let restore = async (): Promise<void> => undefined
        let isRestored = false
        const restored = hooked(store, async (when, call) => {
          if (when === 'before' && call === keptAt) restore = await snapshot()
          if (when !== 'after' || call !== keptAt + after) return
          isRestored = true
          await restore()
        })
        await ensure(list, restored)
        if (!isRestored) await restore()
        // A restore during the last call is found by whoever reads next, as is one after it.
        await ensure(list)
        expect((await readProgress(env.STORE)).through).toBe(6)
        expect(await peopleRows()).toEqual(rows)
      }),
      { numRuns: thorough(100, 8) },
    )
  })

  it('if the store says that it is complete, also right after a restore', async () => {
    const list = await several()
    const { rows, calls } = await undisturbed(list)
    const start = await snapshot('first')
    for (let keptAt = 1; keptAt <= calls; keptAt++)
      for (let at = keptAt; at < calls; at++) {
        await start()
        let restore = async (): Promise<void> => undefined
        const restored = hooked(store, async (when, call) => {
          if (when === 'before' && call === keptAt) restore = await snapshot()
          if (when === 'after' && call === at) await restore()
        })
        await ensure(list, restored)
        expect([keptAt, at, (await readProgress(env.STORE)).through]).toEqual([keptAt, at, 6])
        expect(await peopleRows()).toEqual(rows)
      }
  })

  it('if two apply them at once, in any order of their calls', async () => {
    const list = await several()
    const { rows } = await undisturbed(list)
    const start = await snapshot('first')
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        await start()
        const turns = () => hooked(store, async () => scheduler.schedule(Promise.resolve()))
        const both = Promise.all([ensure(list, turns()), ensure(list.slice(0, 2), turns())])
        await scheduler.waitFor(both)
        expect(await peopleRows()).toEqual(rows)
        expect((await readProgress(env.STORE)).through).toBe(6)
      }),
      { numRuns: thorough(50, 5) },
    )
  })
})

it('does not call a store complete whose number was taken back meanwhile', async () => {
  const list = await several()
  await ensure(list.slice(0, 2))
  const start = await snapshot()
  await start()
  const taken = hooked(store, async (when, call) => {
    if (when === 'before' && call === 2)
      await env.STORE.prepare('UPDATE erasure_progress SET through = 1').run()
  })
  const missing = { through: 2, erasures: list.slice(2) }
  expect(await applyErasures(erasureDeps(taken, erasureList(list)), missing, () => true)).toBe(false)
})
