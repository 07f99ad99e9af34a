/** Runs the simulated accounts at a steady rate until stopped. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type AttackName, attackTraffic } from './attack-traffic.ts'
import { type Random, pick } from './mail.ts'
import { post } from './post.ts'
import type { Stage } from './stage.ts'

export interface PlayOptions {
  /** Deliveries per second over all stages. */
  readonly perSecond: number
  /** The share of attack traffic in all deliveries: 0 to 1. */
  readonly attackShare: number
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

/** After this many refusals in a row, an account's source was changed or removed, so the account stops sending. */
const REFUSALS_MAX = 3

/** The maximum of deliveries in flight. If the receiver is slow, the simulator waits. */
const IN_FLIGHT_MAX = 16

export function play(stages: readonly Stage[], options: PlayOptions): Play {
  const { perSecond, random, nowMs } = options
  const ended = new AbortController()
  const inFlight = new Set<Promise<void>>()
  const refusals = new Map<Stage, number>()
  const nowSeconds = () => Math.floor(nowMs() / 1_000)
  const wait = (seconds: number) => sleep(seconds * 1_000, true, { signal: ended.signal }).catch(() => false)

  const deliver = async (stage: Stage): Promise<void> => {
    const made = random() < options.attackShare ? await attack(stage) : await genuine(stage)
    if (made === undefined) return
    const answer = await post(stage.target, made.request, { wait })
    const status = answer?.status
    if (made.attackTraffic === undefined) {
      const refused = status !== undefined && status >= 400 && status < 500 && status !== 429
      refusals.set(stage, refused ? (refusals.get(stage) ?? 0) + 1 : 0)
    }
    options.onDelivery({ source: stage.name, events: made.events, attackTraffic: made.attackTraffic, status })
  }

  const genuine = async (stage: Stage) => {
    if (stage.waitingSince(nowSeconds()) === undefined) stage.write(nowSeconds(), random)
    const next = await stage.next(nowSeconds())
    return next === undefined ? undefined : { ...next, attackTraffic: undefined }
  }

  const attack = async (stage: Stage) => {
    const { account, forger, past } = stage
    const simulated = stage.inventedEvent(nowSeconds(), random)
    const made = await attackTraffic({ account, forger, past, simulated, nowSeconds: nowSeconds(), random })
    return made === undefined ? undefined : { request: made.request, events: 0, attackTraffic: made.name }
  }

  const run = async (): Promise<void> => {
    do {
      const playing = stages.filter((stage) => (refusals.get(stage) ?? 0) < REFUSALS_MAX)
      if (playing.length === 0) return
      if (inFlight.size >= IN_FLIGHT_MAX) continue
      const delivery: Promise<void> = deliver(nextStage(playing, nowSeconds(), random)).finally(() =>
        inFlight.delete(delivery),
      )
      inFlight.add(delivery)
    } while (await wait(1 / perSecond))
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

/** Mostly the stage whose events have waited longest, else a random one. */
function nextStage(stages: readonly Stage[], nowSeconds: number, random: Random): Stage {
  const waiting = stages
    .map((stage) => ({ stage, since: stage.waitingSince(nowSeconds) }))
    .filter(({ since }) => since !== undefined)
    .toSorted((a, b) => (a.since ?? 0) - (b.since ?? 0))
  return random() < 0.6 && waiting[0] !== undefined ? waiting[0].stage : pick(stages, random)
}
