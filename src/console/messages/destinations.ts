/** How delivery to a destination stands, in words, and what an operator should do about it. */
import type { Delivery } from '../../api/destinations.ts'
import type { Tone } from './tone.ts'

export interface DeliveryWords {
  readonly tone: Tone
  /** One or two words. */
  readonly state: string
  /** Why, in a few words for a list; null if all is well. */
  readonly trouble: string | null
  /** Why, as a sentence; null if all is well. */
  readonly reason: string | null
  /** Remedy; null if there is none. */
  readonly remedy: string | null
  /** The one thing to do next; null if nothing is to be done. */
  readonly action: 'resume' | 'test' | 'url' | 'queue' | null
}

/** @param delivery null if the object that delivers did not answer */
export const deliveryWords = (delivery: Delivery | null): DeliveryWords =>
  delivery === null
    ? UNKNOWN
    : delivery.reason === null
      ? activeWords(delivery)
      : { tone: 'bad', state: 'disabled', ...STOPPED[delivery.reason] }

const UNKNOWN: DeliveryWords = {
  tone: 'bad',
  state: 'unknown',
  trouble: 'no answer',
  reason: 'What delivers to it did not answer.',
  remedy: 'Load the page again. If that does not help, read the log of the consumer.',
  action: null,
}

/** Why nothing is sent, and what to do. */
const STOPPED: Readonly<
  Record<
    NonNullable<Delivery['reason']>,
    Omit<DeliveryWords, 'tone' | 'state'> & Partial<Pick<DeliveryWords, 'tone' | 'state'>>
  >
> = {
  paused: {
    tone: 'warn',
    state: 'paused',
    trouble: 'an operator paused it',
    reason: 'An operator paused it. Events wait in the store.',
    remedy: 'Resume it before old events are removed from the store.',
    action: 'resume',
  },
  failing: {
    state: 'circuit open',
    trouble: 'most attempts fail',
    reason: 'Most attempts of five minutes failed. Only a probe is sent now and then.',
    remedy: 'The last answers say what failed. It goes on when a probe succeeds; Resume tries at once.',
    action: 'test',
  },
  gone: {
    trouble: 'it answered 410 Gone',
    reason: 'The endpoint answered 410 Gone.',
    remedy: 'Correct the URL, send a test event, then resume it.',
    action: 'url',
  },
  asked: {
    trouble: 'it asked to be disabled',
    reason: 'The endpoint asked for it with webhook-delivery: disable.',
    remedy: 'Ask whoever runs the endpoint, then resume it.',
    action: 'resume',
  },
  no_success: {
    trouble: 'no success for five days',
    reason: 'No delivery succeeded for five days.',
    remedy: 'Mend the endpoint, send a test event, then resume it.',
    action: 'test',
  },
}

function activeWords({
  warning,
  blocked_since,
  failing_since,
  last_success_at,
  hours,
}: Delivery): DeliveryWords {
  const isFailing = failing_since !== null
  if (warning !== null)
    return {
      tone: 'bad',
      state: isFailing ? 'fails' : 'behind',
      trouble: isFailing ? 'it fails for long' : 'events wait for long',
      reason: warning,
      remedy: 'The last answers say what the endpoint makes of it.',
      action: 'test',
    }
  if (blocked_since !== null)
    return {
      tone: 'warn',
      state: 'delivers',
      trouble: 'an event blocks others',
      reason: 'An event fails. Later ones of its message and recipient wait behind it.',
      remedy: 'It is tried again by itself. If the endpoint will never take it, skip it.',
      action: 'queue',
    }
  if (isFailing)
    return {
      tone: 'warn',
      state: 'fails',
      trouble: 'the latest attempts failed',
      reason: 'The latest attempts failed.',
      remedy: 'They are repeated by themselves. The last answers say what the endpoint makes of it.',
      action: 'test',
    }
  const isNew = last_success_at === null
  return {
    tone: isNew ? 'plain' : 'good',
    state: !isNew ? 'delivers' : hours.length > 0 ? 'no success yet' : 'nothing sent yet',
    trouble: null,
    reason: null,
    remedy: null,
    action: null,
  }
}
