/**
 * The path of a delivery, top to bottom: accept, (authenticate, check, guard), normalize, enqueue, settle.
 * Read this first. Each stage is a call and an exit, and knows no later stage.
 */
import { CAPTURE_DELIVERY_MAX_BYTES } from '../event/captured.ts'
import type { DeliveryFacts } from '../event/envelope.ts'
import { faultName } from '../platform/log.ts'
import { toInstant } from '../platform/time.ts'
import type { ClientFacts } from '../providers/shared/presented-credentials.ts'
import type { Defect } from '../providers/shared/defects.ts'
import type { ValidationAnswer, Opened, Provider } from '../providers/shared/provider.ts'
import { acceptBody } from './accept/index.ts'
import { networkOf } from './accept/client.ts'
import { withPayload } from './check/index.ts'
import { decidedChecks } from './check/record.ts'
import { type DeliveryContext, type Step, step } from './delivery-context.ts'
import type { Deps } from './deps.ts'
import { enqueue } from './enqueue/index.ts'
import { type Entered, enter } from './enter.ts'
import { type AnsweredFirstCall, FIRST_CALL_MAX_BYTES, awaitedFirstCall, firstCallIn } from './first-call.ts'
import { withClaim } from './guard/with-claim.ts'
import { normalize, reopen } from './normalize/index.ts'
import { originalRequest } from './original-request.ts'
import { type Outcome, pass, refuse } from './outcome.ts'
import type { Receipt } from './respond.ts'
import { type Screened, screen } from './screen.ts'

/** How a delivery that was not refused ended. */
export type Result =
  | {
      readonly kind: 'receipt'
      readonly receipt: Receipt
      readonly defects?: readonly Defect[]
      /** Whether the source only observes, so that nothing of the events was queued. */
      readonly isObserved?: boolean
    }
  | { readonly kind: 'handshake'; readonly handshake: Handshake }
  | { readonly kind: 'validation'; readonly validation: ValidationAnswer }
  | { readonly kind: 'first_call'; readonly firstCall: AnsweredFirstCall }

type Handshake = Extract<Opened, { kind: 'handshake' }>

/** Takes one HTTP request to the queue, or refuses it. Stops at the first refusal. */
export async function intake(
  request: Request,
  name: string,
  client: ClientFacts,
  deps: Deps,
): Promise<Step<Result>> {
  const cached = await deps.sources.find(name, deps.nowMs(), deps.inBackground)
  const screened = await screen(request, cached, client, deps)
  if (!screened.ok) return screened
  const read = await readAndEnter(request, screened.value, screened.context, deps)
  if (!read.ok) return read
  const { context, value: entered } = read
  if ('validation' in entered) return step(pass({ kind: 'validation', ...entered }), context)
  if ('firstCall' in entered) return step(pass({ kind: 'first_call', ...entered }), context)
  const { claim, admission, verified, provider, source } = entered
  deps.setupEnds.noteVerified(source, deps.requestId, deps.nowMs(), deps.inBackground)
  if (admission.kind === 'duplicate') return step(pass(duplicate(reopen(verified, provider))), context)

  const done = await withClaim(
    claim,
    admission,
    deps.guards,
    () => handOver(entered, context, deps),
    (handed) => step(refuse({ code: 'guard_unavailable' }), handed.context),
  )
  if (!done.ok) deps.captures.add(verified.delivery, done.refusal.code, done.context, deps)
  return done
}

/** Longer than any validation request of a provider. */
const VALIDATION_MAX_BYTES = 64

/** Answered without a proof, and without an effect. */
type Answered = { readonly validation: ValidationAnswer } | { readonly firstCall: AnsweredFirstCall }

/** Reads the body only if it can change the outcome, or if it is captured. The body counts against the isolate's memory until it is judged. */
async function readAndEnter(
  request: Request,
  { found, accepted: { provider, head, limitBytes }, ...screened }: Screened,
  before: DeliveryContext,
  deps: Deps,
): Promise<Step<Entered | Answered>> {
  const refused = screened.refused && step<never>(screened.refused, before)
  const refusedLimitBytes = refused && refusedReadBytes(provider, before, deps)
  if (refused !== undefined && refusedLimitBytes === 0) return refused
  const share = deps.bodyMemory.open(networkOf(head.client.address))
  try {
    const limits = { head, limitBytes: refusedLimitBytes ?? limitBytes }
    const delivery = await acceptBody(request, limits, share)
    if (!delivery.ok) return refused ?? step(delivery, before)
    const context = { ...before, bytes: delivery.value.body.byteLength }
    const validation = provider.answerValidation?.(delivery.value)
    if (validation !== undefined) return step(pass({ validation }), context)
    const entered = refused ?? (await enter(found, delivery.value, context, deps))
    if (entered.ok) return entered
    const { code } = entered.refusal
    deps.captures.add(delivery.value, code, entered.context, deps)
    const firstCall = await firstCallIn(delivery.value, code, entered.context, deps.setupEnds, deps.nowMs())
    return firstCall === undefined
      ? entered
      : step(pass({ firstCall }), { ...entered.context, bytes: context.bytes })
  } finally {
    share.release()
  }
}

/** The largest body that is read of a delivery that its head refuses: 0 if none can matter. */
function refusedReadBytes(provider: Provider, context: DeliveryContext, deps: Deps): number {
  if (deps.captures.wants(context, deps.nowMs())) return CAPTURE_DELIVERY_MAX_BYTES
  if (awaitedFirstCall(context, deps.setupEnds, deps.nowMs()) !== undefined) return FIRST_CALL_MAX_BYTES
  return provider.answerValidation === undefined ? 0 : VALIDATION_MAX_BYTES
}

const NOTHING = { events: [], quarantined: [] }

/** Stages 5 and 6. */
async function handOver(entered: Entered, before: DeliveryContext, deps: Deps): Promise<Step<Result>> {
  const facts = factsOf(entered, before, deps)
  const { verified, provider, source } = entered
  const normalized = await normalize(verified, provider, facts, source.config.originalDays > 0)
  const context = { ...before, checks: withPayload(before.checks, normalized) }
  if (!normalized.ok) return step(normalized, context)
  if (normalized.value.kind === 'handshake')
    return step(await handshake(normalized.value.handshake, deps), context)

  // The payload's check is decided now, so the facts are complete.
  const delivery = { ...facts, ...checkFacts(context) }
  const { events, quarantined, dropped, defects } = normalized.value.contents
  const isObserved = entered.source.config.observe
  const request = originalRequest(entered.verified.delivery, entered.source)
  try {
    await enqueue(
      { delivery, ...(isObserved ? NOTHING : { events, quarantined }), ...(request && { request }) },
      deps,
    )
  } catch (cause) {
    return step(refuse({ code: 'queue_unavailable', fault: faultName(cause) }), context)
  }
  const receipt = { accepted: events.length, duplicates: 0, quarantined: quarantined.length, dropped }
  return step(pass({ kind: 'receipt', receipt, defects, isObserved }), context)
}

async function handshake(opened: Handshake, deps: Deps): Promise<Outcome<Result>> {
  const confirmed = opened.confirm === undefined || (await deps.confirm(opened.confirm))
  return confirmed ? pass({ kind: 'handshake', handshake: opened }) : refuse({ code: 'confirmation_failed' })
}

/** A copy is acknowledged with how much was in it. Its handshake is answered again, which changes nothing; no call is made. */
function duplicate(opened: Opened): Result {
  if (opened.kind === 'handshake') return { kind: 'handshake', handshake: opened }
  const duplicates = opened.kind === 'items' ? opened.items.length : 1
  return { kind: 'receipt', receipt: { accepted: 0, duplicates, quarantined: 0, dropped: 0 } }
}

const factsOf = ({ source, verified }: Entered, context: DeliveryContext, deps: Deps): DeliveryFacts => ({
  request_id: deps.requestId,
  source: source.name,
  provider: source.config.provider,
  received_at: toInstant(deps.nowMs()),
  methods: [...verified.methods],
  ...checkFacts(context),
  degraded: context.degraded,
  level: context.level ?? source.config.level,
  network: networkOf(verified.delivery.client.address) ?? null,
  asn: verified.delivery.client.asn,
  bytes: context.bytes,
})

const checkFacts = ({ checks }: DeliveryContext): Pick<DeliveryFacts, 'checks' | 'alerts'> => ({
  checks: decidedChecks(checks),
  alerts: [...checks.alerts],
})
