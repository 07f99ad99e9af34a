/**
 * Says that a source behaves unlike itself, whatever the reason. It is an info: it pages nobody, and is shown in charts. Patterns say
 * what is an attack.
 */
import { Detector } from '../detector/detector.ts'
import { type Parts, decodeParts, encodeParts } from '../detector/state.ts'
import { type Change, type OpenIncidents, group } from '../grouping.ts'
import { type Finding, features } from '../patterns/pattern.ts'
import type { Profile } from '../profile/profile.ts'
import { watched } from '../source-watch.ts'
import { type Row, ROW_MINUTES, type RowState, newRowState } from './rows.ts'
import { SERIES, type Series, isNews, newsWords } from './series.ts'
import { MINUTE_MS } from '../../platform/time.ts'

export const UNUSUAL = {
  kind: 'unusual',
  quietHours: 6,
  notDrilled: 'It says that a source is unlike itself in whatever way, and pages nobody.',
}

/** The score that is best on open series; see docs/decisions/060-series-detector.md. */
const THRESHOLD = 0.49
/** Rows before a detector says something. */
export const LEARNING_ROWS = 150
/** The usual value of a series is a mean of about a day of rows. */
const USUAL_ROWS = 288

export interface UnusualState extends RowState {
  /** Rows that no detector has scored yet. Detectors are large, so they are read only if a score is needed. */
  readonly waiting: Row[]
  /** By series: the usual value, and rows that taught it. */
  readonly usual: { mean: number; rows: number }[]
  readonly open: OpenIncidents
}

export const newUnusual = (offset: number): UnusualState => ({
  ...newRowState(offset),
  waiting: [],
  usual: SERIES.map(() => ({ mean: 0, rows: 0 })),
  open: {},
})

export interface Scored {
  /** 0 to 1, of the newest row. */
  readonly score: number
  /** Of the newest row alone. */
  readonly changes: readonly Change[]
}

/** Detectors by series. */
export type Detectors = ReadonlyMap<string, Detector>

const newDetectors = (): Detectors => new Map(SERIES.map(({ name }) => [name, new Detector()]))

export const encodeDetectors = (detectors: Detectors): Uint8Array => encodeParts(partsOf(detectors))

/** Detectors as they were. One of a series that is new begins anew, and so does a part that has changed since. */
export function restoreDetectors(bytes: Uint8Array): Detectors {
  const detectors = newDetectors()
  decodeParts(bytes, partsOf(detectors))
  return detectors
}

const partsOf = (detectors: Detectors): Parts =>
  Object.fromEntries(
    [...detectors].flatMap(([series, { parts }]) =>
      Object.entries(parts).map(([name, part]) => [`${series} ${name}`, part]),
    ),
  )

/** Scores the rows that wait, in order. Undefined if there are none. */
export function scoreWaiting(
  state: UnusualState,
  detectors: Detectors,
  profile: Profile,
): Scored | undefined {
  let scored: Scored | undefined
  for (const row of state.waiting) scored = scoreRow(state, detectors, profile, row)
  state.waiting.length = 0
  return scored
}

function scoreRow(
  state: UnusualState,
  detectors: Detectors,
  profile: Profile,
  { minute, values }: Row,
): Scored {
  let highest = 0
  const news: Weighed[] = []
  for (const [i, series] of SERIES.entries()) {
    const observed = values[i] ?? null
    if (observed === null) continue
    const score = detectors.get(series.name)?.score(minute * MINUTE_MS, observed).score ?? 0
    highest = Math.max(highest, score)
    const expected = learnUsual(state, i, observed)
    // A score is s / (s + 2) of the surprise s. Sums of surprises compare, scores do not.
    if (score >= THRESHOLD && isNews(series, observed, expected))
      news.push({ series, observed, expected, weight: score / (1 - score) })
  }
  const findings = news.length === 0 ? [] : [watched(findingOf(minute, news), profile)]
  return { score: highest, changes: group(state.open, minute, findings, () => UNUSUAL.quietHours) }
}

/** A series that is unlike itself, and how surprising it is. */
interface Weighed {
  readonly series: Series
  readonly observed: number
  readonly expected: number
  readonly weight: number
}

const findingOf = (minute: number, news: readonly Weighed[]): Finding => ({
  kind: UNUSUAL.kind,
  severity: 'info',
  fromMinute: minute - ROW_MINUTES + 1,
  features: features(...news.map(({ series: { name }, ...of }) => ({ name, ...of }))),
  evidence: news.map(({ series, observed, expected }) => newsWords(series, observed, expected)).join('; '),
})

/** Learns a value, and returns the usual one before it. */
function learnUsual({ usual }: UnusualState, i: number, value: number): number {
  const own = (usual[i] ??= { mean: 0, rows: 0 })
  const before = own.mean
  own.rows = Math.min(own.rows + 1, USUAL_ROWS)
  own.mean += (value - own.mean) / own.rows
  return before
}
