/** The known name that somebody probably meant. */

/** A name further away than this was not mistyped. */
const DISTANCE_MAX = 3

/** `undefined` if none is near. Its work is bounded by the length of the known names. */
export function nearest(typed: string, known: readonly string[]): string | undefined {
  const [best] = known
    .filter((name) => Math.abs(name.length - typed.length) <= DISTANCE_MAX)
    .map((name) => ({ name, distance: distance(typed.toLowerCase(), name.toLowerCase()) }))
    .filter(({ name, distance: edits }) => edits <= Math.min(DISTANCE_MAX, Math.ceil(name.length / 3)))
    .toSorted((a, b) => a.distance - b.distance)
  return best?.name
}

/** Names the known one that was probably meant, or else all. @param what the kind of name: `setting` */
export function unknownName(what: string, typed: string, known: readonly string[]): string {
  const similar = nearest(typed, known)
  return similar === undefined
    ? `Unknown ${what}. Known: ${known.join(', ')}.`
    : `Unknown ${what}. Did you mean ${similar}?`
}

/** Levenshtein: how many letters have to be added, removed or replaced. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++)
      next.push(
        Math.min(
          (row[j] ?? 0) + 1,
          (next[j - 1] ?? 0) + 1,
          (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1),
        ),
      )
    row = next
  }
  return row[b.length] ?? 0
}
