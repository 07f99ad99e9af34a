/** Sentences that the forms for people have in common. */
import type { Comparison } from '../compare.ts'
import type { Finding, Report } from '../report.ts'
import { SEVERITIES } from '../severity.ts'

/** How much was examined, and what was found. */
export function summaryOf({ findings, probes, requests, seconds }: Report): string {
  const counted = SEVERITIES.toReversed().flatMap((severity) => {
    const count = findings.filter((one) => one.severity === severity).length
    return count === 0 ? [] : [`${count} ${severity}`]
  })
  const undone = probes.filter(({ outcome }) => outcome === 'not_done').length
  const done = `Probes done: ${probes.length - undone} of ${probes.length}, with ${requests} requests in ${seconds} s.`
  return `${done} Findings: ${counted.length === 0 ? 'none' : counted.join(', ')}.`
}

export const comparisonOf = ({ since, new: fresh, still, gone, unknown }: Comparison): string =>
  `Since ${since}: ${fresh.length} new, ${still.length} as before, ${gone.length} gone, ${unknown.length} not looked at this time.`

/** The probe, and what it examined if there were several things. */
export const placeOf = ({ probe, subject }: Finding): string =>
  subject === null ? probe : `${probe}, ${subject}`
