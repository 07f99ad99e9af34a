/** Whether many sources slow down one: latency with one source and with ten thousand, known to the isolate and not. */
import { GENERIC_SOURCE, genericShot } from '../deliveries.ts'
import type { Effort, Finding, Group } from '../group.ts'
import { fire } from '../load.ts'
import { type Spread, ratioOf, spreadOf, textOf } from '../spread.ts'
import { IDLE_CONSUMER, type World, openWorld, within } from '../bench-world.ts'

const EFFORT = {
  full: { few: 200, many: 10_000, rounds: 5, warmShots: 150, coldShots: 40 },
  quick: { few: 20, many: 100, rounds: 1, warmShots: 5, coldShots: 5 },
} as const

/** Sources are saved so many at a time. */
const SAVED_AT_ONCE = 32
const BYTES = 2_048

interface Latencies {
  /** Milliseconds, one a round. */
  readonly warm: number[]
  readonly cold: number[]
}

export const sources: Group = { name: 'sources', run }

async function run(effort: Effort): Promise<Finding> {
  const { few, many, rounds, warmShots, coldShots } = EFFORT[effort]
  const idle = { entries: { consumer: IDLE_CONSUMER } }
  return within([openWorld(idle), openWorld(idle)], async ([small, large]) => {
    if (small === undefined || large === undefined) throw new Error('two worlds were opened')
    await save(small, few)
    await save(large, many)
    const measured = { small: newLatencies(), large: newLatencies() }
    const worlds = [
      [small, few, measured.small],
      [large, many, measured.large],
    ] as const
    for (let round = 0; round <= rounds; round++) {
      for (const [world, count, latencies] of worlds) {
        const warm = Array.from({ length: warmShots }, () => genericShot(world.gateway, 'source-0', BYTES))
        // Spread over all that are saved, and none twice: the isolate has not met them.
        const cold = Array.from({ length: round === 0 ? 0 : coldShots }, (_, i) => {
          const nth = 1 + (((round - 1) * coldShots + i) * Math.floor(count / (rounds * coldShots + 1)) || i)
          return genericShot(world.gateway, `source-${nth}`, BYTES)
        })
        const { p50Ms } = await fire(warm, 1)
        if (round === 0) continue
        latencies.warm.push(p50Ms)
        latencies.cold.push((await fire(cold, 1)).p50Ms)
      }
    }
    const ratio = (of: keyof Latencies): Spread => ratioOf(measured.large[of], measured.small[of])
    const row = (name: string, of: keyof Latencies) => [
      name,
      spreadOf(measured.small[of]).median.toFixed(2),
      spreadOf(measured.large[of]).median.toFixed(2),
      textOf(ratio(of)),
    ]
    return {
      title: 'One source among many',
      notes: [
        `Median latency in milliseconds, one at a time, with ${few} and with ${many.toLocaleString('en-US')} sources saved. Warm: the same source again. Cold: a source that is new to the isolate. The registry is called, the secrets are decrypted, and the guard is started, which was evicted among thousands.`,
      ],
      columns: ['', `${few} sources`, `${many.toLocaleString('en-US')} sources`, 'ratio'],
      rows: [row('warm', 'warm'), row('cold', 'cold')],
      readings: [],
      data: measured,
    }
  })
}

const newLatencies = (): Latencies => ({ warm: [], cold: [] })

async function save(world: World, count: number): Promise<void> {
  let next = 0
  const saver = async (): Promise<void> => {
    for (let nth = next++; nth < count; nth = next++) await world.put(`source-${nth}`, GENERIC_SOURCE)
  }
  await Promise.all(Array.from({ length: SAVED_AT_ONCE }, saver))
}
