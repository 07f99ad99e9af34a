/** Assessments of security: the reports that `postern assess` makes. They are a contract, since they are kept and compared. */
import * as v from 'valibot'
import { route } from './route.ts'

/** The least first. */
export const SEVERITIES = ['info', 'low', 'medium', 'high', 'critical'] as const
export type Severity = (typeof SEVERITIES)[number]

export const isAtLeast = (severity: Severity, least: Severity): boolean =>
  SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(least)

const FINDINGS_MAX = 10_000
const PROBES_MAX = 200
const BODY_MAX_BYTES = 4_194_304

const text = (maxLength: number) => v.pipe(v.string(), v.maxLength(maxLength))
const origin = text(300)
const count = v.pipe(v.number(), v.integer(), v.minValue(0))

const FindingSchema = v.object({
  probe: text(100),
  subject: v.nullable(text(1_000)),
  title: text(500),
  severity: v.picklist(SEVERITIES),
  evidence: text(2_000),
  remedy: text(2_000),
})
export type Finding = v.InferOutput<typeof FindingSchema>

export const AssessmentSchema = v.object({
  version: v.literal(1),
  gateway: origin,
  console: v.nullable(origin),
  started_at: v.pipe(v.string(), v.isoTimestamp()),
  seconds: count,
  requests: count,
  findings: v.pipe(v.array(FindingSchema), v.maxLength(FINDINGS_MAX), v.description('The worst first.')),
  probes: v.pipe(
    v.array(
      v.object({
        id: text(100),
        title: text(500),
        outcome: v.picklist(['passed', 'found', 'not_done']),
        reason: v.pipe(v.nullable(text(2_000)), v.description('Why it was not done; else null.')),
      }),
    ),
    v.maxLength(PROBES_MAX),
  ),
  left_behind: v.pipe(
    v.array(text(2_000)),
    v.maxLength(PROBES_MAX),
    v.description('Temporary things that could not be removed, each with what to do.'),
  ),
})
/** Report of an assessment. It holds no secret and no address of a person. */
export type Assessment = v.InferOutput<typeof AssessmentSchema>
export type ProbeResult = Assessment['probes'][number]

/** Made from the time at which it was stored. */
export const AssessmentIdSchema = v.pipe(
  v.string(),
  v.regex(/^[0-9]{8}T[0-9]{9}Z$/, 'Must be the id of a report.'),
)

export const AssessmentOutlineSchema = v.object({
  id: AssessmentIdSchema,
  ...v.pick(AssessmentSchema, ['gateway', 'started_at']).entries,
  findings: count,
  worst: v.pipe(v.nullable(v.picklist(SEVERITIES)), v.description('Null if nothing was found.')),
  probes: count,
  not_done: count,
})
export type AssessmentOutline = v.InferOutput<typeof AssessmentOutlineSchema>

export const assessmentRoutes = {
  listAssessments: route({
    method: 'GET',
    path: '/api/assessments',
    summary: 'Lists the reports of assessments, newest first.',
    role: 'admin',
    answer: v.object({ assessments: v.array(AssessmentOutlineSchema) }),
  }),
  recordAssessment: route({
    method: 'POST',
    path: '/api/assessments',
    summary: 'Stores the report of an assessment in the backups bucket.',
    role: 'admin',
    again: 'Stores another report.',
    body: AssessmentSchema,
    bodyMaxBytes: BODY_MAX_BYTES,
    example: {
      version: 1,
      gateway: 'https://hooks.example.com',
      console: 'https://console.example.com',
      started_at: '2026-11-25T09:00:00Z',
      seconds: 62,
      requests: 204,
      findings: [
        {
          probe: 'no-channel',
          subject: null,
          title: 'Somebody is told of attacks.',
          severity: 'high',
          evidence: 'There is no channel, so nobody is told of an incident.',
          remedy: 'Add a channel, then test it: docs/channels.md.',
        },
      ],
      probes: [{ id: 'no-channel', title: 'Somebody is told of attacks.', outcome: 'found', reason: null }],
      left_behind: [
        'Not all sources named assess-… could be removed: the console did not answer. To remove them: postern sources remove NAME.',
      ],
    },
    answer: AssessmentOutlineSchema,
    statuses: [201],
  }),
  getAssessment: route({
    method: 'GET',
    path: '/api/assessments/{id}',
    summary: 'Returns one report.',
    role: 'admin',
    params: { id: 'The id of the report.' },
    answer: v.object({ id: AssessmentIdSchema, ...AssessmentSchema.entries }),
    problems: ['assessment_unknown'],
  }),
} as const
