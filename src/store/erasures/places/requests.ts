/** Kept requests: one that names the person goes whole, since it is sent as it came or not at all. */
import { emptyRequests, requestContents } from '../../requests.ts'
import { type PeopleColumn, placeOf } from './people-column.ts'

export const REQUEST_PEOPLE: PeopleColumn = {
  table: 'requests',
  time: 'received_at',
  isBefore: 't.received_at <= j.value ->> 1',
  bytes: 'bytes',
  read: ({ store }, ids) => requestContents(store, ids),
  async remove({ store }, ids, gone) {
    await emptyRequests(store, ids, Math.max(...gone.map(({ erasedAtMs }) => erasedAtMs)) + 1)
    return true
  },
  stepRows: 1_000,
}

export const requests = placeOf('requests', REQUEST_PEOPLE)
