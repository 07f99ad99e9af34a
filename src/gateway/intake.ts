/**
 * The path of a delivery, top to bottom: accept, authenticate, check, guard, normalize, enqueue, settle.
 * Read this first. Each stage is a call and an exit; no stage knows its neighbours.
 */
import type { DeliveryFacts } from '../event/envelope.ts'
import { toInstant } from '../platform/time.ts'
import type { ClientFacts, Delivery } from '../providers/evidence.ts'
import { providerNamed } from '../providers/index.ts'
import type { Greeting, Opened, Provider } from '../providers/provider.ts'
import type { Source } from '../registry/source.ts'
import { readBody } from './accept/body.ts'
import { acceptKind } from './accept/method.ts'
import type { FoundSource } from './accept/sources.ts'
import { authenticate } from './authenticate/index.ts'
import type { Proven } from './authenticate/proven.ts'
import { type CheckRecord, check, isBlocked } from './check/index.ts'
import type { Deps } from './deps.ts'
import { enqueue } from './enqueue/index.ts'
import { type Admission, admit, settle } from './guard/admit.ts'
import { type Claim, claimOf } from './guard/claim.ts'
import { mediaType, normalize, reopen } from './normalize/index.ts'
import { type Outcome, type Refusal, pass, refuse } from './outcome.ts'
import { type Receipt, isUnproven } from './respond.ts'

/** How a delivery ended, and what is known of it by then. */
export type Result =
  | { readonly kind: 'receipt'; readonly receipt: Receipt; readonly degraded?: string }
  | { readonly kind: 'handshake'; readonly handshake: Handshake }
  | { readonly kind: 'greeting'; readonly greeting: Greeting }

type Handshake = Extract<Opened, { kind: 'handshake' }>

/** What the operator is told of a delivery besides its end. Filled as the path goes on. */
export interface Trail {
  provider?: Provider
  source?: string
  tried: readonly string[]
  failedChecks: readonly string[]
  alerts: readonly string[]
  bytes: number
}

/** Takes one HTTP request to the queue, or says why not. Stops at the first refusal. */
export async function intake(request: Request, name: string, client: ClientFacts, trail: Trail, deps: Deps): Promise<Outcome<Result>> {
  const found = await deps.sources.find(name, deps.nowMs(), deps.inBackground)
  const known = knownSource(found, trail)
  if (!known.ok) return known
  const { source, provider } = known.value

  if (isBlocked(client, source)) return refuse({ code: 'address_blocked' })
  const kind = acceptKind(request.method, mediaType(request.headers.get('content-type')), provider)
  if (!kind.ok) return kind
  const body = await readBody(request, source.config.maxBodyBytes)
  if (!body.ok) return body
  trail.bytes = body.value.byteLength
  const delivery = deliveryOf(request, body.value, client, source)

  const greeting = provider.greet?.(delivery)
  if (greeting !== undefined) return pass({ kind: 'greeting', greeting })

  return admitted(found, delivery, trail, deps)
}

/** Proves and claims, under the newest source that anybody knows of: a revoked secret is refused on the very next request. */
async function admitted(first: FoundSource, delivery: Delivery, trail: Trail, deps: Deps): Promise<Outcome<Result>> {
  let found = first
  for (let turn = 0; turn < 3; turn++) {
    const known = knownSource(found, trail)
    if (!known.ok) return known
    const { source, provider } = known.value

    const judged = await judge(delivery, source, provider, trail, deps)
    if (!judged.ok) {
      const newer = isUnproven(judged.refusal.code) ? await newerSource(found, deps) : undefined
      if (newer === undefined) return judged
      found = newer
      continue
    }
    const { proven, record } = judged.value

    const claim = await claimOf(proven, source)
    const windowSeconds = source.config.replayWindowSeconds ?? provider.replayWindowSeconds
    const admission = await admit(claim, source, 2 * windowSeconds, deps.nowMs(), deps.guardNamed)
    if (!admission.ok) return admission
    if (admission.value.kind !== 'degraded' && admission.value.sourceVersion > source.version) {
      await giveBack(claim, admission.value, deps)
      found = await deps.sources.reload(source.name, deps.nowMs())
      continue
    }
    return take(proven, record, claim, admission.value, source, provider, deps)
  }
  // The source changed three times while we looked: the sender may try again.
  return refuse({ code: 'configuration_unavailable' })
}

/** From here on the claim is held: it is kept when the queue has everything, and given back on every other way out. */
async function take(
  proven: Proven,
  record: CheckRecord,
  claim: Claim,
  admission: Admission,
  source: Source,
  provider: Provider,
  deps: Deps,
): Promise<Outcome<Result>> {
  if (admission.kind === 'duplicate') return pass(duplicate(reopen(proven, provider)))
  let kept = false
  try {
    const outcome = await deliver(proven, record, admission, source, provider, deps)
    kept = outcome.ok
    return outcome
  } catch {
    return refuse({ code: 'queue_unavailable' })
  } finally {
    if (kept && admission.kind === 'admitted') await settle({ ...claim, lease: admission.lease, kept }, claim.guard, deps.guardNamed)
    else if (!kept) await giveBack(claim, admission, deps)
  }
}

async function deliver(
  proven: Proven,
  record: CheckRecord,
  admission: Admission,
  source: Source,
  provider: Provider,
  deps: Deps,
): Promise<Outcome<Result>> {
  const degraded = admission.kind === 'degraded' ? `guard_down:${admission.fault}` : null
  const normalized = await normalize(proven, provider, factsOf(proven, record, degraded, source, deps))
  if (!normalized.ok) return normalized
  if (normalized.value.kind === 'handshake') return handshake(normalized.value.handshake, deps)
  const { contents } = normalized.value
  await enqueue(contents, deps)
  const receipt = { accepted: contents.events.length, duplicates: 0, quarantined: contents.quarantined.length }
  return pass({ kind: 'receipt', receipt, ...(degraded === null ? {} : { degraded }) })
}

/** Stages 2 and 3. */
async function judge(
  delivery: Delivery,
  source: Source,
  provider: Provider,
  trail: Trail,
  deps: Deps,
): Promise<Outcome<{ readonly proven: Proven; readonly record: CheckRecord }>> {
  const nowSeconds = Math.floor(deps.nowMs() / 1_000)
  const { outcome, tried } = await authenticate(delivery, provider, source, { nowSeconds, fetch: deps.fetch })
  trail.tried = tried
  if (!outcome.ok) return outcome
  const checked = check(outcome.value, source, provider, nowSeconds)
  trail.failedChecks = checked.record.failed
  trail.alerts = checked.record.alerts
  return checked.outcome.ok ? pass({ proven: outcome.value, record: checked.record }) : checked.outcome
}

/** A failed proof may mean that the source changed a moment ago: looked at again at most once a second a source. */
async function newerSource(found: FoundSource, deps: Deps): Promise<FoundSource | undefined> {
  if (found.state !== 'known' || !deps.sources.mayRecheck(found, deps.nowMs())) return undefined
  const newer = await deps.sources.reload(found.source.name, deps.nowMs())
  const changed = newer.state === 'unknown' || (newer.state === 'known' && newer.source.version !== found.source.version)
  return changed ? newer : undefined
}

async function giveBack(claim: Claim, admission: Admission, deps: Deps): Promise<void> {
  if (admission.kind === 'admitted') await settle({ ...claim, lease: admission.lease, kept: false }, claim.guard, deps.guardNamed)
}

async function handshake(opened: Handshake, deps: Deps): Promise<Outcome<Result>> {
  const confirmed = opened.confirm === undefined || (await deps.confirm(opened.confirm))
  return confirmed ? pass({ kind: 'handshake', handshake: opened }) : refuse({ code: 'confirmation_failed' })
}

/** A copy is acknowledged with what was in it. Its handshake is answered again, which changes nothing; no call is made. */
const duplicate = (opened: Opened): Result =>
  opened.kind === 'handshake'
    ? { kind: 'handshake', handshake: opened }
    : {
        kind: 'receipt',
        receipt: { accepted: 0, duplicates: opened.kind === 'items' ? opened.items.length : 1, quarantined: 0 },
      }

function knownSource(found: FoundSource, trail: Trail): Outcome<{ readonly source: Source; readonly provider: Provider }> {
  if (found.state === 'unavailable') return refuse({ code: 'configuration_unavailable' })
  if (found.state === 'unknown') return refuse({ code: 'source_unknown' })
  const { source } = found
  const provider = providerNamed(source.config.provider)
  // A source of a provider that this version does not know: saved by a newer one.
  if (provider === undefined) return refuse({ code: 'configuration_unavailable' })
  trail.source = source.name
  trail.provider = provider
  return pass({ source, provider })
}

function deliveryOf(request: Request, body: Delivery['body'], client: ClientFacts, source: Source): Delivery {
  const { search, searchParams } = new URL(request.url)
  const { publicUrl } = source.config
  return {
    method: request.method,
    url: publicUrl === undefined ? request.url : publicUrl.includes('?') ? publicUrl : publicUrl + search,
    query: searchParams,
    headers: request.headers,
    body,
    client,
  }
}

const factsOf = (proven: Proven, record: CheckRecord, degraded: string | null, source: Source, deps: Deps): DeliveryFacts => ({
  request_id: deps.requestId,
  source: source.name,
  provider: source.config.provider,
  received_at: toInstant(deps.nowMs()),
  methods: [...proven.methods],
  alerts: [...record.alerts],
  degraded,
})

export type { Refusal }
