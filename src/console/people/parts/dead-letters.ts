/** Messages that could not be stored and have events of a person. */
import type { PersonData } from '../../../api/person-data.ts'
import { readDeadLetters } from '../../../store/dead-letters.ts'
import { DEAD_LETTER_PEOPLE, eventsInLetter } from '../../../store/erasures/places/dead-letters.ts'
import { idsNaming } from '../../../store/erasures/places/people-column.ts'
import { erasureDeps } from '../deps.ts'
import { type Part, pageOfIds } from './part.ts'

/** Each may have some megabytes of events. */
const PAGE_LETTERS = 5

export const deadLetters: Part<'dead_letters'> = async (context, { address, index }, after) => {
  const deps = erasureDeps(context)
  const all = await idsNaming(deps, DEAD_LETTER_PEOPLE, index)
  const { items: ids, next } = pageOfIds(all, after, PAGE_LETTERS)
  const items: PersonData['dead_letters'] = []
  for (const { id, source, reason, first_failed_at } of await readDeadLetters(
    context.store,
    ids,
    PAGE_LETTERS,
  ))
    items.push({ id, source, reason, first_failed_at, events: await eventsInLetter(deps, id, address) })
  return { items, next }
}
