/** Counts of billable operations. Each Worker's isolate has one instance, which its objects share. */

/** The only list of billable operations, with the bytes by which logs are billed. */
export const KINDS = [
  'requests',
  'object_calls',
  'object_rows_read',
  'object_rows_written',
  'queue_operations',
  'd1_rows_read',
  'd1_rows_written',
  'r2_class_a',
  'r2_class_b',
  'log_bytes',
  /** Milliseconds in which an object was active or about to write: an upper bound, see `object.ts`. */
  'object_ms',
] as const
export type Kind = (typeof KINDS)[number]

/** Counts by kind and by origin, for example `guard.admit`. */
export type Counts = Readonly<Record<Kind, Readonly<Record<string, number>>>>

export class Meter {
  #counts = emptyCounts()

  add(kind: Kind, what: string, count = 1): void {
    const of = this.#counts[kind]
    of[what] = (of[what] ?? 0) + count
  }

  /** Returns the counts since the last call. */
  take(): Counts {
    const taken = this.#counts
    this.#counts = emptyCounts()
    return taken
  }
}

const emptyCounts = () =>
  Object.fromEntries(KINDS.map((kind) => [kind, {}])) as Record<Kind, Record<string, number>>

export const sumOf = (of: Readonly<Record<string, number>>): number =>
  Object.values(of).reduce((sum, count) => sum + count, 0)

export const added = (all: readonly Counts[]): Counts => {
  const meter = new Meter()
  for (const counts of all)
    for (const kind of KINDS)
      for (const [what, count] of Object.entries(counts[kind])) meter.add(kind, what, count)
  return meter.take()
}
