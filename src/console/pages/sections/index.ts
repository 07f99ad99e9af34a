/** The sections of the first page, in their order. */
import { deadLetters } from './dead-letters.tsx'
import { destinations } from './destinations.tsx'
import { events } from './events.tsx'
import { incidents } from './incidents.tsx'
import { quarantine } from './quarantine.tsx'
import { refusals } from './refusals.tsx'
import type { Section } from './section.tsx'
import { sources } from './sources.tsx'
import { suppressions } from './suppressions.tsx'

export const SECTIONS: readonly Section<never>[] = [
  incidents,
  sources,
  events,
  destinations,
  refusals,
  suppressions,
  quarantine,
  deadLetters,
]
