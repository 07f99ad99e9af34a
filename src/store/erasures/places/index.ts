/** The only list of the store's places that can name a person in many rows. To add one, add a file and a row here. */
import { deadLetters } from './dead-letters.ts'
import { events } from './events.ts'
import type { StorePlace } from './place.ts'
import { quarantine } from './quarantine.ts'

export const STORE_PLACES: readonly StorePlace[] = [events, quarantine, deadLetters]
