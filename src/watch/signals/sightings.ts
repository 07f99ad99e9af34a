/** Counts by name in a sliding window, in bounded memory. */
import { parseNetwork } from '../../platform/network.ts'

export interface Sighting {
  readonly bin: number
  readonly name: string
  count: number
}

/** Rows that are kept. An attack from more names is found long before. */
const ROWS_MAX = 80

/** A row counts all of five minutes. */
const BIN_MINUTES = 5

export type Sightings = Sighting[]

/** Forgets what is older than a window, or newer than now because the clock was set back. */
export function forgetBefore(sightings: Sightings, minute: number, windowMinutes: number): void {
  const first = sightings[0]
  if (first === undefined) return
  const now = Math.floor(minute / BIN_MINUTES)
  const oldest = Math.floor((minute - windowMinutes) / BIN_MINUTES)
  if (first.bin > oldest && (sightings.at(-1)?.bin ?? 0) <= now) return
  const kept = sightings.filter(({ bin }) => bin > oldest && bin <= now)
  sightings.splice(0, sightings.length, ...kept)
}

export function sight(sightings: Sightings, minute: number, name: string, count: number): void {
  const bin = Math.floor(minute / BIN_MINUTES)
  for (let i = sightings.length - 1; i >= 0; i -= 1) {
    const one = sightings[i]
    if (one === undefined || one.bin !== bin) break
    if (one.name !== name) continue
    one.count += count
    return
  }
  if (sightings.length >= ROWS_MAX) sightings.shift()
  sightings.push({ bin, name, count })
}

export function sumsByName(sightings: Sightings): Map<string, number> {
  const sums = new Map<string, number>()
  for (const { name, count } of sightings) sums.set(name, (sums.get(name) ?? 0) + count)
  return sums
}

export const totalOf = (sums: ReadonlyMap<string, number>): number => {
  let total = 0
  for (const count of sums.values()) total += count
  return total
}

const NETWORKS_MAX = 10

/** Names of networks by their count, the highest first. What is no network (`other`, `unknown`) is left out. */
export const mostActive = (counts: Iterable<readonly [network: string, count: number]>): string[] =>
  [...counts]
    .filter(([network]) => parseNetwork(network) !== undefined)
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, NETWORKS_MAX)
    .map(([network]) => network)

/** The first minute of what is kept, or of one name. */
export function firstMinute(sightings: Sightings, name?: string): number {
  const first = sightings.find((one) => name === undefined || one.name === name)
  return (first?.bin ?? 0) * BIN_MINUTES
}
