/** The report for a terminal. */
import { type Finding, SEVERITIES, type Severity } from '../../../api/assessments.ts'
import { placeOf } from '../../../console/assessments/compare.ts'
import { visibleText } from '../../../platform/visible.ts'
import type { Paint } from '../../command.ts'
import type { Format } from './format.ts'
import { comparisonOf, summaryOf } from './summary.ts'

const COLORS = {
  info: 'dim',
  low: 'dim',
  medium: 'yellow',
  high: 'red',
  critical: 'red',
} as const satisfies Record<Severity, Parameters<Paint>[0]>

const WIDTH = Math.max(...SEVERITIES.map(({ length }) => length))
const INDENT = ' '.repeat(WIDTH + 2)

const safe = (text: string): string => visibleText(text, 500)

export const text: Format = ({ report, compared }, paint) => {
  const undone = report.probes.filter(({ outcome }) => outcome === 'not_done')
  const isNew = (one: Finding): boolean => compared?.new.includes(one) === true
  return [
    ...report.findings.flatMap((one) => [
      `${paint(COLORS[one.severity], one.severity.padEnd(WIDTH))}  ${isNew(one) ? 'new: ' : ''}${safe(one.title)} (${safe(placeOf(one))})`,
      `${INDENT}${safe(one.evidence)}`,
      `${INDENT}→ ${safe(one.remedy)}`,
    ]),
    ...(compared?.gone ?? []).map(
      (one) => `${paint('green', 'gone'.padEnd(WIDTH))}  ${safe(one.evidence)} (${safe(placeOf(one))})`,
    ),
    ...undone.map(({ id, reason }) => paint('dim', `not done  ${id}: ${safe(reason ?? '')}`)),
    ...report.left_behind.map((line) => paint('red', safe(line))),
    ...(compared === undefined ? [] : [comparisonOf(compared)]),
    paint('bold', summaryOf(report)),
  ].join('\n')
}
