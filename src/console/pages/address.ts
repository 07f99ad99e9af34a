/** Addresses of lists. */

/** Parameters of one page of a list, or of the last form. */
const PASSING: readonly string[] = ['cursor', 'newer', 'notice', 'count']

/** The address of a list from its beginning, with some parameters changed. Empty ones are left out. */
export function listAddress(
  path: string,
  query: URLSearchParams,
  change: Readonly<Record<string, string>> = {},
): string {
  const to = new URLSearchParams(
    [...query].filter(([name, value]) => value !== '' && !PASSING.includes(name)),
  )
  for (const [name, value] of Object.entries(change))
    if (value === '') to.delete(name)
    else to.set(name, value)
  return to.size === 0 ? path : `${path}?${to.toString()}`
}
