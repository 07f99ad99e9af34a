/** Containments: what is blocked, paused, raised or rotated for a time, by people or by the policy of a source. */
import * as v from 'valibot'
import { described } from '../platform/described.ts'
import { filter, paging } from './paging.ts'
import { route } from './route.ts'
import { UnreachedGuardsSchema, sourceParams } from './sources.ts'

export const ContainmentSchema = v.object({
  id: v.string(),
  source: v.string(),
  action: v.picklist(['block', 'raise_level', 'pause', 'rotate']),
  network: described(v.nullable(v.string()), 'Of a block.'),
  level: described(v.nullable(v.string()), 'To which the level is raised.'),
  slot: described(v.nullable(v.string()), 'Of the secret that was rotated.'),
  started_at: v.string(),
  ends_at: described(v.string(), 'When it ends by itself. A rotation is over at once.'),
  lifted_at: described(v.nullable(v.string()), 'When it was lifted before its end.'),
  incident: v.nullable(v.number()),
  by: described(v.string(), 'Who asked for it, or policy.'),
})

export type Containment = v.InferOutput<typeof ContainmentSchema>

const seconds = described(
  v.optional(v.pipe(v.number(), v.integer(), v.minValue(60), v.maxValue(86_400)), 3_600),
  'How long it lasts, from a minute to a day.',
)

const block = {
  action: v.literal('block'),
  network: v.pipe(
    v.string(),
    v.maxLength(50),
    v.description('An address or a CIDR block, at most as wide as a /24 (IPv4) or a /48 (IPv6).'),
  ),
  seconds,
}
const raiseLevel = {
  action: v.literal('raise_level'),
  level: v.picklist(['enhanced', 'maximum']),
  seconds,
}
const pause = { action: v.literal('pause'), seconds }
const rotate = {
  action: v.literal('rotate'),
  slot: v.pipe(
    v.string(),
    v.maxLength(100),
    v.description('Of a secret that Postern generates and sets at the ESP. Its old versions end at once.'),
  ),
}

const source = v.optional(
  v.pipe(v.string(), v.maxLength(100), v.description('Which of its sources, if the incident has several.')),
)

/** Action that the console may show and send back. */
export const ActionSchema = v.object({
  label: v.string(),
  contain: described(
    v.nullable(v.record(v.string(), v.union([v.string(), v.number()]))),
    'The body for the path contain of the incident; null if it is no containment.',
  ),
  command: described(v.nullable(v.string()), 'The command line that does it.'),
})

/** Problems that every containing route may answer with. */
const PROBLEMS = [
  'not_set_up',
  'network_verified',
  'network_published',
  'network_refused',
  'too_many_containments',
  'secret_unknown',
  'value_needed',
  'document_invalid',
] as const

const contain = {
  again: 'Keeps the containment, with the later of both ends. A secret is rotated again.',
  answer: v.object({ ...ContainmentSchema.entries, unreached_guards: UnreachedGuardsSchema }),
  isDangerous: ({ body }: { readonly body: { readonly action: string } }): boolean =>
    body.action === 'rotate',
} as const

export const containmentRoutes = {
  listContainments: route('GET', '/api/containments', 'viewer', {
    summary: 'What is contained, and what was in the last 30 days, newest first. Rotations are not listed.',
    scoped: true,
    query: v.strictObject({
      source: filter('Only of this source.'),
      limit: paging.limit,
      cursor: v.optional(
        v.pipe(v.string(), v.uuid(), v.description('The next_cursor of the previous page.')),
      ),
    }),
    answer: v.object({ containments: v.array(ContainmentSchema), next_cursor: v.nullable(v.string()) }),
  }),
  liftContainment: route('DELETE', '/api/containments/{id}', 'operator', {
    summary: 'Ends a containment before its time. Gateways stop within a second.',
    scoped: true,
    params: { id: 'The id of the containment.' },
    answer: ContainmentSchema,
    problems: ['containment_unknown', 'not_set_up'],
  }),
  containSource: route('POST', '/api/sources/{name}/contain', 'operator', {
    ...contain,
    summary: 'Blocks a network, raises the level, pauses the source for a time, or rotates a secret at once.',
    params: sourceParams,
    body: v.variant('action', [
      v.strictObject(block),
      v.strictObject(raiseLevel),
      v.strictObject(pause),
      v.strictObject(rotate),
    ]),
    example: { action: 'block', network: '203.0.113.0/24', seconds: 3_600 },
    problems: ['source_unknown', ...PROBLEMS],
  }),
  containIncident: route('POST', '/api/incidents/{number}/contain', 'operator', {
    ...contain,
    summary: 'Contains a source because of an incident, and records it there.',
    scoped: true,
    params: { number: 'The number of the incident.' },
    body: v.variant('action', [
      v.strictObject({ ...block, source }),
      v.strictObject({ ...raiseLevel, source }),
      v.strictObject({ ...pause, source }),
      v.strictObject({ ...rotate, source }),
    ]),
    example: { action: 'raise_level', level: 'maximum', seconds: 3_600 },
    problems: ['incident_unknown', 'source_unknown', 'body_invalid', ...PROBLEMS],
  }),
} as const
