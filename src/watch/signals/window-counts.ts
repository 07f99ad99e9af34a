/** Counts by name in a sliding window, in bounded memory. */
import { parseNetwork } from '../../platform/network.ts'
import type { Refused } from './attack-refusals.ts'

interface Row {
  readonly bin: number
  readonly name: string
  /** Minutes of the five that were over before the first that it counts. Rows of an older version do not have it. */
  readonly from?: number
  count: number
}

/** Rows that are kept. An attack from more names is found long before. */
const ROWS_MAX = 70

/** A row counts all of five minutes. */
const BIN_MINUTES = 5

/** In the order of time. */
export type WindowCounts = Row[]

/** Forgets what is older than a window, or newer than now because the clock was set back. */
export function forgetBefore(counts: WindowCounts, minute: number, windowMinutes: number): void {
  const first = counts[0]
  if (first === undefined) return
  const now = Math.floor(minute / BIN_MINUTES)
  const oldest = Math.floor((minute - windowMinutes) / BIN_MINUTES)
  if (first.bin > oldest && (counts.at(-1)?.bin ?? 0) <= now) return
  const kept = counts.filter(({ bin }) => bin > oldest && bin <= now)
  counts.splice(0, counts.length, ...kept)
}

export function recordCount(counts: WindowCounts, minute: number, name: string, count: number): void {
  const bin = Math.floor(minute / BIN_MINUTES)
  for (let i = counts.length - 1; i >= 0; i -= 1) {
    const one = counts[i]
    if (one === undefined || one.bin !== bin) break
    if (one.name !== name) continue
    one.count += count
    return
  }
  if (counts.length >= ROWS_MAX) counts.shift()
  counts.push({ bin, name, from: minute - bin * BIN_MINUTES, count })
}

/** Moves the window on, and counts refusals of a minute by their network. */
export function recordRefused(
  counts: WindowCounts,
  minute: number,
  windowMinutes: number,
  refused: readonly Refused[],
): void {
  forgetBefore(counts, minute, windowMinutes)
  for (const { network, count } of refused) recordCount(counts, minute, network ?? 'unknown', count)
}

export function sumsByName(counts: WindowCounts): Map<string, number> {
  const sums = new Map<string, number>()
  for (const { name, count } of counts) sums.set(name, (sums.get(name) ?? 0) + count)
  return sums
}

export const totalCount = (counts: WindowCounts): number => counts.reduce((sum, { count }) => sum + count, 0)

const NETWORKS_MAX = 10

/** Names of networks by their count, the highest first. What is no network (`other`, `unknown`) is left out. */
export const mostActive = (counts: Iterable<readonly [network: string, count: number]>): string[] =>
  [...counts]
    .filter(([network]) => parseNetwork(network) !== undefined)
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, NETWORKS_MAX)
    .map(([network]) => network)

/** A pause in an attack. After a longer one, what came before is of the attack only if it is not enough without it. */
const PAUSE_BINS = 2

/** Of the most in five minutes. What has less is no part of the attack: most sources see a stray wrong secret now and then. */
const STRAY_SHARE = 1 / 5

/**
 * The minute in which an attack began: from now backwards until there are enough, and on as long as there is no pause. Strays that came
 * before are not of the attack, although they are in the window.
 *
 * @param enough how many are an attack
 * @param name only of this one
 */
export function firstMinute(counts: WindowCounts, enough: number, name?: string): number {
  let [first, began, sum, most] = [0, 0, 0, 0]
  for (const one of counts.toReversed()) {
    if (name !== undefined && one.name !== name) continue
    if (sum >= enough && one.count < STRAY_SHARE * most) continue
    if (sum >= enough && first - one.bin > PAUSE_BINS) break
    first = one.bin
    began = one.bin * BIN_MINUTES + (one.from ?? 0)
    sum += one.count
    most = Math.max(most, one.count)
  }
  return began
}
