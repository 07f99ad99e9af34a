/** Since when the store can answer, in plain words. */

export const historyWords = (since: string): string =>
  `The store has all events since ${since}; older ones were removed.`
