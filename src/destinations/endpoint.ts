/** The endpoint as one run sees it: whether it may be called now, and what each attempt means for the circuit and the health. */
import type { Attempt } from '../api/destinations.ts'
import { type Traced, attemptLine } from './attempt-line.ts'
import { attemptOf } from './memory/attempts.ts'
import { record, recordProbe } from './pace/breaker.ts'
import type { Ready } from './send/deliveries.ts'
import { failed, hasRecovered, succeeded } from './pace/health.ts'
import { TRIES_MAX } from './pace/schedule.ts'
import { type Sent, send } from './send/send.ts'
import type { RunDeps } from './run-deps.ts'

/** Well below what the platform allows for one invocation. */
const RUN_MAX_MS = 25_000
const ENDING_MS = 5_000

/**
 * Cloudflare allows 10,000 subrequests an invocation on the paid plan (workers/platform/limits, 2026-02-11), D1 and the registry among
 * them. Further ones fail, and would look like failures of the endpoint.
 */
const RUN_MAX_REQUESTS = 5_000

/** The parts of a delivery that one attempt needs. */
export type Sendable = Pick<Ready, 'people' | 'body' | 'request'> & Traced

export class Endpoint {
  readonly #deps: RunDeps
  readonly #startedMs: number
  #requests = 0

  constructor(deps: RunDeps) {
    this.#deps = deps
    this.#startedMs = deps.nowMs()
  }

  /** Milliseconds until the run has to end. */
  leftMs(): number {
    return this.#deps.isStale() || this.#requests >= RUN_MAX_REQUESTS
      ? 0
      : Math.max(0, this.#startedMs + RUN_MAX_MS - this.#deps.nowMs())
  }

  /** Whether the run ends soon. */
  isEnding(): boolean {
    return this.leftMs() < ENDING_MS
  }

  isDisabled(): boolean {
    return this.#deps.memory.state.health.disabled !== null
  }

  /** When the circuit is open: when the next probe may be sent. */
  probeAtMs(): number | null {
    return this.#deps.memory.state.breaker.open?.probeAtMs ?? null
  }

  /** How many probes have failed since the circuit opened. */
  failedProbes(): number {
    return this.#deps.memory.state.breaker.open?.failedProbes ?? 0
  }

  /**
   * Sends it if the endpoint may be called, after a wait where the rate is limited. Whoever settles what is returned knows when it is
   * tried again, and calls {@link log}.
   *
   * @param tries 0 if it is not counted
   * @returns undefined if the endpoint may not be called, or if the delivery failed with settings that have changed meanwhile
   */
  async send(delivery: Sendable, tries: number): Promise<Sent | undefined> {
    const { pacer, destination, memory, nowMs, isStale } = this.#deps
    if (!this.#mayCall() || !(await pacer.turn(this.leftMs())) || !this.#mayCall()) return undefined
    this.#requests++
    const sent = await send(delivery, destination, this.#deps)
    memory.note(attemptOf(delivery, sent, tries, outcomeOf(sent, tries)))
    // An answer to old settings says nothing about the endpoint of the new ones.
    if (isStale() && !sent.delivered) this.log(delivery, sent, tries, null)
    if (isStale()) return sent.delivered ? sent : undefined
    memory.state = { ...memory.state, breaker: record(memory.state.breaker, !sent.delivered, nowMs()) }
    await this.#noteHealth(sent)
    return sent
  }

  /** Sends it while the circuit is open. It is not counted as a try. */
  async probe(delivery: Sendable): Promise<Sent> {
    const { destination, memory, nowMs, random, log, isStale } = this.#deps
    const sent = await send(delivery, destination, this.#deps)
    memory.note(attemptOf(delivery, sent, 0, outcomeOf(sent, 0)))
    const { breaker } = memory.state
    if (!isStale())
      memory.state = { ...memory.state, breaker: recordProbe(breaker, !sent.delivered, nowMs(), random()) }
    this.log(delivery, sent, 0, sent.delivered ? null : this.probeAtMs())
    if (isStale()) return sent
    // Until a probe has failed, nobody has to know.
    const isFirst = breaker.open?.failedProbes === 0
    if (sent.delivered !== isFirst)
      log({
        event: sent.delivered ? 'circuit_closed' : 'circuit_opened',
        destination: destination.name,
      })
    await this.#noteHealth(sent)
    return sent
  }

  /** @param nextAtMs null if no further try is planned */
  log(delivery: Sendable, sent: Sent, tries: number, nextAtMs: number | null): void {
    const { log, destination } = this.#deps
    log(attemptLine(destination.name, delivery, sent, outcomeOf(sent, tries), tries, nextAtMs))
  }

  #mayCall(): boolean {
    return this.leftMs() > 0 && !this.isDisabled() && this.probeAtMs() === null
  }

  async #noteHealth({ delivered, disable }: Sent): Promise<void> {
    const { memory, nowMs, onDisabled, log, destination } = this.#deps
    const { health } = memory.state
    if (delivered && hasRecovered(health, nowMs())) memory.waiting.bringForward(nowMs())
    const next = (delivered ? succeeded : failed)(health, disable, nowMs())
    memory.state = { ...memory.state, health: next }
    if (!health.isWarned && next.isWarned)
      log({ event: 'destination_failing', destination: destination.name })
    if (health.disabled === null && next.disabled !== null) await onDisabled(next.disabled.reason)
  }
}

const outcomeOf = ({ delivered }: Sent, tries: number): Attempt['outcome'] =>
  delivered ? 'delivered' : tries >= TRIES_MAX ? 'exhausted' : 'failed'
