/**
 * Takes in what an ESP has and the store has not: page by page of its past events, as a queue message of its own. Where it stands is stored
 * after each page, so it goes on after a crash. A page that is read twice has the same ids, of which the store keeps one.
 */
import type { BackfillPlan, BackfillStatus } from '../../api/backfill.ts'
import type { Page, PastEventsDriver, Span } from '../../drivers/driver.ts'
import type { DeliveryFacts } from '../../event/envelope.ts'
import { pack } from '../../event/pack.ts'
import { halfSha256Hex } from '../../platform/sha256.ts'
import { DAY_MS, MINUTE_MS, instantOrNull, toInstant } from '../../platform/time.ts'
import { readHistory } from '../../store/history.ts'
import type { Json } from '../../platform/json.ts'
import type { EspRefusal } from '../api.ts'
import type { Conversed } from '../converse.ts'
import type { OpenAccount, Part, PartDeps } from '../parts.ts'
import { PASSING } from '../words.ts'
import { deliveryOf, sortPage } from './sort.ts'

/** Of one run. The platform bounds the time of an invocation. */
const RUN_MS = 15_000
/** A plan is walked while a person waits. */
const PLAN_MS = 20_000
/** Pages and events of one backfill: an ESP that leads on and on is left. */
export const PAGES_MAX = 20_000
export const EVENTS_MAX = 5_000_000
/** New events a second: live mail shares the queue and the store. */
const PER_SECOND = 400
/** Between parts of a page of a hundred items. */
const REST_MS = 20
/** Events of one message. */
const QUEUED_EVENTS = 50
/** Time that an event may be on its way here by the webhook. It matters where a copy has another id: both would be stored. */
const SETTLED_MS = 10 * MINUTE_MS
const AGAIN_MS = 10_000
const PAGE_MAX_BYTES = 8 * 1_048_576

const JOB_KEY = 'backfill'
const CURSOR_KEY = 'backfill_cursor:'
const PAGE_KEY = 'backfill_page'

/** New events of a page, noted before they are sent: if it is read again, those that are stored by then count as new, too. */
interface Noted {
  readonly id: string
  readonly fresh: readonly string[]
}

interface Counts {
  readonly found: number
  readonly known: number
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
  readonly cursor: string | null
  readonly beganAtMs: number
  readonly endedAtMs: number | null
  readonly problem: EspRefusal['code'] | 'loop' | 'too_many' | null
  /** Not before, because the ESP or the pace asks for it. */
  readonly notBeforeMs: number
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
      if (job?.state !== 'running') return null
      if (past === undefined) return this.#end(job, 'no_account')
      if (job.notBeforeMs > nowMs()) return job.notBeforeMs - nowMs()
      if (nowMs() >= untilMs) return 0
      await this.#page(account, past, job)
    }
  }

  async begin(
    account: OpenAccount,
    asked: Span,
    isForwarded: boolean,
  ): Promise<BackfillStatus | 'running' | null> {
    if (this.#job?.state === 'running') return 'running'
    const { span } = await this.#bounded(account, asked)
    this.#forgetCursors()
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
    })
    this.#deps.wake()
    return this.status()
  }

  /** Its place stays. */
  stop(): BackfillStatus | null {
    const job = this.#job
    if (job?.state === 'running') this.#keep({ ...job, state: 'stopped' })
    return this.status()
  }

  /** Goes on where it stopped or failed. */
  resume(): BackfillStatus | null {
    const job = this.#job
    if (job?.state === 'stopped' || job?.state === 'failed') {
      this.#keep({ ...job, state: 'running', problem: null, endedAtMs: null })
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
      waits_until:
        job.state === 'running' && job.notBeforeMs > this.#deps.nowMs() + AGAIN_MS
          ? toInstant(job.notBeforeMs)
          : null,
    }
  }

  /** The same walk without writing, as far as it comes while a person waits. */
  async plan(account: OpenAccount, asked: Span): Promise<BackfillPlan | EspRefusal> {
    const { past } = account.driver
    if (past === undefined) return { ok: false, code: 'no_account', status: null, untilMs: null }
    const { store, nowMs, converse } = this.#deps
    const untilMs = nowMs() + PLAN_MS
    const { span, removedBeforeMs, keptSinceMs } = await this.#bounded(account, asked)
    const delivery = deliveryOf(account, 'plan', false, nowMs())
    let counts = NOTHING
    let pages = 0
    let cursor: string | null = null
    const seen = new Set<string>()
    for (; span.sinceMs < span.untilMs; pages++) {
      const at: string | null = cursor
      if (pages > 0 && (at === null || seen.has(at) || nowMs() >= untilMs)) break
      if (at !== null) seen.add(at)
      const page: Conversed<Page<Json>> = await converse(account, (opened) => past.page(opened, span, at), {
        maxBytes: PAGE_MAX_BYTES,
      })
      if (!page.ok) return page
      counts = plus(
        counts,
        await sortPage(page.result.items, span, past, delivery, store, false, new Set(), this.#rest),
      )
      cursor = page.result.next
    }
    return {
      since: toInstant(span.sinceMs),
      until: toInstant(span.untilMs),
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

  async #page(account: OpenAccount, past: PastEventsDriver, job: Job): Promise<void> {
    const { store, nowMs, converse } = this.#deps
    if (job.pages >= PAGES_MAX || job.found >= EVENTS_MAX) return this.#fail(job, 'too_many')
    const page = await converse(account, (opened) => past.page(opened, job.span, job.cursor), {
      maxBytes: PAGE_MAX_BYTES,
    })
    if (!page.ok) {
      if (!PASSING.has(page.code)) return this.#fail(job, page.code)
      return this.#update(job, { notBeforeMs: page.untilMs ?? nowMs() + AGAIN_MS })
    }
    const { items, next } = page.result
    const mark = next === null ? null : CURSOR_KEY + (await halfSha256Hex(next))
    if (mark !== null && this.#deps.storage.kv.get(mark) !== undefined) return this.#fail(job, 'loop')
    // The same again if the place of this page is lost: then its messages have the same keys.
    const delivery = deliveryOf(account, `${job.id}-${job.pages}`, job.isForwarded, nowMs())
    const noted = this.#deps.storage.kv.get<Noted>(PAGE_KEY)
    const before = noted?.id === delivery.request_id ? noted.fresh : []
    const sorted = await sortPage(
      items,
      job.span,
      past,
      delivery,
      store,
      account.config.originalDays > 0,
      new Set(before),
      this.#rest,
    )
    this.#deps.storage.kv.put(PAGE_KEY, { id: delivery.request_id, fresh: sorted.freshIds } satisfies Noted)
    if (!(await this.#enqueued(sorted.fresh, delivery)))
      return this.#update(job, { notBeforeMs: nowMs() + AGAIN_MS })
    this.#update(job, {
      ...plus(job, sorted),
      pages: job.pages + 1,
      cursor: next,
      notBeforeMs: nowMs() + Math.ceil((sorted.fresh.length * 1_000) / PER_SECOND),
      ...(next === null && { state: 'done', endedAtMs: nowMs() }),
    })
    if (mark === null) this.#forgetCursors()
    else this.#deps.storage.kv.put(mark, 1)
  }

  async #enqueued(events: Sorted['fresh'], delivery: DeliveryFacts): Promise<boolean> {
    const { queueSealer, large, events: queue } = this.#deps
    try {
      for (let from = 0; from < events.length; from += QUEUED_EVENTS) {
        const own = { ...delivery, request_id: `${delivery.request_id}-${from / QUEUED_EVENTS}` }
        const contents = { delivery: own, events: events.slice(from, from + QUEUED_EVENTS), quarantined: [] }
        const put = async (object: string, sealed: Uint8Array) => void (await large.put(object, sealed))
        for (const envelope of await pack(contents, queueSealer, put))
          await queue.send(envelope, { contentType: 'v8' })
      }
      return true
    } catch {
      return false
    }
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

  #fail(job: Job, problem: Job['problem']): void {
    this.#update(job, { state: 'failed', problem, endedAtMs: this.#deps.nowMs() })
  }

  #end(job: Job, problem: Job['problem']): null {
    this.#fail(job, problem)
    return null
  }

  #forgetCursors(): void {
    const { kv } = this.#deps.storage
    for (const [key] of kv.list({ prefix: CURSOR_KEY })) kv.delete(key)
  }
}

type Sorted = Awaited<ReturnType<typeof sortPage>>

const plus = (counts: Counts, sorted: Sorted): Counts => ({
  found: counts.found + sorted.found,
  known: counts.known + sorted.known,
  fresh: counts.fresh + sorted.fresh.length,
  unreadable: counts.unreadable + sorted.unreadable,
})
