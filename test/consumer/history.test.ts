/**
 * Storing, sending again, removing, blanking and letting in, in any order, at once, and with crashes between: no event counts twice, and
 * none is lost that is not counted as missed or in quarantine.
 */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { consume } from '../../src/consumer/consume.ts'
import type { MailEvent } from '../../src/event/mail-event.ts'
import { toInstant } from '../../src/platform/time.ts'
import { ARRIVAL_START, type ArrivalPosition, readArrivals } from '../../src/store/arrival.ts'
import { readHistory } from '../../src/store/history.ts'
import { listQuarantine, readQuarantine, removeQuarantine } from '../../src/store/quarantine.ts'
import { blankEvents, removeSegments } from '../../src/store/removal.ts'
import type { Store } from '../../src/store/store.ts'
import { findSuppression } from '../../src/store/suppressions.ts'
import { consumerDeps } from '../support/consumer.ts'
import { expectedReasons } from '../support/effects-model.ts'
import { type FaultPlan, failing, reaches } from '../support/failing.ts'
import { DAY_MS, HOUR_MS, NOON_MS, contentsOf, deliveryFacts, mailEvent } from '../support/mail-events.ts'
import { TestMessage, batchOf, inlineEnvelope } from '../support/queue.ts'
import { allCounts, storeBefore04 } from '../support/store.ts'
import { thorough } from '../support/thorough.ts'

const EVENTS = 12
const TYPES = ['email.delivered', 'email.opened', 'email.sent'] as const

/** Which step, and how far it gets. */
const step = fc.record({
  kind: fc.constantFrom('send', 'send', 'send', 'remove', 'blank', 'read', 'let in', 'at once' as const),
  events: fc.array(fc.nat({ max: EVENTS - 1 }), { minLength: 1, maxLength: 5 }),
  /** How many days pass before it. */
  days: fc.nat({ max: 3 }),
  segments: fc.integer({ min: 1, max: 4 }),
  fault: fc.option(
    fc.record<FaultPlan>({
      at: fc.integer({ min: 1, max: 4 }),
      when: fc.constantFrom('before', 'after'),
      lasts: fc.constantFrom('once', 'for good'),
    }),
    { nil: undefined, freq: 3 },
  ),
})
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/** A store, and a reader that follows it. */
class World {
  readonly store: Store
  readonly events: readonly MailEvent[]
  readonly #letIns = new Map<string, number>()
  readonly #read = new Set<number>()
  #sent = new Set<string>()
  #position: ArrivalPosition = ARRIVAL_START
  #missed = 0
  #messages = 0
  #nowMs = NOON_MS

  constructor(store: Store, events: readonly MailEvent[]) {
    this.store = store
    this.events = events
  }

  async play({ kind, events, days, segments, fault }: Step): Promise<void> {
    this.#nowMs += days * DAY_MS
    const some = [...new Set(events)].flatMap((nr) => this.events[nr] ?? [])
    const span = { upTo: Number.MAX_SAFE_INTEGER, keep: [], segments }
    const faulty = failing(consumerDeps(this.store), reaches(fault)).store
    if (kind === 'send') await this.#send(some, fault)
    else if (kind === 'read') await this.#readPage(segments)
    else if (kind === 'let in') await this.#letIn()
    else if (kind === 'blank')
      await blankEvents(faulty, { ...span, types: TYPES.slice(0, 2) }, this.#nowMs).catch(() => undefined)
    else if (kind === 'remove') await removeSegments(faulty, span, this.#nowMs).catch(() => undefined)
    else
      await Promise.all([
        this.#send(some, undefined),
        removeSegments(this.store, span, this.#nowMs),
        this.#send(some.slice(0, 2), undefined),
        blankEvents(this.store, { ...span, types: [TYPES[0]] }, this.#nowMs),
        this.#readPage(segments),
        removeSegments(this.store, span, this.#nowMs),
      ])
  }

  /** One message an event, until each is acknowledged. */
  async #send(events: readonly MailEvent[], fault: FaultPlan | undefined): Promise<void> {
    const bodies = await Promise.all(
      events.map(async (event) => {
        this.#sent.add(event.source)
        const received_at = toInstant(this.#nowMs)
        const contents = contentsOf([{ ...event, received_at }], [], { source: event.source, received_at })
        return inlineEnvelope(contents, `req_${++this.#messages}/0`)
      }),
    )
    await this.#consume(bodies, fault)
  }

  async #consume(bodies: readonly unknown[], fault: FaultPlan | undefined): Promise<void> {
    const deps = consumerDeps(this.store, { nowMs: () => this.#nowMs })
    for (let tries = 0; tries < 8; tries++) {
      const messages = bodies.map((body) => new TestMessage(body, { attempts: 1 }))
      await consume(batchOf(messages), tries === 0 ? failing(deps, reaches(fault)) : deps).catch(
        () => undefined,
      )
      if (messages.every(({ settled }) => settled === 'acked')) return
    }
    throw new Error('the messages are not done')
  }

  /** As the console does, and its message comes twice. */
  async #letIn(): Promise<void> {
    const [entry] = (await listQuarantine(this.store, { limit: 1 })).quarantine
    if (entry === undefined) return
    const event = this.events.find(({ source }) => source === entry.source)
    const whole = await readQuarantine(this.store, entry.id)
    if (event === undefined || whole === undefined) throw new Error('what is in quarantine was sent')
    const { received_at } = whole.delivery
    const facts = deliveryFacts({ source: event.source, received_at, let_in_at: toInstant(this.#nowMs + 1) })
    const body = await inlineEnvelope(
      { ...contentsOf([{ ...event, received_at }]), delivery: facts },
      `req_${++this.#messages}/0`,
    )
    await removeQuarantine(this.store, entry.id)
    this.#letIns.set(event.source, (this.#letIns.get(event.source) ?? 0) + 1)
    await this.#consume([body], undefined)
    await this.#consume([body], undefined)
  }

  async #readPage(events: number): Promise<boolean> {
    const page = await readArrivals(this.store, { after: this.#position, events })
    for (const { number } of page.arrivals) {
      expect(this.#read.has(number)).toBe(false)
      this.#read.add(number)
    }
    this.#missed += page.gaps.reduce((sum, gap) => sum + gap.events, 0)
    this.#position = page.next
    return page.isLast
  }

  async check(): Promise<void> {
    while (!(await this.#readPage(5)));
    const { stored } = await readArrivals(this.store, { after: this.#position, events: 1 })
    expect(this.#read.size + this.#missed).toBe(stored)
    const counted = new Map<string, number>()
    for (const { source, count } of await allCounts(this.store))
      counted.set(source, (counted.get(source) ?? 0) + count)
    expect([...counted.values()].reduce((sum, count) => sum + count, 0)).toBe(stored)
    const waiting = new Set(
      (await listQuarantine(this.store, { limit: 500 })).quarantine.map(({ source }) => source),
    )
    for (const source of this.#sent) {
      const times = counted.get(source) ?? 0
      expect(times).toBeLessThanOrEqual(1 + (this.#letIns.get(source) ?? 0))
      expect(times > 0 || waiting.has(source)).toBe(true)
    }
  }
}

it('counts no event twice, and loses none', { timeout: 300_000 }, async () => {
  // Each is of a source of its own, so that the counters tell them apart. Two have no other time than the first.
  const events = await Promise.all(
    Array.from({ length: EVENTS }, (_, nr) =>
      mailEvent({
        type: TYPES[nr % 3] ?? 'email.sent',
        atMs: NOON_MS + Math.max(0, nr - 2) * 6 * HOUR_MS - 5 * DAY_MS,
        nr,
        source: `own-${nr}`,
      }),
    ),
  )
  let removals = 0
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 18 }), async (steps) => {
      const world = new World(await storeBefore04(), events)
      for (const one of steps) await world.play(one)
      await world.check()
      removals += (await readHistory(world.store)).beforeMs >= 0 ? 1 : 0
    }),
    { numRuns: thorough(400, 12) },
  )
  expect(removals).toBeGreaterThan(thorough(5, 0))
})

/** How late an event may come, and the age at which it is removed: later. */
const LATE_MAX_DAYS = 12
const KEPT_DAYS = 14

const bounced = fc.record({
  type: fc.constantFrom<'email.bounced' | 'email.delivered'>(
    'email.bounced',
    'email.bounced',
    'email.bounced',
    'email.bounced',
    'email.delivered',
  ),
  source: fc.constantFrom('shop', 'shop', 'news'),
  day: fc.nat({ max: 50 }),
  late: fc.nat({ max: LATE_MAX_DAYS }),
  isRemovedBefore: fc.constantFrom<'removed' | 'blanked' | undefined>(
    'removed',
    undefined,
    undefined,
    'blanked',
  ),
})

it('suppresses the same people as if nothing had been removed', { timeout: 300_000 }, async () => {
  let suppressed = 0
  await fc.assert(
    fc.asyncProperty(fc.array(bounced, { minLength: 8, maxLength: 24 }), async (given) => {
      const store = await storeBefore04()
      const events: MailEvent[] = []
      const inOrder = given
        .map((one, nr) => ({ ...one, nr, arrival: one.day + one.late }))
        .toSorted((a, b) => a.arrival - b.arrival)
      for (const { type, source, day, nr, arrival, isRemovedBefore } of inOrder) {
        const nowMs = NOON_MS + arrival * DAY_MS
        const removedMs = nowMs - KEPT_DAYS * DAY_MS
        const upTo = await lastBefore(store, removedMs)
        const span = { upTo, keep: [], segments: 100 }
        if (isRemovedBefore === 'removed') await removeSegments(store, span, nowMs)
        if (isRemovedBefore === 'blanked')
          await blankEvents(store, { ...span, types: ['email.delivered'] }, nowMs)
        const bounce = type === 'email.bounced' ? { bounce_type: 'soft' as const } : {}
        const event = await mailEvent({
          type,
          ...bounce,
          source,
          atMs: NOON_MS + day * DAY_MS,
          received_at: toInstant(nowMs),
          nr,
        })
        events.push(event)
        const body = await inlineEnvelope(contentsOf([event], [], { source }), `req_${nr}/0`)
        await consume(batchOf([new TestMessage(body)]), consumerDeps(store, { nowMs: () => nowMs }))
      }
      const reasons = (await findSuppression(store, 'ada@example.com', 0))?.reasons ?? []
      const found = reasons.map(({ reason, since, event_id }) => `${reason} ${Date.parse(since)} ${event_id}`)
      expect(found).toEqual(expectedReasons(events, 'ada@example.com'))
      suppressed += found.length
    }),
    { numRuns: thorough(400, 15) },
  )
  expect(suppressed).toBeGreaterThan(thorough(5, 0))
})

/** The last segment that was stored before a time; 0 if there is none. */
async function lastBefore({ db }: Store, atMs: number): Promise<number> {
  const row = await db
    .prepare('SELECT max(segment) AS segment FROM segments WHERE stored_at < ?1')
    .bind(atMs)
    .first<{ segment: number | null }>()
  return row?.segment ?? 0
}
