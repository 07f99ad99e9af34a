/** Things that have a name and a page, and which of them a text means. The palette in the browser and the page of the search share it. */

/** A name; then words about it, by which it is found as well; then the end of its address, if that is not the name. */
type Row = readonly [name: string, hint?: string, path?: string]

/** Things of one kind. It is sent to the browser, so an address is said in two parts. */
export interface Group {
  readonly kind: string
  /** Beginning of each address. */
  readonly base: string
  readonly rows: readonly Row[]
  /** Further pages of each: a verb before its name, and what is added to its address. */
  readonly also?: readonly (readonly [verb: string, path: string])[]
}

export interface Hit {
  readonly kind: string
  readonly name: string
  readonly hint: string
  readonly href: string
}

const wordsOf = (text: string): readonly string[] => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []

/** 0 for the name itself; undefined for what the text does not mean. */
function rankOf(text: string, name: string, about: string): number | undefined {
  const sought = wordsOf(text)
  const areIn = (words: readonly string[]) =>
    sought.every((one) => words.some((word) => word.startsWith(one)))
  const [lower, lowerName] = [text.toLowerCase(), name.toLowerCase()]
  if (sought.length === 0) return undefined
  if (lowerName === lower) return 0
  if (lowerName.startsWith(lower)) return 1
  if (areIn(wordsOf(name))) return 2
  return areIn(wordsOf(`${about} ${name}`)) ? 3 : undefined
}

/** Things whose name, or a word of it, begins with the text, the best first. */
export function hitsIn(groups: readonly Group[], text: string): readonly Hit[] {
  const ranked = groups.flatMap(({ kind, base, rows, also = [] }) =>
    rows.flatMap(([name, hint = '', path = encodeURIComponent(name)]) =>
      [['', ''] as const, ...also].flatMap(([verb, end]) => {
        const named = verb === '' ? name : `${verb} ${name}`
        const rank = rankOf(text, named, `${kind} ${hint}`)
        const hit = { kind: verb === '' ? kind : 'Action', name: named, hint, href: `${base}${path}${end}` }
        return rank === undefined ? [] : [{ rank, hit }]
      }),
    ),
  )
  return ranked.toSorted((a, b) => a.rank - b.rank).map(({ hit }) => hit)
}
