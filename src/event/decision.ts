/**
 * The decision record of a delivery: the auth methods that were attempted, the checks, the level, and what became of the
 * delivery. The gateway makes it. It is kept whole with each refusal, and in part with each event.
 */
import * as v from 'valibot'

/** The checks, in the order in which they are shown. */
export const CHECKS = ['source_ip', 'rate', 'replay', 'payload', 'transport'] as const
export type CheckName = (typeof CHECKS)[number]

export const LEVELS = ['standard', 'enhanced', 'maximum'] as const
export type Level = (typeof LEVELS)[number]

/** Code that a failed check raises; each failed check raises at least one. */
export type Alert =
  | 'source_ip_unknown'
  | 'source_ip_not_listed'
  | 'source_ip_blocked'
  | 'country_not_listed'
  | 'country_blocked'
  | 'asn_not_listed'
  | 'asn_blocked'
  | 'rate_exceeded'
  | 'signature_outside_window'
  | 'copy'
  | 'copy_in_flight'
  | 'token_reused'
  | 'payload_quarantined'
  | 'payload_unreadable'
  | 'plain_http'
  | 'tls_unknown'
  | 'tls_too_old'

const names = v.array(v.string())
const checks = v.array(v.picklist(CHECKS))

const UNDECIDED = 'The delivery ended before these were decided, or what decides them was down.'

const alerts = v.pipe(names, v.description('Stable codes of what failed; never a value of the delivery.'))

/** The checks of one delivery: each is in one of the three lists. */
const decided = { passed: checks, failed: checks, undecided: v.pipe(checks, v.description(UNDECIDED)) }
const DecidedSchema = v.object(decided)
export type DecidedChecks = v.InferOutput<typeof DecidedSchema>

/**
 * The same as an event keeps them. A later version may have more or other checks. What was recorded stays as it was, so any name
 * is allowed, and a check that did not exist is in none of the lists.
 */
const recorded = {
  passed: v.pipe(names, v.description('The checks that ran and passed.')),
  failed: v.pipe(names, v.description('The checks that ran and failed.')),
  undecided: v.pipe(names, v.description(UNDECIDED)),
}
export const RecordedChecksSchema = v.object(recorded)
export type RecordedChecks = v.InferOutput<typeof RecordedChecksSchema>

/** Of a delivery for which no check ran. */
export const NO_CHECKS: RecordedChecks = { passed: [], failed: [], undecided: [] }

const degraded = v.pipe(
  v.nullable(v.string()),
  v.description('Set if the guard was down: what replaced it, or that nothing did.'),
)

const requestId = v.string()

export const DecisionSchema = v.object({
  request_id: requestId,
  at: v.string(),
  authentication: v.object({
    status: v.picklist(['verified', 'refused', 'unavailable', 'not_reached']),
    attempted: v.pipe(names, v.description('The auth methods that were attempted, in order.')),
    verified: v.pipe(names, v.description('The auth methods that verified the sender.')),
  }),
  security: v.object({
    status: v.pipe(
      v.picklist(['passed', 'tolerated', 'undecided', 'refused', 'not_reached']),
      v.description('tolerated: a check failed, and the level tolerates that.'),
    ),
    level: v.nullable(v.picklist(LEVELS)),
    tolerated: v.pipe(v.nullable(v.number()), v.description('How many failed checks the level tolerates.')),
    ...decided,
    alerts,
    degraded,
  }),
  processing: v.object({
    status: v.pipe(
      v.picklist(['queued', 'observed', 'duplicate', 'answered', 'postponed', 'refused']),
      v.description(
        'postponed: the sender was asked to retry. answered: there was nothing to store. observed: the source stores nothing.',
      ),
    ),
  }),
})
export type Decision = v.InferOutput<typeof DecisionSchema>

/** The part of the decision that is kept with an event. */
export const SecuritySchema = v.object({
  request_id: v.pipe(requestId, v.description('The request id of its delivery.')),
  verified: v.pipe(names, v.description('The auth methods that verified the sender.')),
  ...recorded,
  alerts,
  degraded,
  origin: v.pipe(
    v.nullable(v.string()),
    v.description(
      'Null if the ESP delivered it. backfill: it was fetched from the API of the ESP. backfill_forwarded: the same, and destinations get it.',
    ),
  ),
})
export type Security = v.InferOutput<typeof SecuritySchema>

/** How `degraded` begins if no store answered, so that there is no claim. Without it, another store replaced the first. */
export const NO_GUARD = 'guard_down:'

/** Facts of an accepted delivery, as the queue and the store carry them. */
interface Accepted {
  readonly request_id: string
  readonly methods: readonly string[]
  readonly checks: RecordedChecks
  readonly alerts: readonly string[]
  readonly degraded: string | null
  readonly origin?: string | null | undefined
}

/** Fetched from the ESP's API, and not for destinations: they get it by a replay alone. */
export const BACKFILL = 'backfill'
/** The same, for destinations also. */
export const BACKFILL_FORWARDED = 'backfill_forwarded'

/** The security facts of an event's delivery. */
export const securityOf = ({
  request_id,
  methods,
  checks,
  alerts,
  degraded,
  origin,
}: Accepted): Security => ({
  request_id,
  verified: [...methods],
  ...checks,
  alerts: [...alerts],
  degraded,
  origin: origin ?? null,
})
