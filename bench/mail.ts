/**
 * The measured mail: its recipients and its events. The figures are those of a shop that writes to its customers about weekly.
 * They decide how much the store has to write:
 *
 * - a message has four events (sent, delivered, opened, clicked or another opening), one after the other;
 * - a person gets some 25 messages, so that one of 100 events is about a new person;
 * - one event in 200 is a hard bounce or a complaint and suppresses its address.
 */
import { randomUUID } from 'node:crypto'
import type { SimulatedEvent } from '../src/simulator/sender.ts'

const LIFE = ['email.sent', 'email.delivered', 'email.opened', 'email.clicked'] as const
const MESSAGES_A_PERSON = 25
const SUPPRESSING_EVERY = 200

/** Messages with further events to come: events of different messages arrive mixed. */
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

/** The next event, at the current time. */
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
