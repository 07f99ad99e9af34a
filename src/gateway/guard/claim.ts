/** A delivery's claim: a fingerprint of verified material, and the shard that remembers it. */
import { halfSha256Hex } from '../../platform/sha256.ts'
import type { Source } from '../../registry/sources/source.ts'
import type { Verified } from '../authenticate/verified.ts'

export interface Claim {
  readonly fingerprint: string
  /** 32 hex digits of the body's digest; empty unless the identity may be used for one body only. */
  readonly body: string
  /** Unix seconds; 0 if the proof covers no time. */
  readonly signedAtSeconds: number
  /** Name of the guard. */
  readonly guard: string
}

/** Equal for two deliveries exactly when their verified identities are equal. */
export async function claimOf(verified: Verified, source: Source): Promise<Claim> {
  const { identity, singleUse } = verified.claim
  // The source's name keeps two sources with one secret apart; the lengths keep the parts apart.
  const frame = JSON.stringify([source.name, ...identity.map((part) => part.byteLength)])
  const fingerprint = await halfSha256Hex(frame, ...identity)
  // If the shard depended on `guardShards`, a change of that number would forget used tokens.
  const shard = singleUse
    ? SINGLE_USE_SHARD
    : Number.parseInt(fingerprint.slice(0, 2), 16) % source.config.guardShards
  return {
    fingerprint,
    body: singleUse ? await halfSha256Hex(verified.delivery.body) : '',
    signedAtSeconds: verified.signedAtSeconds ?? 0,
    guard: guardName(source.name, shard),
  }
}

/** Every source has it, so the registry notifies it of every change. */
const SINGLE_USE_SHARD = 0

export const guardName = (source: string, shard: number): string => `${source}#${shard}`

/** Source and shard of a guard. A source's name has no `#`. */
export function placeOf(guard: string): { readonly source: string; readonly shard: string } {
  const [source = '', shard = ''] = guard.split('#')
  return { source, shard }
}

/** The identity may be used for one body only: the proof does not cover the body. */
export const isSingleUse = ({ body }: Claim): boolean => body !== ''
