/** Cost of events that are kept in D1, and the time at which a database is full. */
import type { World } from '../bench-world.ts'
import { tableOf } from '../report.ts'

/** @see https://developers.cloudflare.com/d1/platform/pricing/ and /limits/: Workers Paid */
const DOLLARS_A_GB_MONTH = 0.75
const INCLUDED_GB = 5
const DATABASE_MAX_GB = 10

const GB = 1e9
const MILLION = 1_000_000
const VOLUMES = [1, 10, 100] as const
const KEPT_MONTHS = [1, 3, 12] as const

/** Bytes of the database, with its indexes, for each event in it. */
export async function bytesAnEvent({ runtime }: Pick<World, 'runtime'>): Promise<number> {
  const { STORE } = await runtime.bindings<{ STORE: D1Database }>('consumer')
  const { results, meta } = await STORE.prepare('SELECT sum(events) AS events FROM segments').all<{
    events: number
  }>()
  return meta.size_after / (results[0]?.events ?? Number.NaN)
}

export interface Kept {
  readonly gigabytes: number
  /** A month, beyond what the plan includes; null if no database holds that much. */
  readonly dollars: number | null
}

/** Contents of the store if so many million events come a month, and each is kept for so many months. */
export function kept(bytes: number, millionsAMonth: number, months: number): Kept {
  const gigabytes = (bytes * millionsAMonth * MILLION * months) / GB
  const isFull = gigabytes > DATABASE_MAX_GB
  return { gigabytes, dollars: isFull ? null : Math.max(0, gigabytes - INCLUDED_GB) * DOLLARS_A_GB_MONTH }
}

/** The price of a million events for each month in which they are kept, nothing free. */
export const millionKeptDollars = (bytes: number): number => (bytes * MILLION * DOLLARS_A_GB_MONTH) / GB

/** How many days until the database is full, if nothing is removed. */
export const daysUntilFull = (bytes: number, millionsAMonth: number): number =>
  (DATABASE_MAX_GB * GB * 30.4) / (bytes * millionsAMonth * MILLION)

export const storageText = (bytes: number): string =>
  tableOf(
    [
      'million events a month',
      ...KEPT_MONTHS.map((months) => `kept for ${months} ${months === 1 ? 'month' : 'months'}`),
      `full (${DATABASE_MAX_GB} GB) after`,
    ],
    VOLUMES.map((volume) => [
      String(volume),
      ...KEPT_MONTHS.map((months) => {
        const { gigabytes, dollars } = kept(bytes, volume, months)
        return `${gigabytes.toFixed(1)} GB, ${dollars === null ? 'more than a database holds' : `$${dollars.toFixed(2)}`}`
      }),
      `${Math.round(daysUntilFull(bytes, volume))} days`,
    ]),
  )
