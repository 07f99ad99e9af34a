/**
 * Works on all items, several at a time. It ends when nothing is in flight any more, also after a fault.
 *
 * @param work returns whether to go on; after a false or a fault nobody begins a further item
 * @throws what `work` has thrown first
 */
export async function concurrently<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<boolean>,
): Promise<void> {
  const queue = items.values()
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
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker))
  if (faults.length > 0) throw faults[0]
}
