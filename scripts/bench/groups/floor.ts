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

const TRAFFIC: readonly Traffic[] = [
  ...[512, 2 * KB, 64 * KB].flatMap((bytes) => [1, 10, 50].map((atOnce) => ({ atOnce, bytes, sources: 1 }))),
  ...[1, 10, 50].map((atOnce) => ({ atOnce, bytes: 2 * KB, sources: HUNDRED })),
]

/** At the start and at the end of a volley fewer are at once: thirty rounds of each, so that it does not show. */
const EFFORT = {
  full: { rounds: 7, shots: ({ atOnce, bytes }: Traffic) => Math.max(150, 30 * atOnce) / (bytes > 9_999 ? 4 : 1) },
  quick: { rounds: 1, shots: ({ atOnce }: Traffic) => atOnce },
} // prettier-ignore

interface Measured extends Traffic {
  readonly ours: Volley
  readonly floor: Volley
  /** Ours over the floor. */
  readonly throughput: Spread
  readonly p50: Spread
  readonly p99: Spread
}

export const floor: Group = { name: 'floor', run }

async function run(effort: Effort): Promise<Finding> {
  const ours = openWorld({ entries: { consumer: IDLE_CONSUMER } })
  const bare = openWorld({ entries: { gateway: `${ENTRIES}floor.ts`, consumer: IDLE_CONSUMER } })
  const measured = await within([ours, bare], async ([ours, bare]) => {
    if (ours === undefined || bare === undefined) throw new Error('two worlds were opened')
    for (let i = 0; i < HUNDRED; i++) await ours.put(`source-${i}`, GENERIC_SOURCE)
    const all: Measured[] = []
    for (const traffic of TRAFFIC) all.push(await measure(traffic, ours, bare, effort))
    return all
  })
  return {
    title: 'The gateway against the floor',
    notes: [
      'Floor: a Worker that reads the body, verifies one HMAC with a cached key, calls one object that counts in memory, and sends one message. Ours: the gateway as it is deployed. Both in workerd through Miniflare without its development proxy, one process each, the same queue and an idle consumer; in turns, the sender beside them on the same machine.',
      'Ratios are ours over the floor: throughput as high as it can be, latency as low. With a hundred sources a hundred guards write their first claims at once to one disk, and the runtime waits for each; on Cloudflare every object has a place of its own.',
    ],
    columns: ['at once', 'body', 'sources', 'ours /s', 'floor /s', 'throughput', 'p50', 'p99'],
    rows: measured.map((one) => [
      String(one.atOnce),
      `${one.bytes / KB} KB`,
      String(one.sources),
      one.ours.perSecond.toFixed(0),
      one.floor.perSecond.toFixed(0),
      textOf(one.throughput),
      textOf(one.p50),
      textOf(one.p99),
    ]),
    readings: measured
      .filter(({ bytes, sources }) => bytes === 2 * KB && sources === 1)
      .flatMap(({ atOnce, throughput, p50 }) => [
        ...(atOnce === 50 ? [{ goal: 'throughput' as const, spread: throughput }] : []),
        ...(atOnce === 1 ? [{ goal: 'latency' as const, spread: p50 }] : []),
      ]),
    data: measured,
  }
}

async function measure(traffic: Traffic, ours: World, bare: World, effort: Effort): Promise<Measured> {
  const { rounds, shots } = EFFORT[effort]
  const count = Math.max(traffic.atOnce, Math.ceil(shots(traffic)))
  const volley = (gateway: URL) => fire(made(gateway, traffic, count), traffic.atOnce)
  await volley(ours.gateway)
  await volley(bare.gateway)
  const a: Volley[] = []
  const b: Volley[] = []
  for (let round = 0; round < rounds; round++) {
    a.push(await volley(ours.gateway))
    b.push(await volley(bare.gateway))
  }
  const ratio = (of: keyof Volley) =>
    ratioOf(
      a.map((volley) => volley[of]),
      b.map((volley) => volley[of]),
    )
  return {
    ...traffic,
    ours: middle(a),
    floor: middle(b),
    throughput: ratio('perSecond'),
    p50: ratio('p50Ms'),
    p99: ratio('p99Ms'),
  }
}

const made = (gateway: URL, { bytes, sources }: Traffic, count: number): Shot[] =>
  Array.from({ length: count }, (_, i) => genericShot(gateway, `source-${i % sources}`, bytes))

const middle = (volleys: readonly Volley[]): Volley => {
  const of = (key: keyof Volley) => spreadOf(volleys.map((volley) => volley[key])).median
  return { perSecond: of('perSecond'), p50Ms: of('p50Ms'), p99Ms: of('p99Ms') }
}
