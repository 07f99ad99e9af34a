/** Incidents: what the watch found, what was done about it, and what is left to do. */
import * as v from 'valibot'
import { CAUSES } from '../event/cause/causes.ts'
import { described } from '../platform/described.ts'
import { INCIDENT_STATES, RISK_LEVELS, TIMELINE_KINDS } from '../watch/incidents/incident.ts'
import { SEVERITIES } from '../watch/severity.ts'
import { ActionSchema, ContainmentSchema } from './containments.ts'
import { filter, instant, paging } from './paging.ts'
import { route } from './route.ts'
import { plainWords } from './words.ts'

/** The longest note, cause or lesson, and the longest name of an assignee. */
export const TEXT_MAX_CHARACTERS = 4_000
export const ASSIGNEE_MAX_CHARACTERS = 200

const time = v.nullable(v.string())

const FiguresSchema = v.object({
  measure: described(v.string(), 'Name of what was measured, as in `features`.'),
  observed: v.number(),
  expected: described(v.number(), 'What is usual.'),
  evidence: described(v.string(), 'One sentence with numbers.'),
  at: described(v.string(), 'The end of the minute.'),
})

const shared = (what: string) =>
  described(
    v.nullable(v.object({ name: v.string(), count: v.number() })),
    `The ${what} of a large part of these. Null if there is none.`,
  )

const MainCauseSchema = v.object({
  events: described(v.number(), 'How many of the latest failures were looked at.'),
  cause: described(v.nullable(v.picklist(CAUSES)), 'Null if no cause has a large part of them.'),
  cause_detail: v.nullable(v.string()),
  count: described(v.number(), 'Failures with this cause; all of them if it is null.'),
  campaign: shared('campaign'),
  mailbox_provider: shared('mailbox provider'),
  domain: described(
    v.nullable(v.object({ name: v.string(), count: v.number() })),
    'The recipient domain of a large part of these, if ten or more different people have it.',
  ),
})

const FindingSchema = v.object({
  kind: v.string(),
  subject: v.nullable(v.string()),
  severity: v.picklist(SEVERITIES),
  since: v.string(),
  raised_at: v.string(),
  ended_at: described(time, 'Null while it lasts.'),
  evidence: described(v.string(), 'One sentence with numbers.'),
  example: described(
    v.nullable(v.string()),
    'A payload of it, in which each value is replaced by its type and length. Null if it is about none.',
  ),
  main_cause: described(
    v.nullable(MainCauseSchema),
    'Why most of the counted bounces happened, as it was ten minutes before at most. Null if it is about none.',
  ),
  current: FiguresSchema,
  worst: FiguresSchema,
  features: v.array(
    v.object({
      name: v.string(),
      observed: v.number(),
      expected: described(v.number(), 'What is usual.'),
      share: described(v.number(), 'Its part of the surprise, 0 to 1.'),
    }),
  ),
})

const IncidentSchema = v.object({
  number: v.number(),
  source: described(v.nullable(v.string()), 'Null if it is about several, or about the whole installation.'),
  sources: described(v.array(v.string()), 'Empty if it is about the whole installation.'),
  kind: v.string(),
  subject: v.nullable(v.string()),
  state: v.picklist(INCIDENT_STATES),
  severity: v.picklist(SEVERITIES),
  risk: v.object({ level: v.picklist(RISK_LEVELS), reasons: v.array(v.string()) }),
  headline: v.string(),
  current: described(
    v.nullable(FiguresSchema),
    'Of the leading finding, in the latest minute in which it was found.',
  ),
  worst: described(v.nullable(FiguresSchema), 'Of the leading finding, in its worst minute.'),
  partial: described(
    v.boolean(),
    'Whether it is also about sources that you do not see. Then you can add notes and contain your own.',
  ),
  findings: v.array(FindingSchema),
  networks: described(v.array(v.string()), 'Where it comes from, as far as that is known.'),
  since: v.string(),
  opened_at: v.string(),
  updated_at: v.string(),
  acknowledged_at: time,
  contained_at: time,
  resolved_at: time,
  assignee: v.nullable(v.string()),
  advice: described(v.array(v.string()), 'What to do, most urgent first.'),
  actions: described(v.array(ActionSchema), 'What to do, as calls and commands.'),
  containments: described(v.array(ContainmentSchema), 'Made for it, also those that have ended.'),
  timeline: v.array(
    v.object({
      at: v.string(),
      kind: v.picklist(TIMELINE_KINDS),
      text: v.string(),
      who: described(v.nullable(v.string()), 'Null for Postern itself.'),
    }),
  ),
  review: v.nullable(v.object({ cause: v.string(), lessons: v.string(), by: v.string(), at: v.string() })),
})
export type Incident = v.InferOutput<typeof IncidentSchema>

const counted = v.array(v.object({ name: v.string(), count: v.number() }))

const EvidenceSchema = described(
  v.nullable(
    v.object({
      events: described(v.number(), 'How many of the latest events were looked at.'),
      networks: counted,
      types: described(counted, 'Native types.'),
      campaigns: counted,
      domains: described(
        counted,
        'Domains of recipients with ten or more different people, for whoever may see addresses.',
      ),
      samples: v.array(
        v.object({
          event_id: v.string(),
          type: v.string(),
          received_at: v.string(),
          request_id: v.string(),
          url: described(v.string(), 'The page of its delivery.'),
        }),
      ),
    }),
  ),
  'The most frequent first. Null if there are no events and no refusals of it.',
)

/** One incident, with what it is made of. */
const WholeIncidentSchema = v.object({ ...IncidentSchema.entries, evidence: EvidenceSchema })
export type WholeIncident = v.InferOutput<typeof WholeIncidentSchema>

const params = { number: 'The number of the incident.' }

const number = v.pipe(
  v.string(),
  v.regex(/^[0-9]{1,9}$/, 'Must be a number.'),
  v.description('The next_cursor of the previous page.'),
)

const text = (description: string) =>
  v.pipe(
    v.string(),
    v.trim(),
    v.minLength(1),
    v.maxLength(TEXT_MAX_CHARACTERS),
    plainWords,
    v.description(description),
  )

const assignee = described(
  v.nullable(v.pipe(v.string(), v.maxLength(ASSIGNEE_MAX_CHARACTERS), plainWords)),
  'Null for nobody.',
)

const listQuery = v.strictObject({
  state: v.optional(described(v.picklist(INCIDENT_STATES), 'Only in this state.')),
  source: filter('Only of this source.'),
  kind: filter('Only of this kind.'),
  severity: v.optional(described(v.picklist(SEVERITIES), 'Of this severity and more.')),
  since: instant('Opened at this time or later.'),
  limit: paging.limit,
  cursor: v.optional(number),
})

const act = {
  scoped: true,
  params,
  answer: IncidentSchema,
  problems: ['incident_unknown', 'incident_state'],
} as const

const AGAIN = 'Changes nothing more.'

export const incidentRoutes = {
  listIncidents: route('GET', '/api/incidents', 'viewer', {
    summary: 'What the watch found, newest first.',
    scoped: true,
    query: listQuery,
    answer: v.object({ incidents: v.array(IncidentSchema), next_cursor: v.nullable(v.string()) }),
  }),
  acknowledgeIncident: route('POST', '/api/incidents/{number}/acknowledge', 'operator', {
    ...act,
    summary: 'Says that somebody takes care of it. Nobody is reminded any more.',
    again: AGAIN,
    body: v.strictObject({ assignee: v.optional(assignee, null) }),
    example: { assignee: 'ada' },
  }),
  assignIncident: route('POST', '/api/incidents/{number}/assign', 'operator', {
    ...act,
    summary: 'Says who takes care of it.',
    again: AGAIN,
    body: v.strictObject({ assignee }),
    example: { assignee: 'ada' },
  }),
  noteIncident: route('POST', '/api/incidents/{number}/notes', 'operator', {
    ...act,
    summary: 'Adds a note to the timeline.',
    again: 'Adds the note again.',
    body: v.strictObject({ text: text('It stays, and is in the report.') }),
    example: { text: 'The list of May was bought.' },
  }),
  resolveIncident: route('POST', '/api/incidents/{number}/resolve', 'operator', {
    ...act,
    summary: 'Ends it. What still lasts opens it again only if it gets worse.',
    again: AGAIN,
    body: v.strictObject({ note: v.optional(v.nullable(text('Why.')), null) }),
    example: { note: 'The campaign is over.' },
  }),
  reviewIncident: route('POST', '/api/incidents/{number}/review', 'operator', {
    ...act,
    summary: 'Records what caused it and what was learned. It has to be resolved.',
    again: AGAIN,
    body: v.strictObject({ cause: text('What caused it.'), lessons: text('What was learned.') }),
    example: { cause: 'A key leaked.', lessons: 'Rotate each quarter.' },
  }),
  getIncident: route('GET', '/api/incidents/{number}', 'viewer', {
    summary: 'One incident, with its findings, evidence, timeline and advice.',
    scoped: true,
    params,
    answer: WholeIncidentSchema,
    problems: ['incident_unknown'],
  }),
  getIncidentReport: route('GET', '/api/incidents/{number}/report', 'viewer', {
    summary:
      'The report of an incident: what happened, how bad it was, what was done, and what is left to do.',
    scoped: true,
    writes: 'text/markdown',
    params,
    query: v.strictObject({
      format: v.optional(
        described(
          v.picklist(['markdown', 'json']),
          'markdown, the default, is for people. json is the incident as getIncident answers it.',
        ),
        'markdown',
      ),
    }),
    answer: WholeIncidentSchema,
    problems: ['incident_unknown'],
  }),
} as const
