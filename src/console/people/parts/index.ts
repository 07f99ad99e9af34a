/** All parts of what is known of a person. The order of an export is that of the schema. */
import type { PartName } from '../../../api/person-data.ts'
import { deadLetters } from './dead-letters.ts'
import { deliveries } from './deliveries.ts'
import { events } from './events.ts'
import { holds } from './holds.ts'
import { liftings } from './liftings.ts'
import type { Part } from './part.ts'
import { quarantine } from './quarantine.ts'
import { suppressions } from './suppressions.ts'

export const PARTS: { readonly [Name in PartName]: Part<Name> } = {
  events,
  suppressions,
  liftings,
  quarantine,
  dead_letters: deadLetters,
  deliveries,
  holds,
}
