/** The report for a terminal. */
import { visibleText } from '../../../platform/visible.ts'
import type { Paint } from '../../command.ts'
import type { Report } from '../report.ts'
import { SEVERITIES, type Severity } from '../severity.ts'

const COLORS = {
  info: 'dim',
  low: 'dim',
  medium: 'yellow',
  high: 'red',
  critical: 'red',
} as const satisfies Record<Severity, Parameters<Paint>[0]>

const WIDTH = Math.max(...SEVERITIES.map(({ length }) => length))
const INDENT = ' '.repeat(WIDTH + 2)

export function text(report: Report, paint: Paint): string {
  const { findings, probes } = report
  const undone = probes.filter(({ outcome }) => outcome === 'not_done')
  return [
    ...findings.flatMap(({ severity, probe, subject, title, evidence, remedy }) => [
      `${paint(COLORS[severity], severity.padEnd(WIDTH))}  ${probe}${subject === null ? '' : `, ${visibleText(subject)}`}: ${visibleText(title)}`,
      `${INDENT}${visibleText(evidence, 500)}`,
      `${INDENT}→ ${visibleText(remedy, 500)}`,
    ]),
    ...undone.map(({ id, reason }) => paint('dim', `not done  ${id}: ${visibleText(reason ?? '', 500)}`)),
    ...report.left_behind.map((line) => paint('red', visibleText(line, 500))),
    paint('bold', sumOf(report)),
  ].join('\n')
}

/** One line: how much was examined, and what was found. */
export function sumOf({ findings, probes, requests, seconds }: Report): string {
  const counted = SEVERITIES.toReversed().flatMap((severity) => {
    const count = findings.filter((one) => one.severity === severity).length
    return count === 0 ? [] : [`${count} ${severity}`]
  })
  const undone = probes.filter(({ outcome }) => outcome === 'not_done').length
  const done = `Probes: ${probes.length - undone} of ${probes.length}, ${requests} requests in ${seconds} s.`
  return `${done} Findings: ${counted.length === 0 ? 'none' : counted.join(', ')}.`
}
