/** The calls of a destination's object. Types only: the console imports these. */
import type { EventType } from '../event/mail-event.ts'
import type { DisabledReason } from './pace/health.ts'

/** One request to the endpoint. */
export interface Attempt {
  /** The value of `webhook-id`. */
  readonly id: string
  readonly at: string
  readonly kind: 'event' | 'batch' | 'test'
  /** Of a batch the first ones. */
  readonly event_ids: string[]
  readonly events: number
  /** 1 for the first try; 0 for a probe or a test, which are not counted. */
  readonly try: number
  /** Null if there was no answer. */
  readonly status: number | null
  readonly milliseconds: number
  readonly error: string | null
  /** The beginning of the answer. */
  readonly response: string | null
  readonly outcome: 'delivered' | 'failed' | 'exhausted'
}

export interface TestResult {
  readonly attempt: Attempt
  /** Of the example event. */
  readonly type: EventType
}

/** Whether events are sent, and why not. */
export type DeliveryState =
  | { readonly state: 'active'; readonly reason: null; readonly since: null }
  | { readonly state: 'paused'; readonly reason: 'paused'; readonly since: null }
  /** Most attempts of the last minutes failed. */
  | { readonly state: 'circuit_open'; readonly reason: 'failing'; readonly since: string }
  | { readonly state: 'disabled'; readonly reason: DisabledReason; readonly since: string }

export type DeliveryStatus = DeliveryState & DeliveryFigures

interface DeliveryFigures {
  /** Events that it has not read, whether its filter lets them pass or not. */
  readonly backlog: number
  /** When the oldest of them was stored. */
  readonly backlog_since: string | null
  /** Deliveries that failed and wait for their next try. */
  readonly waiting: number
  readonly dead_letters: number
  /** Events that were removed from the store before they were delivered. */
  readonly missed: number
  /** Events that waited and were dropped, since the filter was narrowed meanwhile. */
  readonly filtered: number
  /** When it noticed last that the store was restored to an earlier time. */
  readonly store_restored_at: string | null
  readonly last_success_at: string | null
  readonly failing_since: string | null
  /** Since when the oldest failing event holds back others of its message and recipient. */
  readonly blocked_since: string | null
  readonly replay: ReplayStatus | null
  /** Problem that an operator should look at. */
  readonly warning: string | null
}

export interface ReplayRequest {
  readonly sinceMs: number
  readonly untilMs: number
  /** A valid filter; null for the destination's own. */
  readonly filter: Readonly<Record<string, unknown>> | null
  /** Only counts. */
  readonly plan: boolean
}

export interface ReplayStatus {
  /** Events in the span, whether a filter lets them pass or not. */
  readonly events: number
  readonly left: number
  readonly since: string
  readonly until: string
  readonly running: boolean
}

export interface ReplayAnswer extends ReplayStatus {
  /** Events that the filters let pass; null but for a plan. */
  readonly matching: number | null
  /** Whether `matching` was counted of the first events only. */
  readonly isEstimate: boolean
}

export interface WaitingView {
  readonly id: string
  readonly event_ids: string[]
  readonly events: number
  readonly tries: number
  readonly first_failed_at: string | null
  readonly next_try_at: string | null
  /** Events of the same message and recipient that are held behind it. */
  readonly blocked: number
  readonly error: string | null
  readonly status: number | null
}

export interface DeadLetterView extends Omit<WaitingView, 'next_try_at' | 'blocked'> {
  readonly died_at: string
}

export interface Listed<T> {
  readonly entries: T[]
  readonly next: string | null
}

export interface ListQuery {
  readonly limit: number
  /** `next` of the page before; null for the first. */
  readonly cursor: string | null
}

export interface DestinationApi {
  /** There are new events. A hint: it may be lost. */
  wake(): Promise<void>
  /** Its document or its secrets have changed. What is in flight ends; nothing more is sent as before. */
  changed(): Promise<void>
  /** Sends a signed example event at once. @param type null for one that the filter lets pass */
  test(type: EventType | null): Promise<TestResult>
  /** Ends a circuit that is open, and a destination that is disabled. */
  resume(): Promise<void>
  status(): Promise<DeliveryStatus>
  /** Null if a replay is running. */
  replay(request: ReplayRequest): Promise<ReplayAnswer | null>
  /** False if none was running. */
  cancelReplay(): Promise<boolean>
  attempts(query: ListQuery & { readonly eventId: string | null }): Promise<Listed<Attempt>>
  waiting(query: ListQuery): Promise<Listed<WaitingView>>
  /** Makes waiting deliveries due. @param ids null for all @returns how many */
  retryNow(ids: readonly string[] | null): Promise<number>
  /** Makes one waiting delivery a dead letter. False if there is none of this id. */
  skip(id: string): Promise<boolean>
  deadLetters(query: ListQuery): Promise<Listed<DeadLetterView>>
  redrive(
    filter: { readonly ids: readonly string[] | null; readonly sinceMs: number; readonly untilMs: number },
    plan: boolean,
  ): Promise<number>
}
