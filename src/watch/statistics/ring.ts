/** Counts of the last hours in bins of equal width, in constant memory. Minutes are Unix minutes. */

/** Plain data: it is stored as JSON. */
export interface Ring {
  readonly binMinutes: number
  /** Index of the newest bin: Unix minutes divided by the width. */
  newest: number
  readonly bins: number[]
}

export const newRing = (binMinutes: number, bins: number): Ring => ({
  binMinutes,
  newest: -1,
  bins: Array.from({ length: bins }, () => 0),
})

/** Moves to a minute. Bins that leave are emptied, after `leaving` has seen them (their number and their index). */
export function advance(ring: Ring, minute: number, leaving?: (count: number, bin: number) => void): void {
  const bin = Math.floor(minute / ring.binMinutes)
  const { length } = ring.bins
  if (bin === ring.newest) return
  if (bin < ring.newest || bin - ring.newest > length) {
    // The clock jumped: what is here belongs to another time.
    ring.bins.fill(0)
    ring.newest = bin
    return
  }
  while (ring.newest < bin) {
    ring.newest += 1
    const slot = ring.newest % length
    if (leaving !== undefined) leaving(ring.bins[slot] ?? 0, ring.newest - length)
    ring.bins[slot] = 0
  }
}

/** Digits that a sum does not need would double the stored state. */
const PRECISION = 1e4

/** Adds to the newest bin. Counts may have a fraction of four digits. */
export function add(ring: Ring, count: number): void {
  const slot = Math.max(ring.newest, 0) % ring.bins.length
  ring.bins[slot] = Math.round(((ring.bins[slot] ?? 0) + count) * PRECISION) / PRECISION
}

/** The count of a bin, by how many bins it is older than the newest. */
export function binAt(ring: Ring, age: number): number {
  const { length } = ring.bins
  if (age >= length || ring.newest - age < 0) return 0
  return ring.bins[(ring.newest - age) % length] ?? 0
}

/** Sum of the last `minutes`, rounded up to whole bins; `skipMinutes` leaves out the newest ones. */
export function sumOf(ring: Ring, minutes: number, skipMinutes = 0): number {
  const { bins, newest, binMinutes } = ring
  const first = Math.floor(skipMinutes / binMinutes)
  const end = Math.min(first + Math.ceil(minutes / binMinutes), bins.length, newest + 1)
  let sum = 0
  // Most of the time of a minute is spent here, so the slot is not divided again for each bin.
  let slot = Math.max(newest - first, 0) % bins.length
  for (let age = first; age < end; age += 1) {
    sum += bins[slot] ?? 0
    slot = slot === 0 ? bins.length - 1 : slot - 1
  }
  return sum
}

/** The minute since which a window's excess over what is usual has grown: where the sum from there to now is largest. */
export function onsetMinute(ring: Ring, minutes: number, excess: (age: number) => number): number {
  const bins = Math.min(Math.ceil(minutes / ring.binMinutes), ring.bins.length)
  let sum = 0
  let largest = Number.NEGATIVE_INFINITY
  let onset = 0
  for (let age = 0; age < bins; age += 1) {
    sum += excess(age)
    if (sum <= largest) continue
    largest = sum
    onset = age
  }
  return (ring.newest - onset) * ring.binMinutes
}
