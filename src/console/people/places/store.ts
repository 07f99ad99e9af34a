/** Places of the D1 store that name people. `countInStore` counts them, and `applyErasures` erases them. */
import { type RetentionSettings, longestEventDays } from '../../../registry/retention/document.ts'
import { DEAD_LETTER_PEOPLE } from '../../../store/erasures/places/dead-letters.ts'
import { idsNotWhole } from '../../../store/erasures/places/people-column.ts'
import { QUARANTINE_PEOPLE } from '../../../store/erasures/places/quarantine.ts'
import { IN_PART_DAYS } from '../../../store/old-rows.ts'
import type { Place } from './place.ts'

/** Events in the store and in the archive. */
function longestDays(settings: RetentionSettings): number | null {
  const days = [longestEventDays(settings), settings.archive]
  return days.includes(null) ? null : Math.max(...days.map(Number))
}

export const keys: Place = {
  name: 'key',
  stored: ['D1 recipients'],
  holds: 'the key of the person, and with it the address',
  erasing:
    'The key is destroyed. Nothing that is sealed under it can be opened again, in any table, file of the archive or copy.',
  remains: [
    {
      what: 'The key and the address in the history of D1 (Time Travel)',
      why: 'Cloudflare keeps it for 30 days, on the Free plan for 7. If it is restored, the erasure is done again before the first answer.',
      days: () => 30,
    },
    {
      what: 'In a store of more than 50,000 people, the keys of recipients that a version before 0.4 stored with a name or in a list',
      why: 'No more keys than that are searched for the address.',
      days: longestDays,
    },
    {
      what: 'Keys of people that operators have read, to open the archive on their own machines',
      why: 'They have left the deployment. The audit log has a line for each reading.',
      days: () => null,
    },
  ],
}

export const events: Place = {
  name: 'events',
  stored: ['D1 segments', 'D1 inverted_index'],
  holds:
    'events with the keyed hash of the recipient; what is personal in them is sealed under the person’s key',
  erasing:
    'Events lose the recipient and everything personal. Type, time, source, scope, codes and message ids stay: those that name the person as a keyed hash, older ones without what may.',
  remains: [
    {
      what: 'The address where an ESP wrote it into events of other people, or into events without a recipient',
      why: 'These are sealed under other keys and are not searched. Retention removes them.',
      days: longestDays,
    },
    {
      what: 'Message ids in which an ESP wrote the address in a code of its own, and scopes',
      why: 'They are needed to find a message, and to compare suppressions. Nobody can tell whom they name.',
      days: longestDays,
    },
  ],
}

export const suppressions: Place = {
  name: 'suppressions',
  stored: ['D1 suppressions'],
  holds: 'why the person must not be written to, with words and notes sealed under the person’s key',
  erasing:
    'Suppressions are removed with their notes. If they are to be kept, the reason, scope, times and source stay, under a keyed hash alone.',
}

export const evidence: Place = {
  name: 'evidence',
  stored: ['D1 evidence', 'D1 resubscribed'],
  holds: 'soft bounces, unsubscribes and new subscriptions under the keyed hash of the address',
  erasing: 'They are removed.',
}

const NOT_WHOLE = `Nobody can tell all whom they name. What came a moment ago is searched in the next night. What has too many addresses or encodings goes after ${IN_PART_DAYS} days, and the rest with retention.`

export const quarantine: Place = {
  name: 'quarantine',
  stored: ['D1 quarantine', 'D1 quarantine_parts'],
  holds: 'sealed deliveries that could not be parsed, and the keyed hashes of the addresses in them',
  erasing: 'Deliveries that name the person are removed whole.',
  remains: [
    {
      what: 'Deliveries in quarantine that no key opens, that have too many addresses or encodings to list, or that came a moment ago',
      why: NOT_WHOLE,
      ids: ({ store }, limit) => idsNotWhole(store, QUARANTINE_PEOPLE, limit),
      days: ({ quarantine: days }) => days,
    },
  ],
}

export const deadLetters: Place = {
  name: 'dead_letters',
  stored: ['D1 dead_letters'],
  holds: 'sealed messages that could not be stored, and the keyed hashes of the addresses in them',
  erasing: 'Events of the person are dropped from dead letters and from the objects that belong to them.',
  remains: [
    {
      what: 'Dead letters that no key opens, that have too many addresses or encodings to list, or that came a moment ago',
      why: NOT_WHOLE,
      ids: ({ store }, limit) => idsNotWhole(store, DEAD_LETTER_PEOPLE, limit),
      days: ({ dead_letters: days }) => days,
    },
  ],
}
