/** People whom a backup still knows, and who were erased after it was made. */
import type { RequestContext } from '../request-context.ts'

/** Filters addresses: those whose people were erased since. The registry is asked: a restore of D1 does not take its list back. */
export async function erasedSince(
  { registry, store }: Pick<RequestContext, 'registry' | 'store'>,
  { madeAtMs, addresses }: { readonly madeAtMs: number; readonly addresses: readonly string[] },
): Promise<string[]> {
  const isErased = await Promise.all(
    addresses.map(async (address) => {
      const erasures = await registry.erasures.of(await store.people.indexOf(address))
      return erasures.some(({ erasedAtMs }) => erasedAtMs >= madeAtMs)
    }),
  )
  return addresses.filter((_, i) => isErased[i])
}
