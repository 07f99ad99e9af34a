/** The gateway against the least that the platform allows, on the same traffic, in turns. */
import { GENERIC_SOURCE, genericShot } from '../deliveries.ts'
import type { GoalName } from '../goals.ts'
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

/** Calls for warming up. Eight times as many give the same figures. */
const WARM_UP_SHOTS = { full: 1_000, quick: 10 }

/**
 * One at a time, so few before the next one's turn: else what the machine does in the meantime is taken for a difference. More at
 * once would be fewer at the ends of each turn.
 */
const LONE_SHOTS_A_TURN = 10

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

/** Rows with a goal. */
const GOALS_OF: readonly (readonly [GoalName, Traffic])[] = [
  ['throughput', { atOnce: 50, bytes: 2 * KB, sources: 1 }],
  ['throughputOf10', { atOnce: 10, bytes: 2 * KB, sources: 1 }],
  ['throughputOfSources', { atOnce: 50, bytes: 2 * KB, sources: HUNDRED }],
  ['throughputOf64Kb', { atOnce: 10, bytes: 64 * KB, sources: 1 }],
]

const LONE: Traffic = { atOnce: 1, bytes: 2 * KB, sources: 1 }
const same = (a: Traffic, b: Traffic): boolean =>
  a.atOnce === b.atOnce && a.bytes === b.bytes && a.sources === b.sources
const isLone = (traffic: Traffic): boolean => same(traffic, LONE)

const TRAFFIC = AT_ONCE.flatMap(trafficOf)
const lone = TRAFFIC.filter(isLone)

/**
 * The rows of each start. The lone delivery has several: two starts of the same code differ by more than the rounds of one do, and a
 * spread that does not hold that would judge the start.
 */
const STARTS = {
  full: [...lone, ...lone, ...TRAFFIC].map((traffic) => [traffic]),
  quick: [
    lone,
    TRAFFIC.filter((traffic) => isLone(traffic) || GOALS_OF.some(([, row]) => same(traffic, row))),
  ],
}

export const floor: Group = { name: 'floor', run }

async function run(effort: Effort): Promise<Finding> {
  const rounds = new Map<Traffic, Turns<Volley>[]>(TRAFFIC.map((traffic) => [traffic, []]))
  for (const rows of STARTS[effort])
    await inFreshWorlds(rows, async (worlds) => {
      for (const traffic of rows) {
        await warmUp(worlds, traffic.atOnce, effort)
        rounds.get(traffic)?.push(...(await roundsOf(traffic, worlds, effort)))
      }
    })
  const measured = [...rounds].flatMap(([traffic, turns]) =>
    turns.length === 0 ? [] : [measuredOf(traffic, turns)],
  )
  return {
    title: 'The gateway against the floor',
    notes: [
      'Floor: a Worker that reads the body, verifies one HMAC with a cached key, calls one object that counts in memory, and sends one message. Ours: the gateway as it is deployed. Both run in workerd through Miniflare without its development proxy, one process each, with the same queue and an idle consumer. They take turns (ten deliveries of each if they come one at a time), and the sender is on the same machine.',
      'By hand: one function for one sender that does what the floor does, and the rest of a delivery’s work. It claims the delivery in memory, reads the event, makes its id, encrypts it, and logs it before it answers. It has no limit, no deadline, no second secret, no quota, nothing durable and no quarantine. So it shows which part of the distance is the work itself; the rest is what the gateway promises beyond it.',
      'Ratios are ours over the floor; the last column is by hand over the floor. A high throughput and a low latency are good. Each row has runtimes of its own, because the floor slows down by a third after rows of large bodies. Processor time is that of the whole runtime, its queue included; it differs less from run to run than the ratios. With a hundred sources, a hundred guards write their first claims at once to one disk, and the runtime waits for each. On Cloudflare every object has its own storage.',
      'One at a time, 2 KB, is measured over three starts, because two starts of the same code differ by more than the rounds of one.',
    ],
    columns: [
      'at once',
      'body',
      'sources',
      'ours /s',
      'floor /s',
      'throughput',
      'ours, µs of processor',
      'floor, µs',
      'p50',
      'p99',
      'p50 by hand',
    ],
    rows: measured.map((one) => [
      String(one.atOnce),
      `${one.bytes / KB} KB`,
      String(one.sources),
      one.ours.perSecond.toFixed(0),
      one.floor.perSecond.toFixed(0),
      textOf(one.throughput),
      one.ours.cpuUs.toFixed(0),
      one.floor.cpuUs.toFixed(0),
      textOf(one.p50),
      textOf(one.p99),
      textOf(one.byHand),
    ]),
    readings: measured.flatMap((one) =>
      GOALS_OF.filter(([, traffic]) => same(traffic, one)).map(([goal]) => ({
        goal,
        spread: one.throughput,
      })),
    ),
    data: measured,
  }
}

async function inFreshWorlds(
  rows: readonly Traffic[],
  work: (worlds: Turns<World>) => Promise<void>,
): Promise<void> {
  const entry = (gateway: string) => openWorld({ entries: { gateway, consumer: IDLE_CONSUMER } })
  const opened = [
    openWorld({ entries: { consumer: IDLE_CONSUMER } }),
    entry(`${ENTRIES}floor.ts`),
    entry(`${ENTRIES}by-hand.ts`),
  ]
  await within(opened, async ([ours, bare, byHand]) => {
    if (ours === undefined || bare === undefined || byHand === undefined)
      throw new Error('three worlds were opened')
    const sources = Math.max(...rows.map((traffic) => traffic.sources))
    for (let i = 0; i < sources; i++) await ours.put(`source-${i}`, GENERIC_SOURCE)
    await work({ ours, bare, byHand })
  })
}

async function warmUp(worlds: Turns<World>, atOnce: number, effort: Effort): Promise<void> {
  for (const { gateway } of Object.values(worlds))
    await fire(shotsOf(gateway, { ...LONE, atOnce }, WARM_UP_SHOTS[effort]), atOnce)
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
  for (const { runtime } of effort === 'quick' ? [] : [ours, bare, byHand])
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
  return { perSecond: of('perSecond'), cpuUs: of('cpuUs'), p50Ms: of('p50Ms'), p99Ms: of('p99Ms') }
}
