/** Works on all of them, `atOnce` at a time. @param work never rejects */
export async function concurrently<T>(
  all: readonly T[],
  atOnce: number,
  work: (one: T) => Promise<void>,
): Promise<void> {
  const waiting = all.values()
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      // They share the iterator, so each takes what no other has taken.
      for (const one of waiting) await work(one)
    }),
  )
}
