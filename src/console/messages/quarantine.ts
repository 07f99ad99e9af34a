/** Why a delivery was not understood, in plain words. */

const WORDS: ReadonlyMap<string, string> = new Map([
  ['body_unreadable', 'The body is not of the provider’s form.'],
  [
    'items_unreadable',
    'More of its items are not understood than are kept one by one. The others went through.',
  ],
  ['item_unreadable', 'The item is not of the provider’s form.'],
  ['item_too_wide', 'The item speaks of more recipients than can be written out one by one.'],
  ['payload_invalid', 'A field that the event needs is missing or wrong.'],
  ['event_too_large', 'The event is larger than the store takes.'],
  [
    'history_removed',
    'The event came so late that the store no longer has the events of its time, so it may be a copy. Reading it again lets it in, and counts it.',
  ],
])

export const quarantineWord = (problem: string): string => WORDS.get(problem) ?? problem.replaceAll('_', ' ')

/** All problems, for a choice. */
export const QUARANTINE_PROBLEMS: readonly string[] = [...WORDS.keys()]
