/** The gateway against the least that the platform allows, on the same traffic, in turns. */
import { GENERIC_SOURCE, genericShot } from '../deliveries.ts'
import type { Effort, Finding, Group } from '../group.ts'
import { type Shot, type Volley, fire, fireInTurns } from '../load.ts'
import { type Spread, ratioOf, spreadOf, textOf } from '../spread.ts'
import { ENTRIES, IDLE_CONSUMER, type World, openWorld, within } from '../bench-world.ts'

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

/**
 * At the start and at the end of a volley fewer are at once: twenty rounds of each, so that it does not show. The figure that is
 * hardest to reach has the most rounds.
 */
const EFFORT = {
  full: { rounds: (traffic: Traffic) => (isLone(traffic) ? 12 : 5), shots: ({ atOnce, bytes }: Traffic) => Math.max(150, 20 * atOnce) / (bytes > 9_999 ? 4 : 1) },
  quick: { rounds: () => 1, shots: ({ atOnce }: Traffic) => atOnce },
} // prettier-ignore

const DRAIN_MAX_MS = 30_000

/**
 * Calls for warming up, repeated for each concurrency, because V8 optimizes the code for each separately. Eight times as many calls
 * give the same figures.
 */
const WARM_UP_SHOTS = { full: 1_000, quick: 10 }

/**
 * One at a time, so few before the next one's turn: else what the machine does in the meantime is taken for a difference. More at
 * once would be fewer at the ends of each turn.
 */
const LONE_SHOTS_A_TURN = 10

/**
 * How often everything is started anew for a lone delivery: two starts of the same code differ by more than the rounds of one do,
 * and a spread that does not hold that would judge the start.
 */
const STARTS = { full: 3, quick: 2 }

/** Calls that take turns, or their results. */
interface Turns<T> {
  readonly ours: T
  readonly bare: T
  readonly byHand: T
}

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
const LONE: Traffic = { atOnce: 1, bytes: 2 * KB, sources: 1 }
const isLone = (traffic: Traffic): boolean => isUsual(traffic) && traffic.atOnce === LONE.atOnce

export const floor: Group = { name: 'floor', run }

async function run(effort: Effort): Promise<Finding> {
  const earlier: Turns<Volley>[] = []
  for (let start = 1; start < STARTS[effort]; start++)
    earlier.push(
      ...(await inWorlds(LONE.sources, async (worlds) => {
        await warmUp(worlds, LONE.atOnce, effort)
        return roundsOf(LONE, worlds, effort)
      })),
    )
  const measured = await inWorlds(HUNDRED, async (worlds) => {
    const all: Measured[] = []
    for (const atOnce of AT_ONCE) {
      await warmUp(worlds, atOnce, effort)
      for (const traffic of trafficOf(atOnce)) {
        const last = await roundsOf(traffic, worlds, effort)
        all.push(measuredOf(traffic, isLone(traffic) ? [...earlier, ...last] : last))
      }
    }
    return all
  })
  return {
    title: 'The gateway against the floor',
    notes: [
      'Floor: a Worker that reads the body, verifies one HMAC with a cached key, calls one object that counts in memory, and sends one message. Ours: the gateway as it is deployed. Both run in workerd through Miniflare without its development proxy, one process each, with the same queue and an idle consumer. They take turns (ten deliveries of each if they come one at a time), and the sender is on the same machine.',
      'By hand: one function for one sender that does what the floor does, and the rest of a delivery’s work. It claims the delivery in memory, reads the event, makes its id, encrypts it, and logs it before it answers. It has no limit, no deadline, no second secret, no quota, nothing durable and no quarantine. So it shows which part of the distance is the work itself; the rest is what the gateway promises beyond it.',
      'Ratios are ours over the floor; the last column is by hand over the floor. A high throughput and a low latency are good. With a hundred sources, a hundred guards write their first claims at once to one disk, and the runtime waits for each. On Cloudflare every object has its own storage.',
      'One at a time, 2 KB, is measured over three starts, because two starts of the same code differ by more than the rounds of one.',
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
      ...(isUsual(one) && one.atOnce === 10
        ? [{ goal: 'throughputOf10' as const, spread: one.throughput }]
        : []),
      ...(isUsual(one) && one.atOnce === 50 ? [{ goal: 'throughput' as const, spread: one.throughput }] : []),
    ]),
    data: measured,
  }
}

async function inWorlds<T>(sources: number, work: (worlds: Turns<World>) => Promise<T>): Promise<T> {
  const entry = (gateway: string) => openWorld({ entries: { gateway, consumer: IDLE_CONSUMER } })
  const opened = [
    openWorld({ entries: { consumer: IDLE_CONSUMER } }),
    entry(`${ENTRIES}floor.ts`),
    entry(`${ENTRIES}by-hand.ts`),
  ]
  return within(opened, async ([ours, bare, byHand]) => {
    if (ours === undefined || bare === undefined || byHand === undefined)
      throw new Error('three worlds were opened')
    for (let i = 0; i < sources; i++) await ours.put(`source-${i}`, GENERIC_SOURCE)
    return work({ ours, bare, byHand })
  })
}

async function warmUp({ ours, bare, byHand }: Turns<World>, atOnce: number, effort: Effort): Promise<void> {
  const traffic = { ...LONE, atOnce }
  for (const { gateway } of [ours, bare, byHand])
    await fire(shotsOf(gateway, traffic, WARM_UP_SHOTS[effort]), atOnce)
}

async function roundsOf(
  traffic: Traffic,
  { ours, bare, byHand }: Turns<World>,
  effort: Effort,
): Promise<readonly Turns<Volley>[]> {
  const { rounds, shots } = EFFORT[effort]
  const { atOnce } = traffic
  const count = Math.max(atOnce, Math.ceil(shots(traffic)))
  const shotsATurn = atOnce === 1 ? LONE_SHOTS_A_TURN : count
  const round = async (): Promise<Turns<Volley>> => {
    const made = ({ gateway }: World) => shotsOf(gateway, traffic, count)
    const [first, second, third] = await fireInTurns(
      [made(ours), made(bare), made(byHand)],
      atOnce,
      shotsATurn,
    )
    return { ours: first, bare: second, byHand: third }
  }
  await round()
  // Else what other traffic has queued is worked off beside this one's first rounds.
  for (const { runtime } of [ours, bare, byHand])
    if (!(await runtime.drained(DRAIN_MAX_MS))) throw new Error('the queue does not empty')
  const all: Turns<Volley>[] = []
  for (let i = 0; i < rounds(traffic); i++) all.push(await round())
  return all
}

function measuredOf(traffic: Traffic, rounds: readonly Turns<Volley>[]): Measured {
  const of = (who: keyof Turns<Volley>) => rounds.map((round) => round[who])
  const ratio = (what: keyof Volley, who: keyof Turns<Volley> = 'ours') =>
    ratioOf(
      of(who).map((volley) => volley[what]),
      of('bare').map((volley) => volley[what]),
    )
  return {
    ...traffic,
    ours: middle(of('ours')),
    floor: middle(of('bare')),
    throughput: ratio('perSecond'),
    p50: ratio('p50Ms'),
    p99: ratio('p99Ms'),
    byHand: ratio('p50Ms', 'byHand'),
  }
}

const shotsOf = (gateway: URL, { bytes, sources }: Traffic, count: number): Shot[] =>
  Array.from({ length: count }, (_, i) => genericShot(gateway, `source-${i % sources}`, bytes))

const middle = (volleys: readonly Volley[]): Volley => {
  const of = (key: keyof Volley) => spreadOf(volleys.map((volley) => volley[key])).median
  return { perSecond: of('perSecond'), p50Ms: of('p50Ms'), p99Ms: of('p99Ms') }
}
