/** How one message ends. */
import type { Contents, Envelope } from '../event/envelope.ts'
import type { DeadReason } from '../store/dead-letters.ts'

export type Settlement =
  /** Everything that it says has had its effect. */
  | { readonly kind: 'done' }
  /** Not this time. After too many times it is buried for this reason. */
  | Failure
  /** No number of tries would help. */
  | { readonly kind: 'never'; readonly reason: DeadReason }

export interface Failure {
  readonly kind: 'again'
  readonly reason: DeadReason
  readonly handler?: string
  /** Name of the fault's class. */
  readonly fault?: string
}

export const DONE: Settlement = { kind: 'done' }

/** A message on its way; without an envelope when it has none of a known form. */
export interface QueueItem {
  readonly message: Message
  readonly envelope: Envelope | undefined
}

/** A message whose contents are open. */
export interface Job extends QueueItem {
  readonly envelope: Envelope
  readonly contents: Contents
}

export type Opened =
  | { readonly ok: true; readonly job: Job }
  | { readonly ok: false; readonly settlement: Settlement }
