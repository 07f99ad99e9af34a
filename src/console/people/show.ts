/** Counts what is known of a person, by place. */
import { PART_NAMES, type PersonSum } from '../../api/person-data.ts'
import { historySince } from '../../store/history.ts'
import { note } from '../note.ts'
import type { RequestContext } from '../request-context.ts'
import { PARTS } from './parts/index.ts'
import { archivedOf, keyOf, soughtPerson } from './person.ts'

export async function showPerson(context: RequestContext, address: string) {
  const person = await soughtPerson(context, address)
  await note(context, 'person.shown', `person/${person.index}`)
  const archive = await archivedOf(context, await keyOf(context.store, person))
  const places: PersonSum[] = []
  // One after the other: each may read much.
  for (const place of PART_NAMES)
    places.push(...(await PARTS[place].sums(context, person)).map((sum) => ({ place, ...sum })))
  if (archive !== null)
    places.push({
      place: 'archive',
      name: null,
      count: null,
      since: archive.first_day,
      until: archive.last_day,
    })
  return { address: person.address, archive, history_since: await historySince(context.store), places }
}
