/** A containment in answers, what a request for one looks like, and why one is refused. */
import * as v from 'valibot'
import { toInstant } from '../../platform/time.ts'
import type { ContainRefused, Containment } from '../../registry/containment/containment.ts'
import type { ContainRequest } from '../../watch/incidents/incident.ts'
import type { NetworkRefused } from '../containable.ts'
import { refusalWords } from '../messages/containments.ts'
import { type Problem, type ProblemCode, problem } from './problem.ts'

const ACTIONS = ['block', 'raise_level', 'pause', 'rotate'] as const

export const ContainmentAnswer = v.object({
  id: v.string(),
  source: v.string(),
  action: v.picklist(ACTIONS),
  network: v.pipe(v.nullable(v.string()), v.description('Of a block.')),
  level: v.pipe(v.nullable(v.string()), v.description('To which the level is raised.')),
  slot: v.pipe(v.nullable(v.string()), v.description('Of the secret that was rotated.')),
  started_at: v.string(),
  ends_at: v.pipe(v.string(), v.description('When it ends by itself. A rotation is over at once.')),
  lifted_at: v.pipe(v.nullable(v.string()), v.description('When it was lifted before its end.')),
  incident: v.nullable(v.number()),
  by: v.pipe(v.string(), v.description('Who asked for it, or policy.')),
})

export function containmentAnswer({ measure, ...one }: Containment) {
  return {
    id: one.id,
    source: one.source,
    action: measure.action,
    network: measure.action === 'block' ? measure.network : null,
    level: measure.action === 'raise_level' ? measure.level : null,
    slot: measure.action === 'rotate' ? measure.slot : null,
    started_at: toInstant(one.startedAtMs),
    ends_at: toInstant(one.endsAtMs),
    lifted_at: one.liftedAtMs === null ? null : toInstant(one.liftedAtMs),
    incident: one.incident,
    by: one.by,
  }
}

const seconds = v.pipe(
  v.optional(v.pipe(v.number(), v.integer(), v.minValue(60), v.maxValue(86_400)), 3_600),
  v.description('How long it lasts, from a minute to a day.'),
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

export const ContainBody = v.variant('action', [
  v.strictObject(block),
  v.strictObject(raiseLevel),
  v.strictObject(pause),
  v.strictObject(rotate),
])

const source = v.optional(
  v.pipe(v.string(), v.maxLength(100), v.description('Which of its sources, if the incident has several.')),
)

export const ContainIncidentBody = v.variant('action', [
  v.strictObject({ ...block, source }),
  v.strictObject({ ...raiseLevel, source }),
  v.strictObject({ ...pause, source }),
  v.strictObject({ ...rotate, source }),
])

/** Action that the console may show and send back. */
export const ActionAnswer = v.object({
  label: v.string(),
  contain: v.pipe(
    v.nullable(v.record(v.string(), v.union([v.string(), v.number()]))),
    v.description('The body for the path contain of the incident; null if it is no containment.'),
  ),
  command: v.pipe(v.nullable(v.string()), v.description('The command line that does it.')),
})

/** @param source only if the incident has several */
export const requestJson = (
  request: ContainRequest | null,
  source: string | null,
): Record<string, string | number> | null =>
  request === null ? null : { ...request, ...(source === null ? {} : { source }) }

/** Problems that every containing route may answer with. */
export const CONTAIN_PROBLEMS = [
  'network_verified',
  'network_published',
  'network_refused',
  'too_many_containments',
  'secret_unknown',
  'value_needed',
  'document_invalid',
] as const satisfies readonly ProblemCode[]

export const notContained = (refusal: ContainRefused | NetworkRefused): Problem =>
  refusal.code === 'document_invalid'
    ? problem('document_invalid', 'Nothing was contained.', { problems: refusal.problems })
    : problem(refusal.code, refusalWords(refusal))
