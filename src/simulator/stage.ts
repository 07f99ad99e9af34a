/** A simulated ESP account and its mail. It decides the next delivery. */
import { randomBytes } from 'node:crypto'
import { withClients } from './client.ts'
import { type Random, campaignOf, lifecycleOf, someone } from './mail.ts'
import type { Account, SimulatedEvent, OutgoingRequest, Sender } from './sender.ts'

/** The maximum of events in one delivery. Bodies of more would be of very different sizes, which the watch tells of. */
const BATCH_MAX = 2

/** How many past deliveries an attacker may have captured. */
const PAST_MAX = 5

/** A delivery, and the events in it. */
export interface Delivered {
  readonly request: OutgoingRequest
  readonly events: readonly SimulatedEvent[]
}

export class Stage {
  readonly name: string
  readonly target: string
  /** Where the ESP sends from. */
  readonly address: string
  readonly account: Account
  /** A second account of the same ESP, whose keys Postern does not know. */
  readonly forger: Account
  readonly past: OutgoingRequest[] = []
  /** Events that are not reported yet, ordered by time. */
  #due: SimulatedEvent[] = []

  private constructor(name: string, target: string, address: string, account: Account, forger: Account) {
    this.name = name
    this.target = target
    this.address = address
    this.account = account
    this.forger = forger
  }

  static async open(name: string, target: string, address: string, sender: Sender): Promise<Stage> {
    const [account, forger] = await Promise.all([sender.open(), sender.open()])
    return new Stage(name, target, address, account, forger)
  }

  /** The same account without any mail on its way. */
  empty(): Stage {
    return new Stage(this.name, this.target, this.address, this.account, this.forger)
  }

  /** The time of the oldest past event that is not reported yet; undefined if there is none. */
  waitingSince(nowSeconds: number): number | undefined {
    const [first] = this.#due
    return first !== undefined && first.occurredAtSeconds <= nowSeconds ? first.occurredAtSeconds : undefined
  }

  /** Sends one to three messages. Their events are reported later. */
  write(nowSeconds: number, random: Random): void {
    const messages = 1 + Math.floor(random() * 3)
    for (let i = 0; i < messages; i++) {
      const id = messageId()
      const life = lifecycleOf(id, someone(random), nowSeconds, this.account.kinds, random)
      const all = withClients(life, this.account.kinds, random)
      this.#due.push(...all.map((one) => ({ ...one, campaign: campaignOf(id) })))
    }
    this.#due.sort((a, b) => a.occurredAtSeconds - b.occurredAtSeconds)
  }

  /** The next delivery, with past events that are not reported yet; undefined if there are none. */
  async next(nowSeconds: number): Promise<Delivered | undefined> {
    const happened = firstOfEachMessage(
      this.#due.filter(({ occurredAtSeconds }) => occurredAtSeconds <= nowSeconds),
    ).slice(0, BATCH_MAX)
    if (happened.length === 0) return undefined
    const request = await this.account.deliver(happened, nowSeconds)
    const carried = carriedBy(request, happened)
    this.#due = this.#due.filter((simulated) => !carried.includes(simulated))
    this.past.push(request)
    if (this.past.length > PAST_MAX) this.past.shift()
    return { request, events: carried }
  }

  /** An event that an attacker would invent. */
  inventedEvent(nowSeconds: number, random: Random): SimulatedEvent {
    const kind =
      this.account.kinds.find((kind) => kind === 'email.delivered') ?? this.account.kinds[0] ?? 'email.sent'
    return { kind, messageId: messageId(), recipient: someone(random), occurredAtSeconds: nowSeconds }
  }
}

const messageId = (): string => `sim-${randomBytes(9).toString('hex')}`

/** One event per message, so that the request shows which ones it contains. */
const firstOfEachMessage = (simulatedEvents: readonly SimulatedEvent[]): SimulatedEvent[] =>
  simulatedEvents.filter(
    ({ messageId }, i) => simulatedEvents.findIndex((one) => one.messageId === messageId) === i,
  )

/** The events in a request. An ESP that does not batch reports only the first; the message ids in the request show it. */
function carriedBy(
  request: OutgoingRequest,
  simulatedEvents: readonly SimulatedEvent[],
): readonly SimulatedEvent[] {
  const text = request.query + Buffer.from(request.body).toString('latin1')
  const batches = simulatedEvents.slice(1).some(({ messageId }) => text.includes(messageId))
  return batches ? simulatedEvents : simulatedEvents.slice(0, 1)
}
