/** The report as Markdown: for a ticket, or for whoever asked for it. */
import type { Assessment, Finding } from '../../../api/assessments.ts'
import { placeOf } from '../../../console/assessments/compare.ts'
import { visibleText } from '../../../platform/visible.ts'
import { backslashed, fitted } from '../../../channels/text/fitted.ts'
import type { Format } from './format.ts'
import { comparisonOf, summaryOf } from './summary.ts'

const TEXT_MAX_UNITS = 1_000
/** Nothing of a text becomes Markdown or HTML. */
const escape = backslashed('\\`*_[]<>&|~$')
/** Sentences of ours, in which the name of a paper stays as it is. */
const own = (text: string): string => Array.from(visibleText(text, TEXT_MAX_UNITS), escape).join('')
/** Texts from outside, without links. */
const safe = (text: string): string => fitted(text.replaceAll(/\s+/gu, ' '), TEXT_MAX_UNITS, escape)

export const markdown: Format = ({ report, compared }) =>
  [
    `# Security assessment of \`${report.gateway}\``,
    `${report.started_at}. ${summaryOf(report)}`,
    ...(compared === undefined ? [] : [comparisonOf(compared)]),
    ...(report.findings.length === 0 ? [] : ['## Findings', ...report.findings.map(section)]),
    ...(compared === undefined || compared.gone.length === 0
      ? []
      : [
          '## Gone',
          compared.gone.map((one) => `- ${safe(one.evidence)} (${safe(placeOf(one))})`).join('\n'),
        ]),
    '## Probes',
    probeTable(report),
    ...report.left_behind.map((line) => `**Left behind:** ${safe(line)}`),
  ].join('\n\n')

const section = (one: Finding): string =>
  [
    `### ${one.severity}: ${own(one.title)}`,
    `| | |\n|---|---|\n| probe | ${safe(placeOf(one))} |\n| seen | ${safe(one.evidence)} |\n| remedy | ${own(one.remedy)} |`,
  ].join('\n\n')

const OUTCOMES = { passed: 'passed', found: '**found**', not_done: 'not done' } as const

const probeTable = ({ probes }: Assessment): string =>
  [
    '| probe | rule | outcome |',
    '|---|---|---|',
    ...probes.map(
      ({ id, title, outcome, reason }) =>
        `| \`${id}\` | ${own(title)} | ${OUTCOMES[outcome]}${reason === null ? '' : `: ${safe(reason)}`} |`,
    ),
  ].join('\n')
