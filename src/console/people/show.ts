/** Counts what is known of a person, by place. */
import type { PersonSum } from '../../api/person-data.ts'
import { instantOrNull } from '../../platform/time.ts'
import { historySince } from '../../store/history.ts'
import { note } from '../note.ts'
import type { RequestContext } from '../request-context.ts'
import { certificatePerson } from './certificate.ts'
import { archivedOf, keyOf, soughtPerson } from './person.ts'
import { countPlaces } from './places.ts'
import { PLACES } from './places.ts'

export async function showPerson(context: RequestContext, address: string) {
  const { store } = context
  const person = await soughtPerson(context, address)
  await note(context, 'person.shown', `person/${person.index}`)
  const archive = await archivedOf(context, await keyOf(store, person))
  const counts = await countPlaces(context, person.index)
  const places = PLACES.flatMap(({ name, holds }): PersonSum[] => {
    const place = { place: name, holds: holds ?? '' }
    if (name === 'archive' && archive !== null)
      return [{ ...place, count: null, since: archive.first_day, until: archive.last_day }]
    const { count = 0, firstMs = null, lastMs = null } = counts[name] ?? {}
    return count === 0
      ? []
      : [{ ...place, count, since: instantOrNull(firstMs), until: instantOrNull(lastMs) }]
  })
  return {
    address: person.address,
    person: await certificatePerson(person.index, store.people),
    archive,
    history_since: await historySince(store),
    places,
  }
}
