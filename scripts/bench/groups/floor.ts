/** The gateway against the least that the platform allows, on the same traffic, in turns. */
import { GENERIC_SOURCE, genericShot } from '../deliveries.ts'
import type { Effort, Finding, Group } from '../group.ts'
import { type Shot, type Volley, fire } from '../load.ts'
import { type Spread, ratioOf, spreadOf, textOf } from '../spread.ts'
import { ENTRIES, IDLE_CONSUMER, type World, openWorld, within } from '../world.ts'

interface Traffic {
  readonly atOnce: number
  readonly bytes: number
  readonly sources: number
}

const KB = 1_024
const HUNDRED = 100

const AT_ONCE = [1, 10, 50]

const trafficOf = (atOnce: number): readonly Traffic[] => [
  ...[512, 2 * KB, 64 * KB].map((bytes) => ({ atOnce, bytes, sources: 1 })),
  { atOnce, bytes: 2 * KB, sources: HUNDRED },
]

/** At the start and at the end of a volley fewer are at once: thirty rounds of each, so that it does not show. */
const EFFORT = {
  full: { rounds: ({ atOnce }: Traffic) => (atOnce === 1 ? 15 : 7), shots: ({ atOnce, bytes }: Traffic) => Math.max(150, 30 * atOnce) / (bytes > 9_999 ? 4 : 1) },
  quick: { rounds: () => 1, shots: ({ atOnce }: Traffic) => atOnce },
} // prettier-ignore

const DRAIN_MAX_MS = 30_000

/** Until code is compiled as it stays: anew for each number at once, since alone a call takes another way than with others. */
const WARM_UP_SHOTS = { full: 8_000, quick: 10 }

interface Measured extends Traffic {
  readonly ours: Volley
  readonly floor: Volley
  /** Ours over the floor. */
  readonly throughput: Spread
  readonly p50: Spread
  readonly p99: Spread
  /** The median of what is written by hand over the floor's. */
  readonly byHand: Spread
}

/** Where the goals are. */
const isUsual = ({ bytes, sources }: Traffic): boolean => bytes === 2 * KB && sources === 1
const isLone = (traffic: Traffic): boolean => isUsual(traffic) && traffic.atOnce === 1

export const floor: Group = { name: 'floor', run }

async function run(effort: Effort): Promise<Finding> {
  const ours = openWorld({ entries: { consumer: IDLE_CONSUMER } })
  const bare = openWorld({ entries: { gateway: `${ENTRIES}floor.ts`, consumer: IDLE_CONSUMER } })
  const byHand = openWorld({ entries: { gateway: `${ENTRIES}by-hand.ts`, consumer: IDLE_CONSUMER } })
  const measured = await within([ours, bare, byHand], async ([ours, bare, byHand]) => {
    if (ours === undefined || bare === undefined || byHand === undefined)
      throw new Error('three worlds were opened')
    for (let i = 0; i < HUNDRED; i++) await ours.put(`source-${i}`, GENERIC_SOURCE)
    const all: Measured[] = []
    for (const atOnce of AT_ONCE) {
      for (const { gateway } of [ours, bare, byHand])
        await fire(made(gateway, { atOnce, bytes: 2 * KB, sources: 1 }, WARM_UP_SHOTS[effort]), atOnce)
      for (const traffic of trafficOf(atOnce))
        all.push(await measure(traffic, { ours, bare, byHand }, effort))
    }
    return all
  })
  return {
    title: 'The gateway against the floor',
    notes: [
      'Floor: a Worker that reads the body, verifies one HMAC with a cached key, calls one object that counts in memory, and sends one message. Ours: the gateway as it is deployed. Both in workerd through Miniflare without its development proxy, one process each, the same queue and an idle consumer; in turns, the sender beside them on the same machine.',
      'By hand: one function for one sender that does what the floor does and a delivery’s work besides: claims it in memory, reads the event, names it by a digest, seals it, and logs it before it answers. No limit, no deadline, no second secret, no quota, nothing durable, no quarantine. So much of the distance is the work, and the rest is what the gateway promises beyond it.',
      'Ratios are ours over the floor, and of the last column by hand over the floor: throughput as high as it can be, latency as low. With a hundred sources a hundred guards write their first claims at once to one disk, and the runtime waits for each; on Cloudflare every object has a place of its own.',
    ],
    columns: ['at once', 'body', 'sources', 'ours /s', 'floor /s', 'throughput', 'p50', 'p99', 'p50 by hand'],
    rows: measured.map((one) => [
      String(one.atOnce),
      `${one.bytes / KB} KB`,
      String(one.sources),
      one.ours.perSecond.toFixed(0),
      one.floor.perSecond.toFixed(0),
      textOf(one.throughput),
      textOf(one.p50),
      textOf(one.p99),
      textOf(one.byHand),
    ]),
    readings: measured.flatMap((one) => [
      ...(isUsual(one) && one.atOnce === 50 ? [{ goal: 'throughput' as const, spread: one.throughput }] : []),
      ...(isLone(one) ? [{ goal: 'latency' as const, spread: one.p50 }] : []),
    ]),
    data: measured,
  }
}

interface Worlds {
  readonly ours: World
  readonly bare: World
  readonly byHand: World
}

async function measure(traffic: Traffic, worlds: Worlds, effort: Effort): Promise<Measured> {
  const { rounds, shots } = EFFORT[effort]
  const count = Math.max(traffic.atOnce, Math.ceil(shots(traffic)))
  const turns = [worlds.ours, worlds.bare, worlds.byHand]
  const volley = ({ gateway }: World) => fire(made(gateway, traffic, count), traffic.atOnce)
  const volleys: Volley[][] = turns.map(() => [])
  for (const world of turns) await volley(world)
  // Else what other traffic has queued is worked off beside this one's first rounds.
  for (const { runtime } of Object.values(worlds) as World[])
    if (!(await runtime.drained(DRAIN_MAX_MS))) throw new Error('the queue does not empty')
  for (let round = 0; round < rounds(traffic); round++)
    for (const [i, world] of turns.entries()) volleys[i]?.push(await volley(world))

  const [ours = [], bare = [], byHand = []] = volleys
  const ratio = (of: keyof Volley, some = ours) =>
    ratioOf(
      some.map((volley) => volley[of]),
      bare.map((volley) => volley[of]),
    )
  return {
    ...traffic,
    ours: middle(ours),
    floor: middle(bare),
    throughput: ratio('perSecond'),
    p50: ratio('p50Ms'),
    p99: ratio('p99Ms'),
    byHand: ratio('p50Ms', byHand),
  }
}

const made = (gateway: URL, { bytes, sources }: Traffic, count: number): Shot[] =>
  Array.from({ length: count }, (_, i) => genericShot(gateway, `source-${i % sources}`, bytes))

const middle = (volleys: readonly Volley[]): Volley => {
  const of = (key: keyof Volley) => spreadOf(volleys.map((volley) => volley[key])).median
  return { perSecond: of('perSecond'), p50Ms: of('p50Ms'), p99Ms: of('p99Ms') }
}
