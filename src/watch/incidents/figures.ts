/** Figures of a finding, as they are now and as they were at their worst, and from when on they are worth telling again. Pure. */
import { MINUTE_MS } from '../../platform/time.ts'
import { patternOf } from '../patterns/index.ts'
import type { Feature } from '../patterns/pattern.ts'
import { isAtLeast } from '../severity.ts'
import type { Figures } from './incident.ts'
import type { StoredFinding } from './stored.ts'

/**
 * A finding is told again when its excess is three times what was told. A flicker does not triple, because only the worst counts; and
 * an attack that grows a thousandfold is told six times.
 */
const TOLD_FACTOR = 3

/**
 * Least time between two such notices: the counting windows of most patterns are half an hour and more, so the first figures of
 * any attack are small and grow while they fill.
 */
const TOLD_AGAIN_MS = 15 * MINUTE_MS

type Measured = Pick<StoredFinding, 'features' | 'evidence'>

const figures = ({ evidence }: Measured, feature: Feature | undefined, atMs: number): Figures => ({
  measure: feature?.name ?? '',
  observed: feature?.observed ?? 0,
  expected: feature?.expected ?? 0,
  evidence,
  atMs,
})

/** Figures of the minute in which it was found, by its leading feature. */
export const figuresAt = (found: Measured, atMs: number): Figures => figures(found, found.features[0], atMs)

/** Figures of the latest minute with it. Findings of versions before 0.4.0 have only the figures of the minute that raised them. */
export const currentOf = (finding: StoredFinding): Figures =>
  figuresAt(finding, finding.foundMs ?? (finding.raisedMinute + 1) * MINUTE_MS)

export const worstOf = (finding: StoredFinding): Figures => finding.worst ?? currentOf(finding)

export const excessOf = ({ observed, expected }: Figures): number => Math.abs(observed - expected)

/** The finding with the figures of a later minute. It keeps its beginning, its worst, and its highest severity. */
export function withFigures(before: StoredFinding, now: StoredFinding, isRisen: boolean): StoredFinding {
  const { foundMs = 0 } = now
  // A minute that is repeated changes nothing.
  if (foundMs < (before.foundMs ?? 0)) return before
  const worst = worstOf(before)
  const same = now.features.find(({ name }) => name === worst.measure)
  const compared = figures(now, same, foundMs)
  const isWorse = same !== undefined && excessOf(compared) >= excessOf(worst)
  return {
    ...before,
    ...now,
    sinceMs: before.sinceMs,
    endedMs: before.endedMs,
    severity: isRisen ? now.severity : before.severity,
    worst: isWorse ? compared : isRisen && same === undefined ? figuresAt(now, foundMs) : worst,
  }
}

/** Marks what people are told of it now. */
export const told = (finding: StoredFinding, atMs: number): StoredFinding => ({
  ...finding,
  told: { excess: excessOf(worstOf(finding)), atMs },
})

/**
 * Whether it is much worse than people were told. A silence or a dead destination that only lasts is not: it grows by the minute, and
 * reminders are for that.
 */
export function isMuchWorse(finding: StoredFinding, atMs: number): boolean {
  const { kind, severity, told: before } = finding
  if (before === undefined || !isAtLeast(severity, 'warning')) return false
  if (patternOf(kind)?.deliveries === undefined) return false
  const excess = excessOf(worstOf(finding))
  return (
    atMs - before.atMs >= TOLD_AGAIN_MS && excess > before.excess && excess >= TOLD_FACTOR * before.excess
  )
}
