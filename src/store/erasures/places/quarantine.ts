/** Quarantine: an entry that names the person goes whole. Nobody could parse it, so nothing in it can be told apart. */
import { quarantinedContents, removeEntries } from '../../quarantine.ts'
import {
  ALWAYS,
  type PeopleColumn,
  countNaming,
  entriesNaming,
  failIfNaming,
  listPeople,
} from './people-column.ts'
import type { StorePlace } from './place.ts'

export const QUARANTINE_PEOPLE: PeopleColumn = {
  table: 'quarantine',
  time: 'received_at',
  bytes: 'bytes',
  read: ({ store }, ids) => quarantinedContents(store, ids),
}

export const quarantine: StorePlace = {
  name: 'quarantine',
  count: (deps, person) => countNaming(deps, QUARANTINE_PEOPLE, person),
  async erase(deps, erasures, mayGoOn) {
    if (!mayGoOn() || !(await listPeople(deps, QUARANTINE_PEOPLE, mayGoOn))) return false
    for await (const ids of entriesNaming(deps, QUARANTINE_PEOPLE, erasures)) {
      await removeEntries(deps.store, ids, ALWAYS)
      if (!mayGoOn()) return false
    }
    return true
  },
  failIfLeft: (db, erasures) => failIfNaming(db, QUARANTINE_PEOPLE, erasures),
}
