/** Record of the notices that a channel was sent about an incident, and when a failed notice is tried again. */
import { jittered } from '../platform/back-off.ts'
import type { Outcome } from './judge.ts'
import type { Notice, NoticeState } from './notice.ts'

/** The latest notice of one incident to one channel. Nothing in it tells what the notice said. */
export interface SentNotice {
  readonly incident: number
  readonly state: NoticeState
  readonly sequence: number
  /** How much news of the incident it had, see `alert` of a notice. */
  readonly news: number
  /** The earliest alert that may be open at a channel that keeps state. */
  readonly oldestAlert: number
  readonly result: 'delivered' | 'retrying' | 'given_up'
  readonly firstTryMs: number
  readonly lastTryMs: number
  readonly tries: number
  /** Null unless it is tried again. */
  readonly nextTryMs: number | null
  /** State of the incident that the delivered notices have shown to people: nothing, that it is open, or that it is over. */
  readonly told: 'nothing' | 'open' | 'over'
  /** Reference that the channel gave the first notice to which it gave any. */
  readonly replyTo: string | null
}

/** Seconds to wait after the first, the second … failure; the last one repeats. */
const WAITS_SECONDS = [5, 30, 120, 600, 1_800, 3_600] as const

export interface Try {
  readonly nowMs: number
  /** From 0 up to 1. */
  readonly random: number
  /** Of the adapter. */
  readonly giveUpAfterSeconds: number
}

/** Record after one more try. @param before undefined if the channel was sent nothing about the incident */
export function afterTry(
  before: SentNotice | undefined,
  notice: Notice,
  outcome: Outcome,
  { nowMs, random, giveUpAfterSeconds }: Try,
): SentNotice {
  const isRetry = before?.result === 'retrying' && before.sequence === notice.sequence
  const firstTryMs = isRetry ? before.firstTryMs : nowMs
  const tries = isRetry ? before.tries + 1 : 1
  const common = {
    incident: notice.incident,
    state: notice.state,
    sequence: notice.sequence,
    news: notice.alert,
    oldestAlert:
      outcome.result === 'delivered' ? notice.alert : Math.min(notice.alert, ...notice.earlierAlerts),
    firstTryMs,
    lastTryMs: nowMs,
    tries,
  }
  const known = { told: before?.told ?? 'nothing', replyTo: before?.replyTo ?? null } as const
  if (outcome.result === 'delivered')
    return {
      ...common,
      result: 'delivered',
      nextTryMs: null,
      told: notice.state === 'resolved' ? 'over' : 'open',
      replyTo: known.replyTo ?? outcome.reference,
    }
  const nextTryMs = outcome.result === 'broken' ? null : nextTry(tries, outcome, nowMs, random)
  return nextTryMs === null || nextTryMs > firstTryMs + giveUpAfterSeconds * 1_000
    ? { ...common, ...known, result: 'given_up', nextTryMs: null }
    : { ...common, ...known, result: 'retrying', nextTryMs }
}

function nextTry(
  tries: number,
  { retriesMax, retryAfterSeconds }: Extract<Outcome, { result: 'retry' }>,
  nowMs: number,
  random: number,
): number | null {
  if (retriesMax !== null && tries > retriesMax) return null
  const seconds = WAITS_SECONDS[Math.min(tries, WAITS_SECONDS.length) - 1] ?? 0
  const wait = retryAfterSeconds ?? jittered(seconds, random)
  return Math.round(nowMs + wait * 1_000)
}
