/** Two reports of one gateway: what is new, what is gone. A finding is known by its probe and its subject. */
import { type Assessment, type Finding, isAtLeast } from '../../api/assessments.ts'

export interface Comparison {
  /** When the older report was made. */
  readonly since: string
  /** Findings that were not there, or were less severe. */
  readonly new: readonly Finding[]
  readonly still: readonly Finding[]
  readonly gone: readonly Finding[]
  /** Older ones whose probe was not done this time. */
  readonly unknown: readonly Finding[]
}

export function compare(older: Assessment, newer: Assessment): Comparison {
  const [before, now] = [byKey(older.findings), byKey(newer.findings)]
  const done = new Set(newer.probes.flatMap(({ id, outcome }) => (outcome === 'not_done' ? [] : [id])))
  const isStill = (one: Finding): boolean => {
    const known = before.get(keyOf(one))
    return known !== undefined && isAtLeast(known.severity, one.severity)
  }
  const absent = older.findings.filter((one) => !now.has(keyOf(one)))
  return {
    since: older.started_at,
    new: newer.findings.filter((one) => !isStill(one)),
    still: newer.findings.filter(isStill),
    gone: absent.filter(({ probe }) => done.has(probe)),
    unknown: absent.filter(({ probe }) => !done.has(probe)),
  }
}

export const keyOf = ({ probe, subject }: Finding): string => JSON.stringify([probe, subject])

/** The probe, and what it examined if there were several things. */
export const placeOf = ({ probe, subject }: Finding): string =>
  subject === null ? probe : `${probe}, ${subject}`

const byKey = (findings: readonly Finding[]): ReadonlyMap<string, Finding> =>
  new Map(findings.map((one) => [keyOf(one), one]))
