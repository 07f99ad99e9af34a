export interface Keyed {
  readonly key: string | null
}

/** Items of one key in one group, in order; items without a key by themselves. Groups are in the order of their first items. */
export function groupsOf<T extends Keyed>(items: readonly T[]): T[][] {
  const groups: T[][] = []
  const byKey = new Map<string, T[]>()
  for (const item of items) {
    const known = item.key === null ? undefined : byKey.get(item.key)
    if (known !== undefined) {
      known.push(item)
      continue
    }
    const group = [item]
    groups.push(group)
    if (item.key !== null) byKey.set(item.key, group)
  }
  return groups
}
