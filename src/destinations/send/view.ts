/** Personal data of an event that a destination gets. */
import type { MailEvent } from '../../event/mail-event.ts'
import { halfSha256Hex } from '../../platform/sha256.ts'
import { nothingPersonal } from '../../store/personal.ts'
import type { StoredEvent } from '../../store/stored-event.ts'

export type PersonalView = 'full' | 'pseudonym' | 'none'

export interface ViewOptions {
  readonly personal: PersonalView
  /** Its name. */
  readonly destination: string
  /** The id of an event at this destination, unless it sees the whole event. */
  readonly idOf: (id: string) => Promise<string>
}

/**
 * The event as it is sent. A pseudonym stands for one address at one destination; two destinations cannot compare theirs, nor
 * the ids of events. If the personal part did not open, the person was erased, and the event has no pseudonym either.
 *
 * @param personIndex the store's blind index of the recipient, a keyed hash; null if the event names nobody
 */
export async function viewOf(
  { security: _security, ...event }: StoredEvent,
  personIndex: string | null,
  { personal, destination, idOf }: ViewOptions,
): Promise<MailEvent> {
  if (personal === 'full') return event
  const recipient =
    personal === 'none' || personIndex === null || event.recipient === null
      ? null
      : await pseudonymOf(destination, personIndex)
  return { ...event, ...nothingPersonal(), id: await idOf(event.id), recipient }
}

/** The name of a person at one destination. */
export const pseudonymOf = async (destination: string, personIndex: string): Promise<string> =>
  `person_${await halfSha256Hex(JSON.stringify(['destination', destination, personIndex]))}`
