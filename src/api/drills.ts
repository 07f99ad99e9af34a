/** Drills of recovery: a report of each, and when the next restore is to be practised. */
import * as v from 'valibot'
import { described } from '../platform/described.ts'
import { route } from './route.ts'

export const DRILL_KINDS = ['restore', 'failover'] as const

const CHECKS_MAX = 1_000
const FIGURES_MAX = 100
const BODY_MAX_BYTES = 1_048_576

const text = (maxLength: number) => v.pipe(v.string(), v.nonEmpty(), v.maxLength(maxLength))
const instant = v.pipe(v.string(), v.isoTimestamp())

const namesNobody = (report: object): boolean => !/[@＠]/u.test(JSON.stringify(report))

const DrillReportFields = v.object({
  kind: v.picklist(DRILL_KINDS),
  version: described(text(100), 'Version of Postern that was drilled.'),
  began_at: instant,
  ended_at: instant,
  passed: described(v.boolean(), 'Whether all checks passed.'),
  summary: described(text(500), 'The result in one or two sentences.'),
  figures: v.pipe(
    v.array(
      v.object({ name: text(100), value: v.number(), unit: text(50), meaning: v.exactOptional(text(500)) }),
    ),
    v.maxLength(FIGURES_MAX),
    v.description('What was measured, such as the RPO and the RTO.'),
  ),
  checks: v.pipe(
    v.array(v.object({ name: text(200), passed: v.boolean(), found: text(2_000) })),
    v.maxLength(CHECKS_MAX),
    v.description('What had to hold, and what was found.'),
  ),
})

/** A report is kept for long and shown to viewers, so it names nobody. What passed has checks that passed. */
export const DrillReportSchema = v.pipe(
  DrillReportFields,
  v.check(
    ({ passed, checks }) => passed === (checks.length > 0 && checks.every((one) => one.passed)),
    'Must say passed exactly if there are checks and all of them passed.',
  ),
  v.check((report) => namesNobody(report), 'Must name no email address.'),
)
/** Result of a drill. It has names of sources, and nothing of a person. */
export type DrillReport = v.InferOutput<typeof DrillReportSchema>

/** Made from the time at which it was stored, and the kind. */
export const DrillIdSchema = v.pipe(
  v.string(),
  v.regex(/^[0-9]{8}T[0-9]{9}Z-(?:restore|failover)$/, 'Must be the id of a report.'),
)

export const DrillOutlineSchema = v.pipe(
  v.object({
    id: DrillIdSchema,
    ...v.pick(DrillReportFields, ['kind', 'version', 'began_at', 'ended_at', 'passed', 'summary']).entries,
  }),
  v.check((outline) => namesNobody(outline), 'Must name no email address.'),
)
export type DrillOutline = v.InferOutput<typeof DrillOutlineSchema>

export const drillRoutes = {
  listDrills: route('GET', '/api/drills', 'viewer', {
    summary: 'Lists the reports of drills, newest first.',
    answer: v.object({ drills: v.array(DrillOutlineSchema) }),
  }),
  recordDrill: route('POST', '/api/drills', 'admin', {
    summary:
      'Stores the report of a drill in the backups bucket for 400 days, as JSON and as Markdown. A restore that passed counts as practised for ninety days.',
    again: 'Stores another report.',
    body: DrillReportSchema,
    bodyMaxBytes: BODY_MAX_BYTES,
    example: {
      kind: 'restore',
      version: '1.0.0',
      began_at: '2026-11-25T09:00:00Z',
      ended_at: '2026-11-25T09:00:12Z',
      passed: true,
      summary: 'The backup of last night was restored, and gives the same answers.',
      figures: [{ name: 'RTO', value: 9.4, unit: 'seconds', meaning: 'From the start until it answered.' }],
      checks: [{ name: 'sources', passed: true, found: '12 of 12 are the same.' }],
    },
    answer: DrillOutlineSchema,
    statuses: [201],
  }),
  getDrill: route('GET', '/api/drills/{id}', 'viewer', {
    summary: 'Returns one report.',
    params: { id: 'The id of the report.' },
    answer: v.object({ id: DrillIdSchema, ...DrillReportFields.entries }),
    problems: ['drill_unknown'],
  }),
} as const
