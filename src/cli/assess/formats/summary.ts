/** Sentences that the forms for people have in common. */
import { type Assessment, SEVERITIES } from '../../../api/assessments.ts'
import type { Comparison } from '../../../console/assessments/compare.ts'

/** How much was examined, and what was found. */
export function summaryOf({ findings, probes, requests, seconds }: Assessment): string {
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
