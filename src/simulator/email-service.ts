/**
 * Simulates Cloudflare's Email Service: events as its subscription sends them to the queue. Nothing is signed, so there is no
 * forged traffic. The format is that of the vendor's examples.
 *
 * @see https://developers.cloudflare.com/email-service/platform/event-subscriptions/
 */
import { createHash, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Random, lifecycleOf, someone } from './mail.ts'
import type { Play } from './play.ts'
import type { SimulatedEvent } from './sender.ts'

/** The native type and its payload, by Postern's type. */
const WORDS: Readonly<Record<string, (simulated: SimulatedEvent) => readonly [word: string, facts: object]>> =
  {
    'email.delivered': () => [
      'delivered',
      { terminal: true, delivery: smtp('delivered', '250', '2.0.0', 'OK') },
    ],
    'email.deferred': () => [
      'deferred',
      {
        terminal: false,
        delivery: smtp('deferred', '451', '4.2.0', 'Temporary mailbox error'),
        bounce: {
          type: 'soft',
          classification: 'temporary_failure',
          reason: '451 4.2.0 Temporary mailbox error',
        },
      },
    ],
    'email.bounced': ({ bounce }) => [
      'bounced',
      bounce === 'soft'
        ? {
            terminal: true,
            delivery: smtp('bounced', '452', '4.2.2', 'Mailbox full'),
            bounce: { type: 'soft', classification: 'temporary_failure', reason: '452 4.2.2 Mailbox full' },
          }
        : {
            terminal: true,
            delivery: smtp('bounced', '550', '5.1.1', 'User unknown'),
            bounce: { type: 'hard', classification: 'permanent_failure', reason: '550 5.1.1 User unknown' },
          },
    ],
    'email.failed': () => [
      'failed',
      { terminal: true, delivery: { status: 'failed' }, failure: { reason: 'delivery_failed' } },
    ],
    'email.rejected': () => [
      'rejected',
      {
        terminal: true,
        delivery: { status: 'rejected' },
        rejection: { reason: 'suppressed', party: 'recipient', detail: 'Recipient is suppressed' },
      },
    ],
    'email.spam_reported': () => [
      'complained',
      { terminal: true, delivery: { status: 'complained' }, complaint: { type: 'abuse' } },
    ],
  }

const smtp = (status: string, code: string, enhanced: string, said: string) => ({
  status,
  provider: 'external_smtp',
  deliveryTimeMs: 1_234,
  smtpStatusCode: code,
  smtpEnhancedStatusCode: enhanced,
  smtpResponse: `${code} ${enhanced} ${said}`,
})

/** The native event of a simulated one; the same input gives the same event. A kind without an entry is its own native type. */
export function emailServiceEvent(simulated: SimulatedEvent): Record<string, unknown> {
  const { kind, messageId, recipient, occurredAtSeconds } = simulated
  const [word, facts] = WORDS[kind]?.(simulated) ?? [kind, {}]
  const named = createHash('sha256').update(JSON.stringify(simulated)).digest('hex')
  return {
    type: `cf.email.sending.message.${word}`,
    source: { type: 'email.sending', zoneId: ZONE, domain: 'mail.example.com' },
    payload: {
      eventId: `${named.slice(0, 8)}-${named.slice(8, 12)}-7${named.slice(13, 16)}-8${named.slice(17, 20)}-${named.slice(20, 32)}`,
      messageId,
      sender: 'shop@mail.example.com',
      recipient,
      ...(word === 'complained' ? {} : { subject: 'Your receipt' }),
      ...facts,
    },
    metadata: {
      accountId: ACCOUNT,
      eventSubscriptionId: SUBSCRIPTION,
      eventSchemaVersion: 1,
      eventTimestamp: new Date(occurredAtSeconds * 1_000).toISOString(),
    },
  }
}

const [ZONE, ACCOUNT, SUBSCRIPTION] = ['1', '2', '3'].map((digit) => digit.repeat(32))

export interface EmailServiceOptions {
  /** Maximum of events per second. */
  readonly perSecond: number
  readonly random: Random
  readonly nowMs: () => number
  /** Sends one event to the queue. */
  readonly publish: (event: Record<string, unknown>) => Promise<void>
}

/** Simulates the mail of one sending domain until stopped. */
export function playEmailService({ perSecond, random, nowMs, publish }: EmailServiceOptions): Play {
  const ended = new AbortController()
  const wait = () => sleep(1_000 / perSecond, true, { signal: ended.signal }).catch(() => false as const)
  let due: SimulatedEvent[] = []
  const run = async (): Promise<void> => {
    do {
      const nowSeconds = Math.floor(nowMs() / 1_000)
      const next = due.find(({ occurredAtSeconds }) => occurredAtSeconds <= nowSeconds)
      if (next === undefined)
        due.push(...lifecycleOf(randomUUID(), someone(random), nowSeconds, KINDS, random))
      else {
        due = due.filter((simulated) => simulated !== next)
        await publish(emailServiceEvent(next))
      }
    } while (await wait())
  }
  const running = run()
  return {
    async stop() {
      ended.abort()
      await running
    },
  }
}

const KINDS = Object.keys(WORDS)
