/** Runs the simulated accounts, and those who attack them, until stopped. */
import { setTimeout as sleep } from 'node:timers/promises'
import { ATTACK_NAMES, type AttackName, attackTraffic } from './attack-traffic.ts'
import { ATTACKER, sentFrom } from './client-address.ts'
import { MINUTE_MS } from '../platform/time.ts'
import type { Random } from './mail.ts'
import { post } from './post.ts'
import type { OutgoingRequest } from './sender.ts'
import type { Stage } from './stage.ts'
import { genuineDelivery, nextStage } from './turns.ts'

export interface PlayOptions {
  /** Deliveries per second over all stages, at a time. */
  readonly perSecondAt: (nowMs: number) => number
  /** Seconds from one attack at a stage to the next, the first at once; absent for none. Kinds take turns, so that the watch finds nothing. */
  readonly attackEverySeconds?: number
  /** Whether the ESP of this source has stopped for a while; absent if none does. */
  readonly isPaused?: (source: string) => boolean
  /** Told of each delivery that is made. False if the ESP's webhook is off: then it is not posted. */
  readonly isSent?: (source: string, request: OutgoingRequest) => boolean
  readonly random: Random
  readonly nowMs: () => number
  readonly onDelivery: (delivery: Played) => void
}

export interface Played {
  readonly source: string
  readonly events: number
  readonly attackTraffic: AttackName | undefined
  /** Undefined if there was no answer. */
  readonly status: number | undefined
}

export interface Play {
  /** Stops and resolves when no delivery is in flight. */
  readonly stop: () => Promise<void>
}

/** After this many refusals in a row, an account's source was changed or removed: the account waits before it sends again. */
const REFUSALS_MAX = 3
const REFUSED_WAIT_MS = 10 * MINUTE_MS

/** The maximum of deliveries in flight. If the receiver is slow, the simulator waits. */
const IN_FLIGHT_MAX = 16

export function play(stages: readonly Stage[], options: PlayOptions): Play {
  const { perSecondAt, random, nowMs } = options
  const ended = new AbortController()
  const inFlight = new Set<Promise<void>>()
  const refusals = new Map<Stage, { count: number; atMs: number }>()
  const nowSeconds = () => Math.floor(nowMs() / 1_000)
  const wait = (seconds: number) => sleep(seconds * 1_000, true, { signal: ended.signal }).catch(() => false)

  let attacks = 0
  let nextAttackMs = options.attackEverySeconds === undefined ? Number.POSITIVE_INFINITY : nowMs()

  const deliver = async (stage: Stage): Promise<void> => {
    const made = await genuineDelivery(stage, nowSeconds(), random)
    if (made === undefined || options.isSent?.(stage.name, made.request) === false) return
    const answer = await post(stage.target, sentFrom(stage.address, made.request), { wait })
    const status = answer?.status
    const refused = status !== undefined && status >= 400 && status < 500 && status !== 429
    refusals.set(stage, { count: refused ? (refusals.get(stage)?.count ?? 0) + 1 : 0, atMs: nowMs() })
    options.onDelivery({ source: stage.name, events: made.events.length, attackTraffic: undefined, status })
  }

  const genuine = async (playing: readonly Stage[]): Promise<void> => {
    const working = playing.filter(({ name }) => options.isPaused?.(name) !== true)
    if (working.length > 0) await deliver(nextStage(working, nowSeconds(), random))
  }

  const attack = async (playing: readonly Stage[]): Promise<void> => {
    const turn = attacks++
    const everyMs = ((options.attackEverySeconds ?? 0) * 1_000) / playing.length
    // After a pause of the machine, attacks that were missed would come all at once.
    nextAttackMs = Math.max(nextAttackMs + everyMs, nowMs())
    const stage = playing[turn % playing.length]
    const name = ATTACK_NAMES[Math.floor(turn / playing.length) % ATTACK_NAMES.length]
    if (stage === undefined || name === undefined) return
    const { account, forger, past } = stage
    const simulated = stage.inventedEvent(nowSeconds(), random)
    const means = { account, forger, past, simulated, nowSeconds: nowSeconds(), random }
    const request = await attackTraffic(name, means)
    if (request === undefined) return
    // No attacker repeats what is refused. Of an hour's repetitions, the watch would tell as guesses.
    const answer = await post(stage.target, sentFrom(ATTACKER, request), { wait: async () => false })
    options.onDelivery({ source: stage.name, events: 0, attackTraffic: name, status: answer?.status })
  }

  const run = async (): Promise<void> => {
    do {
      const playing = stages.filter((stage) => {
        const { count, atMs } = refusals.get(stage) ?? { count: 0, atMs: 0 }
        return count < REFUSALS_MAX || nowMs() - atMs >= REFUSED_WAIT_MS
      })
      if (playing.length === 0 || inFlight.size >= IN_FLIGHT_MAX) continue
      const sending = nowMs() >= nextAttackMs ? attack(playing) : genuine(playing)
      const delivery: Promise<void> = sending.finally(() => inFlight.delete(delivery))
      inFlight.add(delivery)
    } while (await wait(1 / perSecondAt(nowMs())))
  }

  const running = run()
  return {
    async stop() {
      ended.abort()
      await running
      await Promise.allSettled(inFlight)
    },
  }
}
