/**
 * The path of a delivery, top to bottom: accept, (authenticate, check, guard), normalize, enqueue, settle.
 * Read this first. Each stage is a call and an exit; no stage knows its neighbours.
 */
import type { DeliveryFacts } from '../event/envelope.ts'
import { faultName } from '../platform/log.ts'
import { toInstant } from '../platform/time.ts'
import type { ClientFacts } from '../providers/presented-credentials.ts'
import type { ValidationAnswer, Opened } from '../providers/provider.ts'
import { type AcceptedHead, acceptBody, acceptHead } from './accept/index.ts'
import { networkOf } from './accept/client.ts'
import type { FoundSource } from './accept/sources.ts'
import type { Deps } from './deps.ts'
import { enqueue } from './enqueue/index.ts'
import { type Entered, enter } from './enter.ts'
import { holding } from './guard/hold.ts'
import { normalize, reopen, withPayload } from './normalize/index.ts'
import { type Outcome, pass, refuse } from './outcome.ts'
import type { Receipt } from './respond.ts'
import { screen } from './screen.ts'
import type { DeliveryContext } from './delivery-context.ts'

/** How a delivery that was not refused ended. */
export type Result =
  | { readonly kind: 'receipt'; readonly receipt: Receipt }
  | { readonly kind: 'handshake'; readonly handshake: Handshake }
  | { readonly kind: 'validation'; readonly validation: ValidationAnswer }

type Handshake = Extract<Opened, { kind: 'handshake' }>

/** Takes one HTTP request to the queue, or says why not. Stops at the first refusal. */
export async function intake(
  request: Request,
  name: string,
  client: ClientFacts,
  context: DeliveryContext,
  deps: Deps,
): Promise<Outcome<Result>> {
  const found = await deps.sources.find(name, deps.nowMs(), deps.inBackground)
  const accepted = acceptHead(request, found, client, context)
  if (!accepted.ok) return accepted

  const outcome = await read(request, found, accepted.value, context, deps)
  if (!outcome.ok) return outcome
  if ('validation' in outcome.value) return pass({ kind: 'validation', validation: outcome.value.validation })
  const entered = outcome.value
  const { claim, admission, verified, provider } = entered
  if (admission.kind === 'duplicate') return pass(duplicate(reopen(verified, provider)))

  return holding(claim, admission, deps.guards, () => handOver(entered, context, deps))
}

/** Longer than any body that a provider greets. */
const GREETED_MAX_BYTES = 64

/** The body is read where it can change anything, and holds memory of the isolate until it is judged. */
async function read(
  request: Request,
  found: FoundSource,
  accepted: AcceptedHead,
  context: DeliveryContext,
  deps: Deps,
): Promise<Outcome<Entered | { readonly validation: ValidationAnswer }>> {
  const { provider, head } = accepted
  const screened = await screen(found, head, context, deps)
  if (!screened.ok && provider.answerValidation === undefined) return screened
  const limitBytes = screened.ok ? accepted.limitBytes : GREETED_MAX_BYTES
  const share = deps.bodyMemory.open(networkOf(head.client.address))
  try {
    const delivery = await acceptBody(request, { head, limitBytes }, share, context)
    if (!delivery.ok) return screened.ok ? delivery : screened
    const validation = provider.answerValidation?.(delivery.value)
    if (validation !== undefined) return pass({ validation })
    return screened.ok ? await enter(screened.value, delivery.value, context, deps) : screened
  } finally {
    share.release()
  }
}

/** Stages 5 and 6. */
async function handOver(entered: Entered, context: DeliveryContext, deps: Deps): Promise<Outcome<Result>> {
  const facts = factsOf(entered, context, deps)
  const normalized = await normalize(entered.verified, entered.provider, facts)
  context.checks = withPayload(context.checks, normalized)
  if (!normalized.ok) return normalized
  if (normalized.value.kind === 'handshake') return handshake(normalized.value.handshake, deps)

  // The payload's check is the last one to have its say.
  const delivery = { ...facts, alerts: [...context.checks.alerts] }
  const { events, quarantined } = normalized.value.contents
  try {
    await enqueue({ delivery, events, quarantined }, deps)
  } catch (cause) {
    return refuse({ code: 'queue_unavailable', fault: faultName(cause) })
  }
  const receipt = { accepted: events.length, duplicates: 0, quarantined: quarantined.length }
  return pass({ kind: 'receipt', receipt })
}

async function handshake(opened: Handshake, deps: Deps): Promise<Outcome<Result>> {
  const confirmed = opened.confirm === undefined || (await deps.confirm(opened.confirm))
  return confirmed ? pass({ kind: 'handshake', handshake: opened }) : refuse({ code: 'confirmation_failed' })
}

/** A copy is acknowledged with how much was in it. Its handshake is answered again, which changes nothing; no call is made. */
function duplicate(opened: Opened): Result {
  if (opened.kind === 'handshake') return { kind: 'handshake', handshake: opened }
  const duplicates = opened.kind === 'items' ? opened.items.length : 1
  return { kind: 'receipt', receipt: { accepted: 0, duplicates, quarantined: 0 } }
}

const factsOf = ({ source, verified }: Entered, context: DeliveryContext, deps: Deps): DeliveryFacts => ({
  request_id: deps.requestId,
  source: source.name,
  provider: source.config.provider,
  received_at: toInstant(deps.nowMs()),
  methods: [...verified.methods],
  alerts: [...context.checks.alerts],
  degraded: context.degraded,
  level: source.config.level,
})
