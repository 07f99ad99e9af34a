/** The only list of the store's places that can name a person in many rows. To add one, add a file and a row here. */
import { DEAD_LETTER_PEOPLE, deadLetters } from './dead-letters.ts'
import { events } from './events.ts'
import type { PeopleColumn } from './people-column.ts'
import type { StorePlace } from './place.ts'
import { QUARANTINE_PEOPLE, quarantine } from './quarantine.ts'
import { REQUEST_PEOPLE, requests } from './requests.ts'

export const STORE_PLACES: readonly StorePlace[] = [events, quarantine, requests, deadLetters]

export const PEOPLE_COLUMNS: readonly PeopleColumn[] = [QUARANTINE_PEOPLE, REQUEST_PEOPLE, DEAD_LETTER_PEOPLE]
