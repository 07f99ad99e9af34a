/** Whether the bodies of a source have another size than usual. */
import { type Found, LEARNING_MINUTES, type PatternInput, measured, sentence } from '../pattern.ts'

export interface Sizes {
  /** Logarithm of the usual size, and deliveries that taught it. */
  usual: number
  taught: number
  /** The present run of bodies of another size: since when, deliveries in it, and the sum of their logarithms. */
  run: { readonly since: number; last: number; deliveries: number; logs: number } | null
}

/** Bodies this many times as large, or as small, are another size. An ESP's own changes of format are smaller. */
const FACTOR = 2
/** And by so many bytes: half a small body is a field that is absent. */
const NEWS_BYTES = 500
const DELIVERIES = 5
/** A run of two lines at least, so that one odd delivery is none. */
const RUN_GAP_MINUTES = 240
const YOUNG = 50
const LEARNING = 1 / 300
/** One delivery moves the usual size as if it were at most this far from it. */
const TEACH_MAX = 0.4

export const newSizes = (): Sizes => ({ usual: 0, taught: 0, run: null })

export function stepSizes(sizes: Sizes, { minute, signals, profile }: PatternInput): Found {
  const { bodyBytes, accepted } = signals
  if (sizes.run !== null && (minute - sizes.run.last > RUN_GAP_MINUTES || minute < sizes.run.last))
    sizes.run = null
  if (bodyBytes !== null && bodyBytes > 0 && accepted > 0) note(sizes, minute, Math.log(bodyBytes), accepted)
  const { run } = sizes
  if (run === null || run.deliveries < DELIVERIES || minute - profile.beganMinute < LEARNING_MINUTES)
    return undefined
  const bytes = Math.round(Math.exp(run.logs / run.deliveries))
  const expected = Math.round(Math.exp(sizes.usual))
  return {
    severity: 'warning',
    fromMinute: run.since,
    ...measured('body_bytes', bytes, expected),
    evidence: sentence`bodies of ${bytes} bytes in ${run.deliveries} deliveries, usually ${expected}`,
  }
}

function note(sizes: Sizes, minute: number, size: number, accepted: number): void {
  const off = size - sizes.usual
  if (sizes.taught < YOUNG) {
    sizes.taught += 1
    sizes.usual += off / sizes.taught
    return
  }
  const bytesOff = Math.abs(Math.exp(size) - Math.exp(sizes.usual))
  if (Math.abs(off) < Math.log(FACTOR) || bytesOff < NEWS_BYTES) sizes.run = null
  else {
    sizes.run ??= { since: minute, last: minute, deliveries: 0, logs: 0 }
    sizes.run.last = minute
    sizes.run.deliveries += accepted
    sizes.run.logs += accepted * size
  }
  sizes.usual += LEARNING * Math.max(-TEACH_MAX, Math.min(TEACH_MAX, off))
}
