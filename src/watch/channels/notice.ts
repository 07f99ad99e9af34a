/** What a channel tells people about an incident. */
import type { Severity } from '../severity.ts'

export type NoticeState = 'firing' | 'reminder' | 'resolved'

export interface NoticeAction {
  /** What a person reads on the button or link: `Acknowledge`. */
  readonly label: string
  /** A page of the console. */
  readonly url: string
}

/**
 * What is the same in each notice of an incident. It holds no address, subject or payload: channels lead to places that Postern
 * does not protect. Its texts may hold what strangers wrote, so each adapter escapes them.
 */
export interface NoticeFacts {
  /** The incident's number. */
  readonly incident: number
  /** Null if the incident is about the whole installation. */
  readonly source: string | null
  /** The pattern that noticed it, in snake case: `bounce_share`. */
  readonly kind: string
  readonly severity: Severity
  /** One sentence with numbers: `bounces are 31 % of outcomes, usually 2.1 % (41 of 132 in 20 min)`. */
  readonly headline: string
  readonly sinceMs: number
  /** One line each. */
  readonly evidence: readonly string[]
  readonly actions: readonly NoticeAction[]
  /** The same for the same problem, and for no other one of any installation that shares the channel. Any length. */
  readonly dedupeKey: string
}

export interface Notice extends NoticeFacts {
  readonly state: NoticeState
  /** How many notices of this incident the channel got before. A retry has the number of its first try. */
  readonly sequence: number
  /** What the channel called the first notice of the incident; null if it gave it no name. */
  readonly replyTo: string | null
}
