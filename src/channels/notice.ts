/** Contents of a notice: the text that a channel shows people about an incident. */
import type { Severity } from '../watch/severity.ts'

/** Of an incident that people know already, `worse` says that there is something new to it. */
export type NoticeState = 'firing' | 'worse' | 'reminder' | 'resolved'

export interface NoticeAction {
  /** Text of the button or link: `Acknowledge`. */
  readonly label: string
  /** A page of the console. */
  readonly url: string
}

/**
 * Facts that are the same in each notice of an incident. No field holds an address or a subject: channels lead to places that
 * Postern does not protect. Its texts may hold what strangers wrote, so each adapter escapes
 * them.
 */
export interface NoticeFacts {
  /** The incident's number. */
  readonly incident: number
  /** Null if the incident is about several, or about the whole installation. */
  readonly source: string | null
  /** Sources of the incident that the channel is for; empty if the incident is about the whole installation. */
  readonly sources: readonly string[]
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
  /** Reference that the channel gave the first notice of the incident; null if it gave none. */
  readonly replyTo: string | null
  /**
   * Which alert of the incident it is at a channel that keeps state. Such a channel wakes nobody for an alert that somebody there has
   * acknowledged, so news are a new alert.
   */
  readonly alert: number
  /** Alerts of the incident that may still be open at the channel. This notice takes their place. */
  readonly earlierAlerts: readonly number[]
}
