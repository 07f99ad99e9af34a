/** Load of a failover drill: ESPs that send without a pause, and send again what is not accepted. */
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { ATTACKER, DRILL_ESP, sentFrom } from '../../../src/simulator/client-address.ts'
import { send } from '../../../src/simulator/http.ts'
import type { Account, OutgoingRequest, SimulatedEvent } from '../../../src/simulator/sender.ts'
import type { SourceKind } from './parts.ts'

/** A source of the drill. */
export interface LoadedSource {
  readonly url: URL
  readonly account: Account
  /** An account of the same ESP that this source does not know. */
  readonly forger: Account
  readonly kind: SourceKind
}

/** A delivery, with the answers to all its tries. */
export interface Sent {
  readonly kind: SourceKind
  readonly recipients: readonly string[]
  readonly answers: readonly Answer[]
}

export interface Answer {
  readonly atMs: number
  /** 0 if there was no answer. */
  readonly status: number
}

/** Real ESPs wait for longer. A short wait shows more exactly when an outage ends. */
const RETRY_MS = 500

/** Of each source that has them, every so many deliveries is a large one: its events do not fit into two messages of the queue. */
const LARGE_EVERY = 20
const LARGE_EVENTS = 100
const LONG_URL = `https://example.net/${'a'.repeat(2_400)}`

/** Every so many deliveries, the ESP sends an accepted one again. Its events must not be stored twice. */
const COPY_EVERY = 7
const BOUNCE_EVERY = 10
const FORGE_EVERY_MS = 1_000

export class Load {
  readonly sent: Sent[] = []
  forged = 0
  /** Forged deliveries that got a 200. */
  forgedAccepted = 0
  readonly #nowMs: () => number
  readonly #inFlight = new Set<Promise<void>>()
  readonly #ended = new AbortController()
  readonly #givenUp = new AbortController()
  #sources: readonly LoadedSource[] = []
  #turns = 0

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  /** Sends until `stop`. Called again, it goes on with these sources. */
  start(sources: readonly LoadedSource[], perSecond: number): void {
    const isFirst = this.#sources.length === 0
    this.#sources = sources
    if (!isFirst) return
    this.#run(() => this.#every(1_000 / perSecond, () => this.#next()))
    this.#run(() => this.#every(FORGE_EVERY_MS, () => this.#forge()))
  }

  /** Begins nothing more, and waits until all is accepted or refused for good, or the time is over. */
  async stop(withinMs: number): Promise<void> {
    this.#ended.abort()
    const timer = setTimeout(() => this.#givenUp.abort(), withinMs)
    while (this.#inFlight.size > 0) await Promise.allSettled(this.#inFlight)
    clearTimeout(timer)
  }

  #run(work: () => Promise<void>): void {
    const running: Promise<void> = work().finally(() => this.#inFlight.delete(running))
    this.#inFlight.add(running)
  }

  async #every(ms: number, begin: () => Promise<void>): Promise<void> {
    const startedMs = performance.now()
    for (let i = 1; !this.#ended.signal.aborted; i += 1) {
      this.#run(begin)
      const waitMs = startedMs + i * ms - performance.now()
      await sleep(Math.max(0, waitMs), undefined, { signal: this.#ended.signal }).catch(() => undefined)
    }
  }

  async #next(): Promise<void> {
    const turn = (this.#turns += 1)
    const source = this.#sources[turn % this.#sources.length]
    if (source === undefined) return
    const isLarge = source.kind === 'large' && Math.floor(turn / this.#sources.length) % LARGE_EVERY === 0
    const events = isLarge
      ? Array.from({ length: LARGE_EVENTS }, () => this.#event('email.clicked', { url: LONG_URL }))
      : [turn % BOUNCE_EVERY === 0 ? this.#event('email.bounced', { bounce: 'hard' }) : this.#event()]
    const request = await source.account.deliver(events, this.#nowSeconds())
    const isAccepted = await this.#deliver(source, request, events)
    if (isAccepted && turn % COPY_EVERY === 0) await post(source.url, request, DRILL_ESP)
  }

  /** The same bytes again and again, as most ESPs do, until they are accepted or refused for good. */
  async #deliver(
    { url, kind }: LoadedSource,
    request: OutgoingRequest,
    events: readonly SimulatedEvent[],
  ): Promise<boolean> {
    const answers: Answer[] = []
    this.sent.push({ kind, recipients: events.map(({ recipient }) => recipient), answers })
    for (;;) {
      const status = await post(url, request, DRILL_ESP)
      answers.push({ atMs: this.#nowMs(), status })
      if (status === 200) return true
      if (!isTemporary(status) || this.#givenUp.signal.aborted) return false
      await sleep(RETRY_MS, undefined, { signal: this.#givenUp.signal }).catch(() => undefined)
    }
  }

  async #forge(): Promise<void> {
    const source = this.#sources[this.forged % this.#sources.length]
    if (source === undefined) return
    this.forged += 1
    const request = await source.forger.deliver([this.#event()], this.#nowSeconds())
    if ((await post(source.url, request, ATTACKER)) === 200) this.forgedAccepted += 1
  }

  #event(kind = 'email.delivered', change: Partial<SimulatedEvent> = {}): SimulatedEvent {
    const messageId = `drill-${randomBytes(9).toString('hex')}`
    const recipient = `${messageId}@example.com`
    return { kind, messageId, recipient, occurredAtSeconds: this.#nowSeconds(), ...change }
  }

  #nowSeconds(): number {
    return Math.floor(this.#nowMs() / 1_000)
  }
}

/** Whether an ESP sends again after this answer. */
export const isTemporary = (status: number): boolean => status === 0 || status === 429 || status >= 500

/** The status; 0 if there was no answer. */
async function post(url: URL, request: OutgoingRequest, address: string): Promise<number> {
  const target = new URL(url.href + request.query)
  return (await send(target, sentFrom(address, request)).catch(() => undefined))?.status ?? 0
}
