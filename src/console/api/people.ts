/** Handlers of people. */
import { peopleRoutes } from '../../api/people.ts'
import { toBase64, toHex } from '../../platform/bytes.ts'
import { beginReadingKeys, goOnReadingKeys, readKeys } from '../../store/people-keys.ts'
import { note } from '../note.ts'
import { exportPerson } from '../people/export.ts'
import { showPerson } from '../people/show.ts'
import { erasureHandlers } from './erasures.ts'
import { answer, bindRoutes } from './route.ts'

export const people = bindRoutes(peopleRoutes, {
  ...erasureHandlers,

  async showPerson({ body }, context) {
    return answer(await showPerson(context, body.address))
  },

  async exportPerson({ body }, context) {
    return answer(await exportPerson(context, body.address, body.cursor))
  },

  async readPeopleKeys({ body: { cursor } }, context) {
    const { store, actor, nowMs } = context
    // The only line of all pages, before the first of them leaves.
    if (cursor === undefined) await note(context, 'people.keys_read', 'people')
    const reading =
      cursor === undefined
        ? beginReadingKeys(actor.actor, nowMs)
        : await goOnReadingKeys(store, cursor, actor.actor, nowMs)
    const page = await readKeys(store, reading)
    return answer({
      people: page.people.map(({ person, key, address }) => ({
        person: toHex(person),
        key: toBase64(key),
        address,
      })),
      next_cursor: page.next_cursor,
    })
  },
})
