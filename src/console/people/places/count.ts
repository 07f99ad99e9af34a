/** Where a person is named, and how often. It changes nothing. */
import { countInStore } from '../../../store/erasures/count.ts'
import type { Counted } from '../../../store/erasures/places/place.ts'
import { erasureDeps } from '../deps.ts'
import { PLACES } from './index.ts'
import type { PlaceContext } from './place.ts'

/** By the names of places, of those that are counted. @param person blind index, 32 hex digits */
export async function countPlaces(
  context: PlaceContext,
  person: string,
): Promise<Readonly<Record<string, Counted>>> {
  const counts: Record<string, Counted> = { ...(await countInStore(erasureDeps(context), person)) }
  for (const { name, count } of PLACES) if (count !== undefined) counts[name] = await count(context, person)
  return counts
}
