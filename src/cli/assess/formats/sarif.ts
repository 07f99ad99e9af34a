/**
 * The report as SARIF 2.1.0, which code scanning services read.
 * https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 */
import { createHash } from 'node:crypto'
import type { Assessment, Finding, Severity } from '../../../api/assessments.ts'
import { type Comparison, keyOf } from '../../../console/assessments/compare.ts'
import { visibleJson } from '../../../platform/visible.ts'
import { VERSION } from '../../version.ts'
import type { Format } from './format.ts'

const LEVELS = {
  info: 'note',
  low: 'note',
  medium: 'warning',
  high: 'error',
  critical: 'error',
} as const satisfies Record<Severity, string>

/** Text in a message: braces are doubled, and nothing from outside becomes a link (sections 3.11.5 and 3.11.6). */
const plain = (text: string): string => text.replaceAll(/[{}]/g, '$&$&').replaceAll('](', '] (')

/** `security-severity`, by which code scanning services sort: over 9 is critical, from 7 high, from 4 medium. */
const SCORES = {
  info: '0.1',
  low: '2.0',
  medium: '5.0',
  high: '8.0',
  critical: '9.5',
} as const satisfies Record<Severity, string>

export const sarif: Format = ({ report, compared }) =>
  visibleJson(
    JSON.stringify(
      {
        $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
        version: '2.1.0',
        runs: [
          {
            tool: {
              driver: {
                name: 'postern assess',
                semanticVersion: VERSION,
                rules: report.probes.map(ruleOf(report)),
              },
            },
            invocations: [invocationOf(report)],
            results: [
              ...report.findings.map((one) => resultOf(one, report, stateOf(one, compared))),
              ...(compared?.gone ?? []).map((one) => resultOf(one, report, 'absent')),
            ],
          },
        ],
      },
      null,
      2,
    ),
  )

const ruleOf =
  ({ findings }: Assessment) =>
  ({ id, title }: Assessment['probes'][number]) => {
    const worst = findings.find(({ probe }) => probe === id)
    return {
      id,
      shortDescription: { text: title },
      ...(worst !== undefined && {
        help: { text: worst.remedy },
        properties: { tags: ['security'], 'security-severity': SCORES[worst.severity] },
      }),
    }
  }

const stateOf = (one: Finding, compared: Comparison | undefined): string | undefined =>
  compared === undefined ? undefined : compared.new.includes(one) ? 'new' : 'unchanged'

const resultOf = (one: Finding, { gateway, probes }: Assessment, baselineState: string | undefined) => ({
  ruleId: one.probe,
  ruleIndex: probes.findIndex(({ id }) => id === one.probe),
  level: LEVELS[one.severity],
  message: { text: plain(`${one.subject === null ? '' : `${one.subject}: `}${one.evidence} ${one.remedy}`) },
  locations: [
    {
      // A relative path: code scanning of GitHub refuses files with URIs of other schemes than file.
      physicalLocation: { artifactLocation: { uri: encodeURIComponent(new URL(gateway).host) } },
      logicalLocations: [{ fullyQualifiedName: one.subject ?? one.probe }],
    },
  ],
  partialFingerprints: { 'posternFinding/v1': createHash('sha256').update(keyOf(one)).digest('hex') },
  ...(baselineState !== undefined && { baselineState }),
})

const invocationOf = (report: Assessment) => ({
  executionSuccessful: report.left_behind.length === 0,
  startTimeUtc: report.started_at,
  toolExecutionNotifications: [
    ...report.probes.flatMap(({ id, outcome, reason }) =>
      outcome === 'not_done'
        ? [{ level: 'note', message: { text: plain(`${id} was not done: ${reason}`) } }]
        : [],
    ),
    ...report.left_behind.map((line) => ({ level: 'error', message: { text: plain(line) } })),
  ],
})
