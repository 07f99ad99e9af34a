/**
 * Takes in what an ESP has and the store has not, page by page of its past events. The new events of a page wait in the object as sealed
 * queue messages, which are sent evenly: live mail shares the queue and the store. Each step is stored, so it goes on after a crash. A
 * message that is sent twice has the same ids, of which the store keeps one.
 */
import type { BackfillStatus, PlannedAlone } from '../../api/backfill.ts'
import {
  CALLS_AN_HOUR,
  type Conversation,
  type Driver,
  type Page,
  type PastEventsDriver,
  type Span,
} from '../../drivers/driver.ts'
import type { DeliveryFacts, Envelope } from '../../event/envelope.ts'
import { pack } from '../../event/pack.ts'
import { doubled } from '../../platform/back-off.ts'
import { halfSha256Hex } from '../../platform/sha256.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS, instantOrNull, toInstant } from '../../platform/time.ts'
import { readHistory } from '../../store/history.ts'
import type { Json } from '../../platform/json.ts'
import type { EspRefusal } from '../api.ts'
import type { Conversed } from '../converse.ts'
import type { OpenAccount, Part, PartDeps } from '../parts.ts'
import { PASSING, stopWords } from '../words.ts'
import { SETTLED_MS } from './recent.ts'
import { deliveryOf, sortPage } from './sort.ts'

/** Of one run. The platform bounds the time of an invocation. */
const RUN_MS = 15_000
/** A plan is walked while a person waits. */
const PLAN_MS = 20_000
/** Pages and events of one backfill: an ESP that leads on and on is left. */
export const PAGES_MAX = 20_000
export const EVENTS_MAX = 5_000_000
/** Events of one message: few, since a live event may wait while they are stored. */
const QUEUED_EVENTS = 10
const PER_SECOND = 100
/** Between parts of a page that is sorted. */
const REST_MS = 20
/** After a failure that passes. It doubles. */
const AGAIN_MS = 10_000
const AGAIN_MAX_MS = 10 * MINUTE_MS
/** Attempts in a row that brought nothing. An ESP that is down for half a day is waited for. */
const ATTEMPTS_MAX = 100
/** Of a page. A run would take longer over more than the platform lets it, and begin with the same page again. */
const ITEMS_MAX = 10_000

/** A status is also read without the source's account. */
const ABOUT = { title: 'the ESP', right: 'to read past events' }

const JOB_KEY = 'backfill'
const CURSOR_KEY = 'backfill_cursor:'
const WAITING_KEY = 'backfill_waiting:'

/** A message that waits to be sent. */
interface Waiting {
  readonly envelope: Envelope
  /** Its events. */
  readonly count: number
}

interface Counts {
  readonly found: number
  readonly known: number
  /** In a job, those that were sent. */
  readonly fresh: number
  readonly unreadable: number
}

const NOTHING: Counts = { found: 0, known: 0, fresh: 0, unreadable: 0 }

interface Job extends Counts {
  /** Names its messages. */
  readonly id: string
  readonly span: Span
  readonly isForwarded: boolean
  readonly state: BackfillStatus['state']
  readonly pages: number
  /** Of the next page; null before the first and after the last. */
  readonly cursor: string | null
  readonly beganAtMs: number
  readonly endedAtMs: number | null
  readonly problem: EspRefusal['code'] | 'leads_in_a_circle' | 'no_progress' | 'too_many' | null
  /** Not before, because the ESP asks for it, or after a failure. */
  readonly notBeforeMs: number
  /** Failures that pass, one after the other. */
  readonly failures: number
}

export class Backfill implements Part {
  readonly #deps: PartDeps
  readonly #rest = (): Promise<void> => this.#deps.pause(REST_MS)

  constructor(deps: PartDeps) {
    this.#deps = deps
  }

  async run(account: OpenAccount): Promise<number | null> {
    const { past } = account.driver
    const { nowMs } = this.#deps
    const untilMs = nowMs() + RUN_MS
    for (;;) {
      const job = this.#job
      const [waiting] = this.#deps.storage.kv.list<Waiting>({ prefix: WAITING_KEY, limit: 1 })
      // A page that was read is taken, or it would lie here for as long as a person lets it.
      if (job === undefined || (job.state !== 'running' && waiting === undefined)) return null
      if (past === undefined) return this.#end(job, 'no_account')
      if (job.notBeforeMs > nowMs()) return job.notBeforeMs - nowMs()
      if (nowMs() >= untilMs) return 0
      if (waiting !== undefined) await this.#send(job, ...waiting)
      else if (job.pages > 0 && job.cursor === null) this.#update(job, { state: 'done', endedAtMs: nowMs() })
      else await this.#page(account, past, job)
    }
  }

  async begin(
    account: OpenAccount,
    asked: Span,
    isForwarded: boolean,
  ): Promise<BackfillStatus | 'running' | null> {
    const { span } = await this.#bounded(account, asked)
    if (this.#job?.state === 'running') return 'running'
    for (const prefix of [CURSOR_KEY, WAITING_KEY]) this.#forget(prefix)
    this.#keep({
      ...NOTHING,
      id: `backfill-${crypto.randomUUID()}`,
      span,
      isForwarded,
      state: span.sinceMs < span.untilMs ? 'running' : 'done',
      pages: 0,
      cursor: null,
      beganAtMs: this.#deps.nowMs(),
      endedAtMs: null,
      problem: null,
      notBeforeMs: 0,
      failures: 0,
    })
    this.#deps.wake()
    return this.status()
  }

  /** Its place stays. The page that was read is taken. */
  stop(): BackfillStatus | null {
    const job = this.#job
    if (job?.state === 'running') this.#keep({ ...job, state: 'stopped' })
    return this.status()
  }

  /** Goes on where it stopped or failed. */
  resume(): BackfillStatus | null {
    const job = this.#job
    if (job?.state === 'stopped' || job?.state === 'failed') {
      this.#keep({ ...job, state: 'running', problem: null, endedAtMs: null, failures: 0 })
      this.#deps.wake()
    }
    return this.status()
  }

  status(): BackfillStatus | null {
    const job = this.#job
    if (job === undefined) return null
    const { span, state, pages, isForwarded, found, known, fresh, unreadable, problem } = job
    return {
      state,
      since: toInstant(span.sinceMs),
      until: toInstant(span.untilMs),
      forwarded: isForwarded,
      began_at: toInstant(job.beganAtMs),
      ended_at: instantOrNull(job.endedAtMs),
      pages,
      found,
      known,
      new: fresh,
      unreadable,
      problem,
      says: problem === null ? null : stopWords(problem, ABOUT),
      waits_until:
        job.state === 'running' && job.notBeforeMs > this.#deps.nowMs() + AGAIN_MS
          ? toInstant(job.notBeforeMs)
          : null,
    }
  }

  /** The same walk without writing, as far as it comes while a person waits. */
  async plan(account: OpenAccount, asked: Span): Promise<PlannedAlone | EspRefusal> {
    const { past } = account.driver
    if (past === undefined) return { ok: false, code: 'no_account', status: null, untilMs: null }
    const { store, nowMs } = this.#deps
    const beganMs = nowMs()
    const untilMs = beganMs + PLAN_MS
    const { span, removedBeforeMs, keptSinceMs } = await this.#bounded(account, asked)
    const delivery = deliveryOf(account, 'plan', false, nowMs())
    let counts = NOTHING
    let pages = 0
    let cursor: string | null = null
    let calls = 0
    // When the ESP takes the next call.
    let againMs = 0
    let [fromMs, toMs] = [Infinity, -Infinity]
    const seen = new Set<string>()
    for (; span.sinceMs < span.untilMs; pages++) {
      const at: string | null = cursor
      if (pages > 0 && (at === null || seen.has(at) || nowMs() >= untilMs)) break
      if (at !== null) seen.add(at)
      const page = await this.#read(account, past, span, at, () => calls++)
      if (!page.ok && pages > 0 && PASSING.has(page.code)) {
        againMs = page.untilMs ?? againMs
        break
      }
      if (!page.ok) return page
      const sorted = await sortPage(page.result.items, span, past, delivery, store, false, this.#rest)
      counts = plus(counts, sorted)
      fromMs = Math.min(fromMs, sorted.fromMs)
      toMs = Math.max(toMs, sorted.toMs)
      cursor = page.result.next
    }
    // Pages are in the order of time, or in its reverse: so the times that were seen tell what part of the span it was.
    const part = cursor === null ? 1 : (toMs - fromMs) / (span.untilMs - span.sinceMs)
    const paceMs = Math.max(1_000 / account.driver.perSecond, (againMs - beganMs) / calls)
    const perSecond = 1_000 / paceMs
    const takesMs =
      part > 0 ? durationMs(calls / part, counts.fresh / part, { ...account.driver, perSecond }) : null
    const dropsUntilMs =
      takesMs === null || past.keptDays === null ? 0 : nowMs() + takesMs - past.keptDays * DAY_MS
    return {
      since: toInstant(span.sinceMs),
      until: toInstant(span.untilMs),
      takes_minutes: takesMs === null ? null : Math.ceil(takesMs / MINUTE_MS),
      esp_drops_until: dropsUntilMs > span.sinceMs ? toInstant(dropsUntilMs) : null,
      removed_before: instantOrNull(removedBeforeMs),
      esp_keeps_since: instantOrNull(keptSinceMs),
      is_whole: cursor === null,
      pages,
      found: counts.found,
      known: counts.known,
      new: counts.fresh,
      unreadable: counts.unreadable,
      copies: past.copies === 'same_id' ? 'same_id' : 'alike',
      copies_within_seconds: past.copies === 'same_id' ? null : past.copies.withinSeconds,
      lacks: past.lacks,
    }
  }

  async #read(
    account: OpenAccount,
    past: PastEventsDriver,
    span: Span,
    cursor: string | null,
    onCall: () => void = () => undefined,
  ): Promise<Conversed<Page<Json>>> {
    const page = await this.#deps.converse(account, (opened) =>
      counted(past.page(opened, span, cursor), onCall),
    )
    return page.ok && page.result.items.length > ITEMS_MAX
      ? { ok: false, code: 'too_large', status: null, untilMs: null }
      : page
  }

  async #page(account: OpenAccount, past: PastEventsDriver, job: Job): Promise<void> {
    const { store, nowMs } = this.#deps
    if (job.pages >= PAGES_MAX || job.found >= EVENTS_MAX) return this.#fail(job, 'too_many')
    const page = await this.#read(account, past, job.span, job.cursor)
    if (!page.ok) {
      if (!PASSING.has(page.code)) return this.#fail(job, page.code)
      if (job.failures + 1 >= ATTEMPTS_MAX) return this.#fail(job, 'no_progress')
      return this.#again(job, page.untilMs)
    }
    const { items, next } = page.result
    const mark = next === null ? null : CURSOR_KEY + (await halfSha256Hex(next))
    if (mark !== null && this.#deps.storage.kv.get(mark) !== undefined)
      return this.#fail(job, 'leads_in_a_circle')
    const delivery = deliveryOf(account, `${job.id}-${job.pages}`, job.isForwarded, nowMs())
    const keepsOriginals = account.config.originalDays > 0
    // Retention may have removed more since it began.
    const { beforeMs } = await readHistory(store)
    const span = { ...job.span, sinceMs: Math.max(job.span.sinceMs, beforeMs + 1) }
    const sorted = await sortPage(items, span, past, delivery, store, keepsOriginals, this.#rest)
    const messages = await this.#packed(sorted.fresh, delivery)
    this.#step(job, (kv) => {
      for (const [i, waiting] of messages.entries()) kv.put(WAITING_KEY + String(i).padStart(6, '0'), waiting)
      if (mark !== null) kv.put(mark, 1)
      this.#update(job, {
        ...plus(job, { ...sorted, fresh: [] }),
        pages: job.pages + 1,
        cursor: next,
        failures: 0,
      })
    })
  }

  async #packed(events: Sorted['fresh'], delivery: DeliveryFacts): Promise<readonly Waiting[]> {
    const { queueSealer, large } = this.#deps
    const put = async (object: string, sealed: Uint8Array) => void (await large.put(object, sealed))
    const packed: Waiting[] = []
    for (let from = 0; from < events.length; from += QUEUED_EVENTS) {
      const some = events.slice(from, from + QUEUED_EVENTS)
      const own = { ...delivery, request_id: `${delivery.request_id}-${from / QUEUED_EVENTS}` }
      const envelopes = await pack({ delivery: own, events: some, quarantined: [] }, queueSealer, put)
      // They are counted once.
      for (const [i, envelope] of envelopes.entries())
        packed.push({ envelope, count: i > 0 ? 0 : some.length })
    }
    return packed
  }

  async #send(job: Job, key: string, { envelope, count }: Waiting): Promise<void> {
    const { events, pause } = this.#deps
    try {
      await events.send(envelope, { contentType: 'v8' })
    } catch {
      return this.#again(job, null)
    }
    this.#step(job, (kv) => {
      kv.delete(key)
      this.#update(job, { fresh: job.fresh + count, failures: 0 })
    })
    await pause((count * 1_000) / PER_SECOND)
  }

  /** The part of a span that can be taken: what the store still knows, the ESP still has, and is not on its way here. */
  async #bounded({ driver: { past } }: OpenAccount, { sinceMs, untilMs }: Span) {
    const nowMs = this.#deps.nowMs()
    const { beforeMs } = await readHistory(this.#deps.store)
    const keptDays = past?.keptDays ?? null
    const keptSinceMs = keptDays === null ? null : nowMs - keptDays * DAY_MS
    return {
      span: {
        // Many ESPs give whole seconds: an event of the first one would be before it.
        sinceMs: Math.max(Math.floor(sinceMs / 1_000) * 1_000, beforeMs + 1, keptSinceMs ?? 0),
        untilMs: Math.min(untilMs, past?.copies === 'same_id' ? nowMs : nowMs - SETTLED_MS),
      },
      removedBeforeMs: sinceMs <= beforeMs ? beforeMs + 1 : null,
      keptSinceMs: keptSinceMs !== null && sinceMs < keptSinceMs ? keptSinceMs : null,
    }
  }

  get #job(): Job | undefined {
    return this.#deps.storage.kv.get<Job>(JOB_KEY)
  }

  #keep(job: Job): void {
    this.#deps.storage.kv.put(JOB_KEY, job)
  }

  /** Writes all or nothing, and nothing if a person has begun another meanwhile. */
  #step({ id }: Job, write: (kv: SyncKvStorage) => void): void {
    const { storage } = this.#deps
    storage.transactionSync(() => {
      if (this.#job?.id === id) write(storage.kv)
    })
  }

  /** Unless a person has stopped it meanwhile, or begun another: a stopped one still notes how far it came. */
  #update(job: Job, changes: Partial<Job>): void {
    const now = this.#job
    if (now?.id !== job.id) return
    this.#keep({
      ...now,
      ...changes,
      state: now.state === 'running' ? (changes.state ?? 'running') : now.state,
    })
  }

  #again(job: Job, untilMs: number | null): void {
    const failures = job.failures + 1
    const notBeforeMs = untilMs ?? this.#deps.nowMs() + doubled(AGAIN_MS, AGAIN_MAX_MS, failures)
    this.#update(job, { failures, notBeforeMs })
  }

  #fail(job: Job, problem: Job['problem']): void {
    this.#update(job, { state: 'failed', problem, endedAtMs: this.#deps.nowMs() })
  }

  #end(job: Job, problem: Job['problem']): null {
    this.#fail(job, problem)
    return null
  }

  #forget(prefix: string): void {
    const { kv } = this.#deps.storage
    for (const [key] of kv.list({ prefix })) kv.delete(key)
  }
}

/** Calls beyond those of an hour wait for the next one. */
function durationMs(
  calls: number,
  events: number,
  { perSecond, callsAnHour = CALLS_AN_HOUR }: Driver,
): number {
  const hours = Math.floor(calls / callsAnHour)
  return hours * HOUR_MS + ((calls % callsAnHour) / perSecond + events / PER_SECOND) * 1_000
}

function* counted<Result>(talk: Conversation<Result>, onCall: () => void): Conversation<Result> {
  let step = talk.next()
  while (step.done !== true) {
    onCall()
    step = talk.next(yield step.value)
  }
  return step.value
}

type Sorted = Awaited<ReturnType<typeof sortPage>>

const plus = (counts: Counts, sorted: Sorted): Counts => ({
  found: counts.found + sorted.found,
  known: counts.known + sorted.known,
  fresh: counts.fresh + sorted.fresh.length,
  unreadable: counts.unreadable + sorted.unreadable,
})
