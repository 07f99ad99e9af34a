/** Writes to the queue. Messages of concurrent deliveries share a call. */
import type { Envelope } from '../../event/envelope.ts'
import { CallBatcher } from '../../platform/call-batcher.ts'

/**
 * The limits of `sendBatch`: 256,000 bytes, envelopes included, and 100 messages. Each message weighs at least a hundredth of the
 * maximum, so one weight covers both limits. With a second call in flight, fifty deliveries at once share less: throughput over the
 * floor fell from 1.12 to 1.02.
 *
 * @see https://developers.cloudflare.com/queues/platform/limits/
 */
const LIMITS = { maxWeight: 250_000, weigh, maxInFlight: 1 }
const MESSAGE_MIN_WEIGHT = LIMITS.maxWeight / 100

/** More than version, source, key and the platform's own 100 bytes. */
const ENVELOPE_BYTES = 1_000

/**
 * Sends all messages of a delivery. Resolves once the queue has written every one to disk. If a call fails, it fails for all
 * deliveries that share it, since nobody knows which messages were written.
 */
export function sender(
  queue: Pick<Queue, 'send' | 'sendBatch'>,
  nowMs: () => number,
): (envelopes: readonly Envelope[]) => Promise<void> {
  const deliveries = new CallBatcher(
    async (all: readonly (readonly Envelope[])[]) => {
      const [delivery = []] = all
      const envelopes = all.length === 1 ? delivery : all.flat()
      const [first] = envelopes
      if (first !== undefined && envelopes.length === 1) await queue.send(first, { contentType: 'v8' })
      else await queue.sendBatch(envelopes.map((body) => ({ body, contentType: 'v8' as const })))
      return all.map(() => undefined)
    },
    LIMITS,
    nowMs,
  )
  return (envelopes) => deliveries.ask(envelopes)
}

function weigh(envelopes: readonly Envelope[]): number {
  return envelopes.reduce((sum, envelope) => {
    const bytes = envelope.kind === 'inline' ? envelope.sealed.byteLength : 0
    return sum + Math.max(ENVELOPE_BYTES + bytes, MESSAGE_MIN_WEIGHT)
  }, 0)
}
