/** Quarantine: an entry that names the person goes whole. Nobody could parse it, so nothing in it can be told apart. */
import { quarantinedContents, removeEntries } from '../../quarantine.ts'
import { type PeopleColumn, placeOf } from './people-column.ts'

export const QUARANTINE_PEOPLE: PeopleColumn = {
  table: 'quarantine',
  time: 'received_at',
  isBefore: 't.received_at <= j.value ->> 1',
  bytes: 'bytes',
  read: ({ store }, ids) => quarantinedContents(store, ids),
  async remove({ store }, ids, gone) {
    await removeEntries(store, ids, Math.max(...gone.map(({ erasedAtMs }) => erasedAtMs)) + 1)
    return true
  },
  stepRows: 1_000,
}

export const quarantine = placeOf('quarantine', QUARANTINE_PEOPLE)
