/** Interface of a drill: requests that are like those of one kind of attack, few enough to hurt nobody. */
import type { OutgoingRequest, SimulatedEvent } from '../../simulator/sender.ts'

/** A request, and the address that it comes from: an address counts on this machine alone, where no edge sets it. */
export interface DrillRequest {
  readonly request: OutgoingRequest
  readonly address: string
}

export interface DrillWorld {
  /** Signs as the ESP of the source does. Only for drills that need it. */
  readonly sign: (events: readonly SimulatedEvent[], nowSeconds: number) => Promise<DrillRequest>
  /** Signs with a key that Postern does not know. */
  readonly forge: (events: readonly SimulatedEvent[], nowSeconds: number) => Promise<OutgoingRequest>
  /** Lets the ESP of a demo source stop for so many seconds. */
  readonly pause: (seconds: number) => Promise<void>
  /** Switches the webhook of a demo source off at its ESP, until somebody mends it. */
  readonly switchOff: () => Promise<void>
  /** A new event of a new message, about one of ten recipients at example.com. */
  readonly event: (kind: string, change?: Partial<SimulatedEvent>) => SimulatedEvent
  readonly nowSeconds: () => number
}

export interface Drill {
  /** Of the incident that it opens. */
  readonly kind: string
  /** Of the drill, if it is not that of its kind. */
  readonly name?: string
  /** Traffic of the drill, as a sentence without its subject: `60 hard bounces`. */
  readonly sends: string
  /** Requests of a round, rounds, and seconds from one round to the next. */
  readonly requests: number
  readonly rounds: number
  readonly roundSeconds: number
  /** Whose signature the requests need: the ESP's, or none that is right. */
  readonly signs: 'as the ESP' | 'wrongly'
  /** An event type that the ESP has to report. */
  readonly reports?: string
  /** Only for sources of these providers. */
  readonly providers?: readonly string[]
  /** Why it needs a source of `npm start`; absent if any will do. */
  readonly onlyDemo?: string
  /** Why it needs a deployment; absent if any Postern will do. */
  readonly onlyDeployed?: string
  /** How long the simulated ESP stops before the first round; absent if it goes on. */
  readonly pauseSeconds?: number
  /** Whether the simulated ESP switches its webhook off. */
  readonly switchesOff?: true
  /** How long the watch may take after the last round. */
  readonly waitSeconds: number
  /** The i-th request of a round. @param before the request that was sent last */
  readonly make: (world: DrillWorld, i: number, before: OutgoingRequest | undefined) => Promise<DrillRequest>
}
