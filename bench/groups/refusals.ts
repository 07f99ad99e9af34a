/** A flood of forgeries: how many the gateway refuses, and what each costs, counted at every binding. */
import { openMeteredWorld } from '../cost/metered-world.ts'
import { type Counts, sumOf } from '../cost/meter/counts.ts'
import { GENERIC_SOURCE, genericShot } from '../deliveries.ts'
import type { Effort, Finding, Group } from '../group.ts'
import { fire } from '../load.ts'
import { exactly } from '../spread.ts'

const FORGERIES = { full: 10_000, quick: 200 } as const
const AT_ONCE = 50
const FORGED_KEY = 'not-the-key-0123456789-0123456789'

/** From one address the failure rate limiter answers after a while. With a new address for each forgery it never does. */
const FLOODS = [
  { from: 'one address', address: () => '192.0.2.1' },
  { from: 'an address each', address: (i: number) => `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}` },
] as const

interface Flood {
  readonly from: string
  readonly perSecond: number
  readonly calls: number
  readonly rows: number
  readonly queue: number
  readonly logBytes: number
}

export const refusals: Group = { name: 'refusals', run }

async function run(effort: Effort): Promise<Finding> {
  const floods: Flood[] = []
  for (const flood of FLOODS) floods.push(await measure(flood, FORGERIES[effort]))
  return {
    title: `A flood of ${FORGERIES[effort].toLocaleString('en-US')} forgeries`,
    notes: [
      'Signed with a wrong key, 2 KB, 50 at once. Counted at the bindings of the gateway, with everything that follows within a second, divided by the number of forgeries.',
    ],
    columns: ['from', 'forgeries /s', 'object calls', 'rows written', 'queue operations', 'log bytes'],
    rows: floods.map(({ from, perSecond, calls, rows, queue, logBytes }) => [
      from,
      perSecond.toFixed(0),
      calls.toFixed(4),
      rows.toFixed(4),
      queue.toFixed(4),
      logBytes.toFixed(1),
    ]),
    readings: floods.flatMap(({ from, calls, rows, queue }) => [
      { goal: 'forgeryCalls' as const, of: `from ${from}`, spread: exactly(calls) },
      { goal: 'forgeryRows' as const, of: `from ${from}`, spread: exactly(rows) },
      { goal: 'forgeryQueue' as const, of: `from ${from}`, spread: exactly(queue) },
    ]),
    data: floods,
  }
}

async function measure({ from, address }: (typeof FLOODS)[number], forgeries: number): Promise<Flood> {
  const world = await openMeteredWorld()
  try {
    await world.put('flooded', GENERIC_SOURCE)
    await fire([genericShot(world.gateway, 'flooded', 2_048)], 1)
    await world.taken()
    const shots = Array.from({ length: forgeries }, (_, i) => {
      const shot = genericShot(world.gateway, 'flooded', 2_048, FORGED_KEY)
      return { ...shot, headers: { ...shot.headers, 'cf-connecting-ip': address(i) } }
    })
    // Rate-limited ones get a 429, the others a 401: both are refusals.
    const { perSecond } = await fire(shots, AT_ONCE, [401, 429])
    return { from, perSecond, ...each(await world.taken(), forgeries) }
  } finally {
    await world.runtime.close()
  }
}

const each = (counts: Counts, forgeries: number) => ({
  calls: sumOf(counts.object_calls) / forgeries,
  rows: (sumOf(counts.object_rows_written) + sumOf(counts.d1_rows_written)) / forgeries,
  queue: sumOf(counts.queue_operations) / forgeries,
  logBytes: sumOf(counts.log_bytes) / forgeries,
})
