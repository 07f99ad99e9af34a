/** Stage 4, the gateway's side: calls the guard, and applies the source's policy if no guard answers. */
import { NO_GUARD } from '../../event/decision.ts'
import type { GuardRefusal } from '../../event/refusal-code.ts'
import { faultName } from '../../platform/log.ts'
import { SetupError } from '../../platform/master-key.ts'
import type { Source } from '../../registry/sources/source.ts'
import { levelOf } from '../accept/containment.ts'
import { type Outcome, pass, refuse } from '../outcome.ts'
import { type Claim, isSingleUse } from './claim.ts'
import type { AdmitAnswer, AdmitRequest, SettleRequest } from './contract.ts'
import type { IsolateGuard } from './isolate.ts'
import { type GuardNamed, type GuardStores, type StoreName, guardIn, storesFor } from './stores.ts'

export type Admission =
  | {
      readonly kind: 'admitted'
      readonly lease: number
      readonly sourceVersion: number
      /** When its place in the quota was taken, in Unix seconds. */
      readonly atSeconds: number
      /** The store that holds the claim. */
      readonly store: StoreName
      /** The fault of the source's first store, if the second one answered; else null. */
      readonly fault: string | null
    }
  | { readonly kind: 'duplicate'; readonly sourceVersion: number; readonly fault: string | null }
  /** No guard answers, and the source prefers a second copy in the queue to a refusal. */
  | { readonly kind: 'degraded'; readonly atSeconds: number; readonly fault: string }

/** Properties of the error of a failed call to an object. */
interface ObjectFault {
  readonly retryable?: boolean
  readonly overloaded?: boolean
}

/**
 * Takes the claim and a place in the quota. It makes one call if the object is up, and none for most copies of a flood. If no store
 * answers and the source admits deliveries nevertheless, the isolate decides alone.
 */
export async function admit(
  claim: Claim,
  source: Source,
  memorySeconds: number,
  nowMs: number,
  stores: GuardStores,
): Promise<Outcome<Admission, GuardRefusal>> {
  const { isolate } = stores
  if (isolate.answers(claim, source.name, nowMs)) return pass(copyOf(source))
  const request: AdmitRequest = {
    nowMs,
    fingerprint: claim.fingerprint,
    body: claim.body,
    limitPerMinute: limitOf(claim, source),
    memorySeconds,
    signedAtSeconds: claim.signedAtSeconds,
  }
  const first = source.config.guardStore
  let fault: string | null = null
  for (const store of storesFor(first, isSingleUse(claim), stores)) {
    try {
      const answer = await ask(request, claim.guard, guardIn(stores, store))
      note(answer, claim, source, nowMs, isolate)
      return admissionOf(answer, request, source, store, fault)
    } catch (cause) {
      // A missing store is a setup error, so the source's policy does not apply.
      if (cause instanceof SetupError && store === first) throw cause
      fault ??= faultName(cause)
    }
  }
  if (whenDown(claim, source, nowMs) === 'refuse') return refuse({ code: 'guard_unavailable' })
  return degraded(claim, source, nowMs, isolate, fault ?? 'none')
}

/** Remembers a guard's answer in the isolate. */
function note(
  answer: AdmitAnswer,
  claim: Claim,
  { name }: Source,
  nowMs: number,
  isolate: IsolateGuard,
): void {
  if (answer.verdict === 'admitted') isolate.count(name, secondsOf(nowMs))
  if (answer.verdict === 'duplicate') isolate.noteKept(claim, nowMs)
}

/** The quota holds while the guard is down: whoever sends copies or floods may have overloaded it. */
function degraded(
  claim: Claim,
  source: Source,
  nowMs: number,
  isolate: IsolateGuard,
  fault: string,
): Outcome<Admission, GuardRefusal> {
  if (isolate.isCopy(claim, nowMs)) return pass(copyOf(source))
  const limitPerMinute = source.config.ratePerMinute
  const atSeconds = secondsOf(nowMs)
  const place = isolate.take(source.name, limitPerMinute, atSeconds)
  return place.taken
    ? pass({ kind: 'degraded', atSeconds, fault })
    : refuse({ code: 'rate_limited', limitPerMinute, retryAfterSeconds: place.retryAfterSeconds })
}

/** The answer to a copy that the isolate knows. */
const copyOf = ({ version }: Source): Admission => ({
  kind: 'duplicate',
  sourceVersion: version,
  fault: null,
})

const secondsOf = (ms: number): number => Math.floor(ms / 1_000)

/** The value of the `degraded` field if the first store did not answer; else null. */
export function degradedOf(admission: Admission): string | null {
  if (admission.fault === null) return null
  return `${admission.kind === 'degraded' ? NO_GUARD : 'failover:'}${admission.fault}`
}

/** Keeps or releases the claim. A guard that is not reached drops the lease within a minute. */
export async function settle(
  request: SettleRequest,
  guard: string,
  guardNamed: GuardNamed,
): Promise<boolean> {
  try {
    return await guardNamed(guard).settle(request)
  } catch {
    return false
  }
}

/** Retries once if the runtime marks the error as retryable, but never an overloaded object. */
async function ask(request: AdmitRequest, guard: string, guardNamed: GuardNamed): Promise<AdmitAnswer> {
  try {
    return await guardNamed(guard).admit(request)
  } catch (cause) {
    const fault = cause as ObjectFault
    if (fault.overloaded === true || fault.retryable !== true) throw cause
    return guardNamed(guard).admit(request)
  }
}

/** Single-use claims are all in one shard, so it has the whole quota. */
const limitOf = (claim: Claim, { config }: Source): number =>
  isSingleUse(claim) ? config.ratePerMinute : Math.ceil(config.ratePerMinute / config.guardShards)

function admissionOf(
  answer: AdmitAnswer,
  { nowMs, signedAtSeconds }: AdmitRequest,
  { config }: Source,
  store: StoreName,
  fault: string | null,
): Outcome<Admission, GuardRefusal> {
  const { verdict, sourceVersion } = answer
  if (verdict === 'admitted') {
    const atSeconds = secondsOf(nowMs)
    return pass({ kind: verdict, lease: answer.lease, sourceVersion, atSeconds, store, fault })
  }
  if (verdict === 'duplicate') return pass({ kind: verdict, sourceVersion, fault })
  if (verdict === 'token_reused') return refuse({ code: verdict })
  if (verdict === 'too_old') {
    const ageSeconds = secondsOf(nowMs) - signedAtSeconds
    return refuse({ code: 'timestamp_outside_window', ageSeconds, windowSeconds: answer.windowSeconds })
  }
  const { retryAfterSeconds } = answer
  return verdict === 'in_flight'
    ? refuse({ code: 'copy_in_flight', retryAfterSeconds })
    : refuse({ code: verdict, limitPerMinute: config.ratePerMinute, retryAfterSeconds })
}

/**
 * The level `maximum` refuses deliveries without a claim by default. A single-use identity is never admitted without one: its proof
 * does not cover the body, so nothing else recognizes a used token with another body.
 */
function whenDown(claim: Claim, source: Source, nowMs: number): 'refuse' | 'admit' {
  if (isSingleUse(claim)) return 'refuse'
  return source.config.whenGuardDown ?? (levelOf(source, nowMs) === 'maximum' ? 'refuse' : 'admit')
}
