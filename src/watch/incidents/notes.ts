/** Texts that people wrote into incidents: nobody else can be named there. Addresses in new ones are masked. */
import { addressesIn } from '../../store/named-people.ts'
import type { ActOnIncident } from './api.ts'
import type { StoredIncident } from './stored.ts'

/** Also percent-encoded, and with the full-width sign. */
const ADDRESS =
  /[^\s@＠<>()[\],;:"?&=/]{1,128}(?:@|＠|%40)(?:\[[^\s\]]{1,64}\]|[^\s@＠<>()[\],;:"'?&=/]*[^\s@＠<>()[\],;:"'?&=/.])/giu

const masked = (text: string): string => text.replaceAll(ADDRESS, '[address]')

/** The action with its text masked. An assignee is an operator, and stays. */
export function withMaskedNotes(act: ActOnIncident): ActOnIncident {
  if (act.act === 'note') return { ...act, text: masked(act.text) }
  if (act.act === 'resolve') return { ...act, note: act.note === null ? null : masked(act.note) }
  if (act.act === 'review') return { ...act, cause: masked(act.cause), lessons: masked(act.lessons) }
  return act
}

const WRITTEN_BY_PEOPLE: ReadonlySet<string> = new Set(['noted', 'resolved', 'reviewed'])

/** The incident with each text that a person wrote replaced. */
export const mapNotes = (incident: StoredIncident, map: (text: string) => string): StoredIncident => ({
  ...incident,
  timeline: incident.timeline.map((entry) =>
    WRITTEN_BY_PEOPLE.has(entry.kind) ? { ...entry, text: map(entry.text) } : entry,
  ),
  review: incident.review && {
    ...incident.review,
    cause: map(incident.review.cause),
    lessons: map(incident.review.lessons),
  },
})

/** The incident as a backup brings it back: it may name somebody who was erased since. */
export const withoutAddresses = (incident: StoredIncident): StoredIncident => mapNotes(incident, masked)

/** All addresses in its notes, normalized. */
export function addressesInNotes(incident: StoredIncident): ReadonlySet<string> {
  const found = new Set<string>()
  mapNotes(incident, (text) => {
    for (const address of addressesIn(text).addresses) found.add(address)
    return text
  })
  return found
}

const ERASED = '[erased]'

/** The incident without these addresses. If one stands in a text in another form, the whole text goes. */
export function withErased(incident: StoredIncident, addresses: ReadonlySet<string>): StoredIncident {
  const names = (text: string): boolean => !addressesIn(text).addresses.isDisjointFrom(addresses)
  return mapNotes(incident, (text) => {
    const rest = text.replaceAll(ADDRESS, (address) => (names(address) ? ERASED : address))
    return names(rest) ? ERASED : rest
  })
}
