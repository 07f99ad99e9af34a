/**
 * The decision of a delivery: which methods were attempted, which checks passed, what the level made of it, and what became of
 * it. One record, written by the gateway, kept with each refusal and, as far as a stored event holds it, with each event.
 */
import * as v from 'valibot'

/** The five checks, in the order in which they are shown. */
export const CHECKS = ['source_ip', 'rate', 'replay', 'payload', 'transport'] as const
export type CheckName = (typeof CHECKS)[number]

export const LEVELS = ['standard', 'enhanced', 'maximum'] as const
export type Level = (typeof LEVELS)[number]

/** Every alert and the check that raises it. A check that fails raises at least one, so that alerts tell what failed. */
const RAISED_BY = {
  source_ip_unknown: 'source_ip',
  source_ip_not_listed: 'source_ip',
  source_ip_blocked: 'source_ip',
  country_not_listed: 'source_ip',
  country_blocked: 'source_ip',
  asn_not_listed: 'source_ip',
  asn_blocked: 'source_ip',
  rate_exceeded: 'rate',
  signature_outside_window: 'replay',
  copy: 'replay',
  copy_in_flight: 'replay',
  token_reused: 'replay',
  payload_quarantined: 'payload',
  payload_unreadable: 'payload',
  plain_http: 'transport',
  tls_unknown: 'transport',
  tls_too_old: 'transport',
} as const satisfies Record<string, CheckName>

export type Alert = keyof typeof RAISED_BY

const CHECK_OF: ReadonlyMap<string, CheckName> = new Map(Object.entries(RAISED_BY))

const names = v.array(v.string())
const checks = v.array(v.picklist(CHECKS))

/** The five checks of one delivery: each stands in one of the three lists. */
const checked = {
  passed: checks,
  failed: checks,
  undecided: v.pipe(
    checks,
    v.description('The delivery ended before these were decided, or what decides them was down.'),
  ),
  alerts: v.pipe(names, v.description('Stable codes of what failed; never a value of the delivery.')),
}

const degraded = v.pipe(
  v.nullable(v.string()),
  v.description('Set when the guard was down: what stood in for it, or that nothing did.'),
)

const requestId = v.string()

export const DecisionSchema = v.object({
  request_id: requestId,
  at: v.string(),
  authentication: v.object({
    status: v.picklist(['verified', 'refused', 'unavailable', 'not_reached']),
    attempted: v.pipe(names, v.description('auth methods that were attempted, in order.')),
    verified: v.pipe(names, v.description('Those of them that verified the sender.')),
  }),
  security: v.object({
    status: v.pipe(
      v.picklist(['passed', 'tolerated', 'undecided', 'refused', 'not_reached']),
      v.description('tolerated: a check failed, and the level lets the delivery through all the same.'),
    ),
    level: v.nullable(v.picklist(LEVELS)),
    required: v.pipe(v.nullable(v.number()), v.description('How many checks the level asks for.')),
    ...checked,
    degraded,
  }),
  processing: v.object({
    status: v.pipe(
      v.picklist(['queued', 'duplicate', 'answered', 'postponed', 'refused']),
      v.description('postponed: the sender was told to come again. answered: there was nothing to keep.'),
    ),
  }),
})
export type Decision = v.InferOutput<typeof DecisionSchema>

/** What of its delivery's decision is kept with an event. */
export const SecuritySchema = v.object({
  request_id: v.pipe(requestId, v.description('The delivery that brought it.')),
  verified: v.pipe(names, v.description('The methods that verified the sender.')),
  ...checked,
  degraded,
})
export type Security = v.InferOutput<typeof SecuritySchema>

/** Facts of a delivery that was let in, as the queue and the store carry them. */
interface LetIn {
  readonly request_id: string
  readonly methods: readonly string[]
  readonly alerts: readonly string[]
  readonly degraded: string | null
}

/** What only the guard decides. */
const BY_THE_GUARD: readonly CheckName[] = ['rate', 'replay']

/** How `degraded` begins where no guard answered, so that there is no claim. Another store may have stood in. */
export const NO_GUARD = 'guard_down:'

/** The checks of a delivery that was let in: its alerts name what failed, and without the guard two are undecided. */
export function securityOf({ request_id, methods, alerts, degraded }: LetIn): Security {
  const failing = new Set(alerts.map((alert) => CHECK_OF.get(alert)))
  const failed = CHECKS.filter((name) => failing.has(name))
  const undecided =
    degraded?.startsWith(NO_GUARD) !== true ? [] : BY_THE_GUARD.filter((name) => !failing.has(name))
  return {
    request_id,
    verified: [...methods],
    passed: CHECKS.filter((name) => !failing.has(name) && !undecided.includes(name)),
    failed,
    undecided: [...undecided],
    alerts: [...alerts],
    degraded,
  }
}
