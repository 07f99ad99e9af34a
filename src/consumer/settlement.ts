/** How one message is settled. */
import type { Contents, Envelope } from '../event/envelope.ts'
import type { DeadReason } from '../store/dead-letters.ts'

export type Settlement =
  /** All its effects are stored. */
  | { readonly kind: 'done' }
  /** Retry later. After too many attempts the message is dead-lettered with this reason. */
  | Failure
  /** No retry can succeed. */
  | { readonly kind: 'never'; readonly reason: DeadReason }

export interface Failure {
  readonly kind: 'again'
  readonly reason: DeadReason
  /** Class name of the error. */
  readonly fault?: string
}

export const DONE: Settlement = { kind: 'done' }

/** A message from the queue. The envelope is undefined if its body is not one. */
export interface QueueItem {
  readonly message: Message
  readonly envelope: Envelope | undefined
  /** Undefined if they are not open. */
  readonly contents?: Contents | undefined
}

/** A message whose contents are open. */
export interface Job extends QueueItem {
  readonly envelope: Envelope
  readonly contents: Contents
}

export type Opened =
  | { readonly ok: true; readonly job: Job }
  | { readonly ok: false; readonly settlement: Settlement }
