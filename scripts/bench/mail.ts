/**
 * The mail that is measured: whom it goes to and what becomes of it. The figures are those of a shop that writes to its
 * customers about weekly, and they decide what the store has to write:
 *
 * - a message has four events (sent, delivered, opened, clicked or another opening), one after the other;
 * - a person gets some 25 messages, so that of 100 events one is of a person who was never seen before;
 * - one event in 200 is a hard bounce or a complaint and suppresses its address.
 */
import { randomUUID } from 'node:crypto'
import type { SimulatedEvent } from '../simulator/sender.ts'

const LIFE = ['email.sent', 'email.delivered', 'email.opened', 'email.clicked'] as const
const MESSAGES_A_PERSON = 25
const SUPPRESSING_EVERY = 200

/** Messages whose life is not over: events of different messages come mixed. */
const UNDERWAY = 50

interface Message {
  readonly id: string
  readonly recipient: string
  step: number
}

let messages = 0
let events = 0
const run = randomUUID().slice(0, 8)
const underway: Message[] = []

/** The next thing that happens, now. */
export function simulated(nowSeconds: number): SimulatedEvent {
  events += 1
  while (underway.length < UNDERWAY) {
    const person = Math.floor(messages++ / MESSAGES_A_PERSON)
    // Several people at a time, each with a message.
    underway.push({ id: randomUUID(), recipient: `person.${run}.${person}@example.com`, step: 0 })
  }
  const index = events % UNDERWAY
  const message = underway[index]
  if (message === undefined) throw new Error('no message is underway')
  const kind = events % SUPPRESSING_EVERY === 0 ? 'email.bounced' : (LIFE[message.step] ?? 'email.clicked')
  message.step += 1
  if (message.step === LIFE.length || kind === 'email.bounced') underway.splice(index, 1)
  return {
    kind,
    messageId: message.id,
    recipient: message.recipient,
    occurredAtSeconds: nowSeconds,
    ...(kind === 'email.clicked' ? { url: 'https://shop.example.com/offers' } : {}),
  }
}
