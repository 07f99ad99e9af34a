/** The sections of the first page, in their order: the only list of them. */
import { type Actor, may, seesAll } from '../access/actor.ts'

const SECTIONS = [
  { id: 'incidents', title: 'Incidents' },
  { id: 'sources', title: 'Sources' },
  { id: 'events', title: 'Events' },
  { id: 'destinations', title: 'Destinations' },
  { id: 'refusals', title: 'Refusals' },
  { id: 'suppressions', title: 'Suppressions' },
  { id: 'quarantine', title: 'Quarantine' },
  { id: 'dead-letters', title: 'Dead letters' },
] as const

export type SectionId = (typeof SECTIONS)[number]['id']

export const titleOf = (id: SectionId): string => SECTIONS.find((one) => one.id === id)?.title ?? id

/** Suppressions are addresses, and belong to no source. */
export const seesSuppressions = (actor: Actor): boolean => may(actor, 'operator') && seesAll(actor)

/** A destination may get events of any source. */
export const seesDestinations = seesAll

const SHOWN_TO: Readonly<Partial<Record<SectionId, (actor: Actor) => boolean>>> = {
  destinations: seesDestinations,
  suppressions: seesSuppressions,
}

export const sectionsFor = (actor: Actor) => SECTIONS.filter(({ id }) => SHOWN_TO[id]?.(actor) ?? true)
