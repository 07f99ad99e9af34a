/** Generates a realistic sequence of events for a message; some of them are in the future. */
import type { SimulatedEvent } from './sender.ts'

/** A number from 0 up to 1: the simulator's only randomness, so that a test can replace it. */
export type Random = () => number

interface Step {
  readonly kind: string
  /** The share of the messages that reach this step. */
  readonly share: number
  readonly afterSeconds: readonly [from: number, to: number]
  readonly bounce?: 'hard' | 'soft'
  readonly later?: readonly Step[]
}

/** At most one step of each list happens: the first that passes its random draw. Bounces and complaints are those of a good list. */
const LIFECYCLE: readonly Step[] = [
  {
    kind: 'email.sent',
    share: 1,
    afterSeconds: [0, 0],
    later: [
      { kind: 'email.bounced', share: 0.012, afterSeconds: [1, 6], bounce: 'hard' },
      { kind: 'email.bounced', share: 0.008, afterSeconds: [2, 9], bounce: 'soft' },
      { kind: 'email.deferred', share: 0.06, afterSeconds: [1, 4], later: [delivered(20, 60)] },
      delivered(1, 4),
    ],
  },
]

function delivered(from: number, to: number): Step {
  return {
    kind: 'email.delivered',
    share: 1,
    afterSeconds: [from, to],
    later: [
      { kind: 'email.spam_reported', share: 0.001, afterSeconds: [5, 30] },
      { kind: 'email.unsubscribed', share: 0.04, afterSeconds: [5, 30] },
      // For ESPs with native types that Postern does not map.
      { kind: 'email.unknown', share: 0.03, afterSeconds: [5, 30] },
      {
        kind: 'email.opened',
        share: 0.5,
        afterSeconds: [3, 25],
        later: [{ kind: 'email.clicked', share: 0.4, afterSeconds: [2, 12] }],
      },
    ],
  }
}

/** The events of one message from now on, ordered by time, without kinds that the ESP does not report. */
export function lifecycleOf(
  messageId: string,
  recipient: string,
  nowSeconds: number,
  kinds: readonly string[],
  random: Random,
): SimulatedEvent[] {
  const simulatedEvents: SimulatedEvent[] = []
  const live = (steps: readonly Step[], sinceSeconds: number): void => {
    const step = steps.find(({ share }) => random() < share)
    if (step === undefined) return
    const [from, to] = step.afterSeconds
    const occurredAtSeconds = sinceSeconds + from + Math.floor(random() * (to - from + 1))
    if (kinds.includes(step.kind)) {
      simulatedEvents.push({
        kind: step.kind,
        messageId,
        recipient,
        occurredAtSeconds,
        ...(step.bounce === undefined ? {} : { bounce: step.bounce }),
        ...(step.kind === 'email.clicked' ? { url: CLICKED_URL } : {}),
      })
    }
    live(step.later ?? [], occurredAtSeconds)
  }
  live(LIFECYCLE, nowSeconds)
  return simulatedEvents
}

export const CLICKED_URL = 'https://shop.example.com/offers?week=47'

const NAMES = ['ada', 'grace', 'alan', 'edsger', 'barbara', 'donald', 'hedy', 'john', 'katherine', 'linus']
/** Half of the mail goes to well-known mailbox providers, so that figures by provider differ. */
export const DOMAINS = ['gmail.com', 'gmail.com', 'outlook.com', 'example.com', 'example.net', 'example.org']

/**
 * An address, one of 5,000, so that they recur. Nothing is sent to it. It should be nobody's: a name at Gmail has no dash (Google's help, "Create a
 * username", read in a copy on 2026-12-01), and one at Outlook is believed to begin with a letter.
 */
export const someone = (random: Random): string => {
  const [name, number] = [pick(NAMES, random), Math.floor(random() * 100)]
  const domain = pick(DOMAINS, random)
  return `${domain.startsWith('example.') ? `${name}.${number}` : `${number}-${name}`}@${domain}`
}

export const CAMPAIGNS = ['welcome', 'spring-sale', 'newsletter-48']

/** The campaign of a message. The same id gives the same one. */
export const campaignOf = (messageId: string): string =>
  CAMPAIGNS[(messageId.codePointAt(messageId.length - 1) ?? 0) % CAMPAIGNS.length] ?? ''

/** @throws {RangeError} if the list is empty */
export function pick<T>(list: readonly T[], random: Random): T {
  const one = list[Math.floor(random() * list.length)]
  if (one === undefined) throw new RangeError('nothing to pick from')
  return one
}
