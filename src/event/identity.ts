/**
 * The id of an event. It is the same if the ESP sends the event again, and ids sort by time. Whoever knows the parts can compute it, so
 * it only travels in sealed messages: the store changes it (`store/event-ids.ts`).
 */
import { halfSha256Hex } from '../platform/sha256.ts'

/** One stable fact of a provider's event. `null` and `undefined` are equal. */
export type IdentityPart = string | number | boolean | null | undefined

/**
 * 44 hex digits: 12 of the event's own time in milliseconds, 32 of a SHA-256 over source, provider and the parts.
 * The time comes first, so the store's primary key is also its time order and needs no second index.
 *
 * @param occurredAtMs the event's own time; 0 if the provider gives none; never the time of receipt, which differs on a retry
 */
export async function eventId(
  source: string,
  provider: string,
  parts: readonly IdentityPart[],
  occurredAtMs: number,
): Promise<string> {
  // JSON keeps the parts apart: ["a","b"] and ["ab"] differ.
  const material = JSON.stringify([source, provider, ...parts.map((part) => part ?? null)])
  return timePrefix(occurredAtMs) + (await halfSha256Hex(material))
}

/** The first 12 digits of every id whose event happened at that time. */
export const timePrefix = (ms: number): string =>
  Math.max(0, Math.trunc(ms)).toString(16).padStart(12, '0').slice(-12)

/** The ids of events without a time begin with twelve zeros and sort before all others. */
export const FIRST_TIMED_ID = timePrefix(1)

export const isTimed = (id: string): boolean => id >= FIRST_TIMED_ID

/** The event's own time, in milliseconds, from its id; 0 if the provider gives none. */
export const reportedMs = (id: string): number => parseInt(id.slice(0, 12), 16)
