/** Does the same with each of many, a few at a time: the platform keeps six connections. */

export const AT_ONCE = 6

export async function inGroups<One, Result>(
  all: readonly One[],
  atOnce: number,
  work: (one: One) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  for (let i = 0; i < all.length; i += atOnce)
    results.push(...(await Promise.all(all.slice(i, i + atOnce).map(work))))
  return results
}
