/** Ids that an ESP keeps on a retry: the same event always gets the same id. */
import { createHash } from 'node:crypto'
import type { SimulatedEvent } from './sender.ts'

/** A UUID for an event. */
export function eventUuid({ kind, messageId, recipient, occurredAtSeconds, url }: SimulatedEvent): string {
  const hex = sha256(JSON.stringify([kind, messageId, recipient, occurredAtSeconds, url ?? null]))
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  )
}

/** An integer with this many digits, for ESPs that number their messages. */
export function numberFor(messageId: string, digits: number): string {
  const rest = BigInt(`0x${sha256(messageId).slice(0, 24)}`) % 10n ** BigInt(digits - 1)
  return `1${rest.toString().padStart(digits - 1, '0')}`
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
