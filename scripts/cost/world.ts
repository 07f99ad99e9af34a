/** The real Workers with a meter on every binding, and what they have counted. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type World, openWorld } from '../bench/world.ts'
import { jsonOf, send } from '../local/http.ts'
import { ROOT } from '../workers.ts'
import { COUNTS_PATH } from './control.ts'
import { type Counts, added } from './meter/counts.ts'

const ENTRIES = {
  gateway: `${ROOT}scripts/cost/entries/gateway.ts`,
  consumer: `${ROOT}scripts/cost/entries/consumer.ts`,
} as const

/** Reports and alarms of a second are written within this. */
const SETTLE_MS = 1_500
const DRAIN_MS = 60_000

export interface MeteredWorld extends World {
  /** Waits until nothing is on its way, and takes what all Workers have counted since the last time. */
  readonly taken: () => Promise<Counts>
}

export async function openMeteredWorld(
  entries: Partial<typeof ENTRIES> = ENTRIES,
  queueWaitSeconds?: number,
): Promise<MeteredWorld> {
  const world = await openWorld({
    entries,
    ...(queueWaitSeconds === undefined ? {} : { queueWaitSeconds }),
  })
  const countsAt = async (url: URL): Promise<Counts> =>
    jsonOf(await send(url, { method: 'GET', headers: {}, body: new Uint8Array(0) })) as Counts
  return {
    ...world,
    async taken() {
      if (!(await world.runtime.drained(DRAIN_MS))) throw new Error('the queue does not empty')
      await sleep(SETTLE_MS)
      return added([
        await countsAt(new URL(COUNTS_PATH, world.gateway)),
        ...(entries.consumer === undefined ? [] : [await countsAt(world.runtime.url('consumer'))]),
      ])
    },
  }
}
