/** The calls of a destination's object. Types only: the console imports these. */
import type {
  Attempt,
  Delivery,
  ReplayBegun,
  Tested,
  Undelivered,
  WaitingDelivery,
  destinationRoutes,
} from '../api/destinations.ts'
import type { QueryOf } from '../api/route.ts'
import type { EventType } from '../event/mail-event.ts'
import type { Forgotten } from '../platform/forgotten.ts'
import type { DisabledReason } from './pace/health.ts'

/** Whether events are sent, and why not. */
export type DeliveryState =
  | { readonly state: 'active'; readonly reason: null; readonly since: null }
  | { readonly state: 'paused'; readonly reason: 'paused'; readonly since: null }
  /** Most attempts of the last minutes failed. */
  | { readonly state: 'circuit_open'; readonly reason: 'failing'; readonly since: string }
  | { readonly state: 'disabled'; readonly reason: DisabledReason; readonly since: string }

export type DeliveryStatus = DeliveryState & Omit<Delivery, keyof DeliveryState>

export interface ReplayRequest {
  readonly sinceMs: number
  readonly untilMs: number
  /** A valid filter; null for the destination's own. */
  readonly filter: Readonly<Record<string, unknown>> | null
  /** Only counts. */
  readonly plan: boolean
}

export interface Listed<T> {
  readonly entries: T[]
  readonly next: string | null
}

/** A person whom an erasure has taken from the store. */
export interface ErasedPerson {
  /** Of the erasure. */
  readonly number: number
  /** Blind index, 32 hex digits. */
  readonly person: string
  /** Normalized. It is kept sealed until the endpoint has been told, or for seven days. */
  readonly address: string
  readonly erasedAtMs: number
}

export interface DestinationApi {
  /** There are new events. A hint: it may be lost. */
  wake(): Promise<void>
  /** Its document or its secrets have changed. What is in flight ends; nothing more is sent as before. */
  changed(): Promise<void>
  /** Sends a signed example event at once. @param type null for one that the filter lets pass */
  test(type: EventType | null): Promise<Tested>
  /** Ends a circuit that is open, and a destination that is disabled. */
  resume(): Promise<void>
  status(): Promise<DeliveryStatus>
  /** Null if a replay is running. */
  replay(request: ReplayRequest): Promise<ReplayBegun | null>
  /** False if none was running. */
  cancelReplay(): Promise<boolean>
  attempts(query: QueryOf<typeof destinationRoutes.listAttempts>): Promise<Listed<Attempt>>
  /** All attempts to send events of a person, newest first. @param person blind index, 32 hex digits */
  attemptsOf(person: string): Promise<Attempt[]>
  /** Removes attempts that are older than a time. @param plan only counts them */
  forget(beforeMs: number, plan: boolean): Promise<Forgotten>
  /**
   * Tells the endpoint that a person was erased, in a delivery that is retried like others. Call it after the store has erased her: no
   * event that names her is sent later. The same erasure again is the same delivery.
   *
   * @returns false if this destination is not to be told
   */
  tellErased(erased: ErasedPerson): Promise<boolean>
  /**
   * Removes attempts to send events of a person, and answers that name her. It needs neither her address nor the store.
   *
   * @param person blind index, 32 hex digits
   * @param plan only counts them
   */
  forgetPerson(person: string, plan: boolean): Promise<Forgotten>
  waiting(query: QueryOf<typeof destinationRoutes.listWaiting>): Promise<Listed<WaitingDelivery>>
  /** Makes waiting deliveries due. @param ids null for all @returns how many */
  retryNow(ids: readonly string[] | null): Promise<number>
  /** Gives up one waiting delivery. False if there is none of this id. */
  skip(id: string, heldSources?: readonly string[]): Promise<boolean | 'held'>
  givenUp(query: QueryOf<typeof destinationRoutes.listUndelivered>): Promise<Listed<Undelivered>>
  redrive(
    filter: { readonly ids: readonly string[] | null; readonly sinceMs: number; readonly untilMs: number },
    plan: boolean,
  ): Promise<number>
}
