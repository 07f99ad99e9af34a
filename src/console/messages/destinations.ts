/** How delivery to a destination stands, in words, and what an operator should do about it. */
import type { Delivery } from '../../api/destinations.ts'
import type { Tone } from './tone.ts'

export interface DeliveryWords {
  readonly tone: Tone
  /** One or two words. */
  readonly state: string
  /** Why; null if all is well. */
  readonly reason: string | null
  /** Remedy; null if there is none. */
  readonly remedy: string | null
}

/** @param delivery null if the object that delivers did not answer */
export function deliveryWords(delivery: Delivery | null): DeliveryWords {
  if (delivery === null)
    return {
      tone: 'bad',
      state: 'unknown',
      reason: 'What delivers to it did not answer.',
      remedy: 'Load the page again. If that does not help, read the log of the consumer.',
    }
  const state = delivery.state.replaceAll('_', ' ')
  return delivery.reason === null
    ? { state, ...activeWords(delivery) }
    : { state, tone: delivery.state === 'paused' ? 'warn' : 'bad', ...STOPPED[delivery.reason] }
}

/** Why nothing is sent, and what to do. */
const STOPPED: Readonly<Record<NonNullable<Delivery['reason']>, Pick<DeliveryWords, 'reason' | 'remedy'>>> = {
  paused: {
    reason: 'An operator paused it. Events wait in the store.',
    remedy: 'Resume it before old events are removed from the store.',
  },
  failing: {
    reason: 'Most attempts of five minutes failed. Only a probe is sent now and then.',
    remedy: 'The last attempts say what failed. It goes on when a probe succeeds; Resume tries at once.',
  },
  gone: {
    reason: 'The endpoint answered 410 Gone.',
    remedy: 'Correct the URL, send a test event, then resume it.',
  },
  asked: {
    reason: 'The endpoint asked for it with webhook-delivery: disable.',
    remedy: 'Ask whoever runs the endpoint, then resume it.',
  },
  no_success: {
    reason: 'No delivery succeeded for five days.',
    remedy: 'Mend the endpoint, send a test event, then resume it.',
  },
}

function activeWords({ warning, blocked_since, failing_since }: Delivery): Omit<DeliveryWords, 'state'> {
  if (warning !== null)
    return { tone: 'bad', reason: warning, remedy: 'The last attempts say what the endpoint answered.' }
  if (blocked_since !== null)
    return {
      tone: 'warn',
      reason: 'An event fails. Later ones of its message and recipient wait behind it.',
      remedy: 'It is tried again by itself. If the endpoint will never take it, skip it.',
    }
  if (failing_since !== null)
    return {
      tone: 'warn',
      reason: 'The latest attempts failed.',
      remedy: 'They are repeated by themselves. The last attempts say what the endpoint answered.',
    }
  return { tone: 'good', reason: null, remedy: null }
}
