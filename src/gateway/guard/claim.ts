/** What a delivery claims for itself: a fingerprint of verified material, and the shard that remembers it. */
import { halfSha256Hex } from '../../platform/sha256.ts'
import type { Source } from '../../registry/sources/source.ts'
import type { Verified } from '../authenticate/verified.ts'

/** Digests are text: a call to an object takes a text for less than a small array of bytes, and a map finds it as it is. */
export interface Claim {
  readonly fingerprint: string
  /** Empty unless the identity may be used for one body only. */
  readonly body: string
  /** Unix seconds; 0 where the proof covers no time. */
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
  // A shard that `guardShards` chose would forget used tokens with each change of it.
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

/** Every source has it, so the registry tells it of every change. */
const SINGLE_USE_SHARD = 0

export const guardName = (source: string, shard: number): string => `${source}#${shard}`

/** What a guard's name is made of. A source's name has no `#`. */
export function placeOf(guard: string): { readonly source: string; readonly shard: string } {
  const [source = '', shard = ''] = guard.split('#')
  return { source, shard }
}

/** The identity may be used for one body only: the proof does not cover the body. */
export const isSingleUse = ({ body }: Claim): boolean => body !== ''
