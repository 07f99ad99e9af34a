/** The real Workers with a meter on every binding, and their counts. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type World, openWorld } from '../bench-world.ts'
import { jsonOf, send } from '../../src/simulator/http.ts'
import { ROOT } from '../../scripts/workers.ts'
import { ARCHIVE_PATH, COUNTS_PATH, DESTINATIONS_PATH, WATCH_PATH } from './control.ts'
import { type Counts, added } from './meter/counts.ts'

const entries = {
  gateway: `${ROOT}bench/cost/entries/gateway.ts`,
  consumer: `${ROOT}bench/cost/entries/consumer.ts`,
}

/** The time within which reports and alarms are written. */
const SETTLE_MS = 1_500
const HASTY_SETTLE_MS = 300
const DRAIN_MS = 60_000

export interface MeteredWorld extends World {
  /** Waits until nothing is in flight, and returns the counts of all Workers since the last call. */
  readonly taken: () => Promise<Counts>
  /** Usage of destinations since the last call, without waiting. */
  readonly takenByDestinations: () => Promise<Counts>
  /** Lets the next minute be watched, and returns what the watch has used since the last call. */
  readonly watchedMinute: () => Promise<Counts>
  /** Lets the archive run so many days later until it has nothing to do, and returns what it has used since the last call. */
  readonly archived: (daysLater: number) => Promise<Counts>
}

interface Options {
  /** How long the queue collects a batch; the configuration's value if absent. */
  readonly queueWaitSeconds?: number
  /** If true, it does not wait for reports of refusals. */
  readonly hasty?: boolean
}

export async function openMeteredWorld({ queueWaitSeconds, hasty }: Options = {}): Promise<MeteredWorld> {
  const world = await openWorld({
    entries,
    ...(queueWaitSeconds === undefined ? {} : { queueWaitSeconds }),
    bindings: { PRIVATE_DESTINATIONS: 'allowed' },
  })
  const countsAt = async (url: URL): Promise<Counts> =>
    jsonOf(await send(url, { method: 'GET', headers: {}, body: new Uint8Array(0) })) as Counts
  return {
    ...world,
    takenByDestinations: () => countsAt(new URL(DESTINATIONS_PATH, world.runtime.url('consumer'))),
    watchedMinute: () => countsAt(new URL(WATCH_PATH, world.runtime.url('consumer'))),
    archived: (daysLater) =>
      countsAt(new URL(`${ARCHIVE_PATH}?days=${daysLater}`, world.runtime.url('consumer'))),
    async taken() {
      if (!(await world.runtime.drained(DRAIN_MS))) throw new Error('the queue does not empty')
      await sleep(hasty === true ? HASTY_SETTLE_MS : SETTLE_MS)
      return added([
        await countsAt(new URL(COUNTS_PATH, world.gateway)),
        await countsAt(world.runtime.url('consumer')),
      ])
    },
  }
}
