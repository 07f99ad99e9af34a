/** Since when the store can answer, in plain words. */

export const historyWords = (since: string): string =>
  `The store has all events since ${since.slice(0, 16).replace('T', ' ')} UTC; older ones were removed.`
