/** A value that all accounts of an ESP share, created with the first of them: keys are slow to generate and often unused. */
export function once<T>(make: () => T): () => T {
  let made: T | undefined
  return () => (made ??= make())
}
