/** Stage 4, the gateway's side: asks the guard, and decides by the source's policy when it does not answer. */
import { faultName } from '../../platform/log.ts'
import type { Source } from '../../registry/source.ts'
import { type Outcome, pass, refuse } from '../outcome.ts'
import type { Claim } from './claim.ts'
import type { AdmitAnswer, AdmitRequest, GuardApi, SettleRequest } from './contract.ts'

/** A new stub on every call: one that threw may be broken. */
export type GuardNamed = (name: string) => Pick<GuardApi, 'admit' | 'settle'>

export type Admission =
  | { readonly kind: 'admitted'; readonly lease: number; readonly sourceVersion: number }
  | { readonly kind: 'duplicate'; readonly sourceVersion: number }
  /** The guard is down and the source prefers a second copy in the queue to a refusal. */
  | { readonly kind: 'degraded'; readonly fault: string }

/** What the runtime says of a call to an object that failed. */
interface ObjectFault {
  readonly retryable?: boolean
  readonly overloaded?: boolean
}

/** Takes the claim and a place in the quota, in one call. */
export async function admit(
  claim: Claim,
  source: Source,
  memorySeconds: number,
  nowMs: number,
  guardNamed: GuardNamed,
): Promise<Outcome<Admission>> {
  const request: AdmitRequest = {
    nowMs,
    fingerprint: claim.fingerprint,
    body: claim.body,
    limitPerMinute: Math.ceil(source.config.ratePerMinute / source.config.guardShards),
    memorySeconds,
  }
  try {
    return admissionOf(await ask(request, claim.guard, guardNamed), source)
  } catch (cause) {
    return whenDown(claim, source) === 'admit'
      ? pass({ kind: 'degraded', fault: faultName(cause) })
      : refuse({ code: 'guard_unavailable' })
  }
}

/** Keeps the claim or gives it back. A guard that does not hear of it forgets the lease within a minute. */
export async function settle(
  request: SettleRequest,
  guard: string,
  guardNamed: GuardNamed,
): Promise<boolean> {
  try {
    await guardNamed(guard).settle(request)
    return true
  } catch {
    return false
  }
}

/** One more try where the runtime says that it may help; never against an overloaded object, which it would only load more. */
async function ask(request: AdmitRequest, guard: string, guardNamed: GuardNamed): Promise<AdmitAnswer> {
  try {
    return await guardNamed(guard).admit(request)
  } catch (cause) {
    const fault = cause as ObjectFault
    if (fault.overloaded === true || fault.retryable !== true) throw cause
    return guardNamed(guard).admit(request)
  }
}

function admissionOf(answer: AdmitAnswer, { config }: Source): Outcome<Admission> {
  const { verdict, sourceVersion } = answer
  if (verdict === 'admitted') return pass({ kind: verdict, lease: answer.lease, sourceVersion })
  if (verdict === 'duplicate') return pass({ kind: verdict, sourceVersion })
  if (verdict === 'token_reused') return refuse({ code: verdict })
  const { retryAfterSeconds } = answer
  return verdict === 'in_flight'
    ? refuse({ code: 'copy_in_flight', retryAfterSeconds })
    : refuse({ code: verdict, limitPerMinute: config.ratePerMinute, retryAfterSeconds })
}

/**
 * A claim is there to refuse copies; where that matters most, no claim means no entry. A single-use identity is never
 * admitted without one: its proof does not cover the body, so nothing else tells a used token around other bytes.
 */
function whenDown({ body }: Claim, { config }: Source): 'refuse' | 'admit' {
  if (body.byteLength > 0) return 'refuse'
  return config.whenGuardDown ?? (config.level === 'maximum' ? 'refuse' : 'admit')
}
