/** Works through items, several at a time, those of one key one after the other. */

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

/**
 * Ends when nothing is in flight any more, also after a fault.
 *
 * @param work returns whether to go on; after a false or a fault nobody begins a further group
 * @throws what `work` has thrown first
 */
export async function runGroups<T>(
  groups: readonly (readonly T[])[],
  concurrency: number,
  work: (group: readonly T[]) => Promise<boolean>,
): Promise<void> {
  const queue = groups.values()
  const faults: unknown[] = []
  let goesOn = true
  const worker = async () => {
    while (goesOn) {
      const next = queue.next()
      if (next.done) return
      const mayGoOn = await work(next.value).catch((cause: unknown) => {
        faults.push(cause)
        return false
      })
      if (!mayGoOn) goesOn = false
    }
  }
  await Promise.all(Array.from({ length: Math.min(concurrency, groups.length) }, worker))
  if (faults.length > 0) throw faults[0]
}
