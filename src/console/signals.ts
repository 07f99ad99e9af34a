/** Reads of a source's signals, from the object that watches it. */
import { LONGEST_DAYS, type SignalStep } from '../api/signals.ts'
import type { SignalPoint } from '../watch/watchers/api.ts'
import { watcherOf } from '../watch/watchers/watcher-of.ts'
import { type RequestContext, answered } from './request-context.ts'
import { DAY_MS, MINUTE_MS } from '../platform/time.ts'

type Context = Pick<RequestContext, 'watchers' | 'reportUnavailable'>

export interface SignalSpan {
  readonly by: SignalStep
  readonly sinceMs: number
  readonly untilMs: number
}

/**
 * Oldest first. Minutes and hours in which nothing happened are absent.
 *
 * @param source that exists, and that the actor sees
 * @returns undefined if the object did not answer
 */
export function readSignals(
  context: Context,
  source: string,
  { by, sinceMs, untilMs }: SignalSpan,
): Promise<readonly SignalPoint[] | undefined> {
  const firstMs = Math.max(sinceMs, untilMs - LONGEST_DAYS[by] * DAY_MS)
  return answered(context, 'source watcher', () =>
    context.watchers
      .getByName(watcherOf(source))
      .history(source, Math.floor(firstMs / MINUTE_MS), Math.ceil(untilMs / MINUTE_MS), by),
  )
}
