/** Says that an answer reaches back before the events that the store still has. */

/** The part of an answer that says since when the store has all events. Without it, the answer is not made of events. */
export interface HistoryOf {
  readonly history_since?: string | null
}

export const historyOf = ({ history_since }: HistoryOf): HistoryOf =>
  history_since === undefined ? {} : { history_since }

/**
 * A line for a person; undefined if nothing that was asked for can be missing.
 *
 * @param since the start of the span that was asked for
 * @param isWhole whether the answer has all that the store has of that span
 */
export function missingOf(
  { history_since = null }: HistoryOf,
  since: unknown,
  isWhole: boolean,
): string | undefined {
  if (history_since === null || !isWhole) return undefined
  if (typeof since === 'string' && Date.parse(since) >= Date.parse(history_since)) return undefined
  return `The store has events since ${history_since}. Older ones were removed.`
}
