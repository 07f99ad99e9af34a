/** `{"stored": true}` in place of a secret. Cannot be confused with `named-values`: those are strings. */
export const isStoredMarker = (given: unknown): boolean =>
  typeof given === 'object' &&
  given !== null &&
  'stored' in given &&
  given.stored === true &&
  Object.keys(given).length === 1
