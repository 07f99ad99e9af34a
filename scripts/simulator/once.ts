/** What all accounts of an ESP share, made when the first of them is: keys take their time, and most runs need none. */
export function once<T>(make: () => T): () => T {
  let made: T | undefined
  return () => (made ??= make())
}
