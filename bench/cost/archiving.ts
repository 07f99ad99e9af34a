/** Usage of the archive: events are written into files, kept for a year, and removed from the store when they are old. */
import type { World } from '../bench-world.ts'
import { tableOf } from '../report.ts'
import { type Usage, marginal, monthOfMinutes, sumOfItems } from './bill.ts'
import type { MeteredWorld } from './metered-world.ts'
import { operationsOf } from './play.ts'

export interface Archived {
  /** Of what the store holds by now: it is written into files, and those of a day are merged. */
  readonly written: Usage
  /** Of removing the same events from the store. */
  readonly removed: Usage
  /** Of a run that finds nothing to do. One comes each minute. */
  readonly idle: Usage['operations']
  readonly bytesAnEvent: number
}

/** @see https://developers.cloudflare.com/r2/pricing/: standard storage */
const DOLLARS_A_GB_MONTH = 0.015
const MONTHS = 12

/** Past `HOT_DAYS`. */
const LATER_DAYS = 40

export async function archivingCosts(world: MeteredWorld): Promise<Archived> {
  const written = operationsOf(await world.archived(0), 0)
  const { events, bytes } = await filesOf(world)
  const idle = operationsOf(await world.archived(0), 0)
  const before = await heldIn(world)
  const removed = operationsOf(await world.archived(LATER_DAYS), 0)
  const gone = before - (await heldIn(world))
  return {
    written: { deliveries: events, events, operations: written },
    removed: { deliveries: gone, events: gone, operations: removed },
    idle,
    bytesAnEvent: bytes / events,
  }
}

const storeOf = async ({ runtime }: World): Promise<D1Database> =>
  (await runtime.bindings<{ STORE: D1Database }>('consumer')).STORE

async function filesOf(world: World): Promise<{ readonly events: number; readonly bytes: number }> {
  const sums = `SELECT sum(events) AS events, sum(bytes) AS bytes FROM archive_files WHERE state = 'written'`
  const row = await (await storeOf(world)).prepare(sums).first<{ events: number; bytes: number }>()
  if (row === null || !(row.events > 0)) throw new Error('nothing was archived')
  return row
}

const heldIn = async (world: World): Promise<number> =>
  (await (
    await storeOf(world)
  )
    .prepare('SELECT sum(events) AS events FROM segments')
    .first<number>('events')) ?? 0

const yearOf = (bytesAnEvent: number): number => (bytesAnEvent * 1e6 * DOLLARS_A_GB_MONTH * MONTHS) / 1e9

/** The price of a million events that are archived, removed from the store and kept for a year, nothing free. */
export const archivedDollars = ({ written, removed, bytesAnEvent }: Archived): number =>
  sumOfItems(marginal(written, 'events')) + sumOfItems(marginal(removed, 'events')) + yearOf(bytesAnEvent)

export function archivedText({ written, removed, idle, bytesAnEvent }: Archived): string {
  const line = (what: string, usage: Usage) => {
    const items = marginal(usage, 'events')
    const sum = sumOfItems(items)
    const largest = items
      .slice(0, 3)
      .map(({ what: kind, dollars }) => `${kind} ${((100 * dollars) / sum).toFixed(0)} %`)
    return [what, sum.toFixed(3), largest.join(', ')]
  }
  return tableOf(
    ['', '$ a million events', 'of which'],
    [
      line('written into files', written),
      line('removed from the store', removed),
      [
        `kept for ${MONTHS} months, ${Math.round(bytesAnEvent)} bytes an event`,
        yearOf(bytesAnEvent).toFixed(3),
        'R2 storage',
      ],
      [
        'a month of runs that find nothing, whatever comes',
        monthOfMinutes(idle).toFixed(3),
        'not of a million',
      ],
    ],
  )
}
