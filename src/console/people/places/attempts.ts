/** Attempts of destinations: what was sent, and what endpoints answered. */
import { concurrently } from '../../../platform/concurrently.ts'
import { type Forgotten, allForgotten } from '../../../platform/forgotten.ts'
import type { Place, PlaceContext } from './place.ts'

/** The platform keeps six connections. */
const AT_ONCE = 6

export const attempts: Place = {
  name: 'attempts',
  stored: ['Destination state', 'Destination attempts'],
  holds:
    'sealed attempts to send events: their ids, the beginning of what the endpoint answered, and the filter of a replay that runs',
  erasing: 'Attempts to send events of the person are removed, and answers that name the person.',
  remains: [
    {
      what: 'The filter of a replay that names the person',
      why: 'It goes when the replay ends, or when somebody cancels it.',
      days: () => null,
    },
  ],
  async count(context, person) {
    const { count } = await ofAll(context, person, true)
    return { count, firstMs: null, lastMs: null }
  },
  erase: async (context, person) => !(await ofAll(context, person, false)).isMore,
}

async function ofAll(
  { registry, destinations }: PlaceContext,
  person: string,
  plan: boolean,
): Promise<Forgotten> {
  const parts: Forgotten[] = []
  await concurrently(await registry.destinations.list(), AT_ONCE, async ({ name }) => {
    parts.push(await destinations.getByName(name).forgetPerson(person, plan))
    return true
  })
  return allForgotten(parts)
}
