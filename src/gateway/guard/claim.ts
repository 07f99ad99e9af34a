/** What a delivery claims for itself: a fingerprint of proven material, and the shard that remembers it. */
import type { Bytes } from '../../platform/bytes.ts'
import { concat, utf8 } from '../../platform/bytes.ts'
import type { Source } from '../../registry/source.ts'
import type { Proven } from '../authenticate/proven.ts'

export interface Claim {
  readonly fingerprint: Bytes
  /** Empty unless the identity may be used for one body only. */
  readonly body: Bytes
  /** Name of the guard. */
  readonly guard: string
}

const DIGEST_BYTES = 16
const NOTHING: Bytes = new Uint8Array(0)

/** Equal for two deliveries exactly when their proven identities are equal. */
export async function claimOf(proven: Proven, source: Source): Promise<Claim> {
  const { identity, singleUse } = proven.claim
  const [fingerprint, body] = await Promise.all([
    // The source's name keeps two sources with one secret apart; the lengths keep the parts apart.
    digest([utf8(JSON.stringify([source.name, ...identity.map((part) => part.byteLength)])), ...identity]),
    singleUse ? digest([proven.delivery.body]) : NOTHING,
  ])
  return {
    fingerprint,
    body,
    guard: guardName(source.name, (fingerprint[0] ?? 0) % source.config.guardShards),
  }
}

export const guardName = (source: string, shard: number): string => `${source}#${shard}`

/** What a guard's name is made of. A source's name has no `#`. */
export function placeOf(guard: string): { readonly source: string; readonly shard: string } {
  const [source = '', shard = ''] = guard.split('#')
  return { source, shard }
}

/** The identity may be used for one body only: the proof does not cover the body. */
export const isSingleUse = ({ body }: Claim): boolean => body.byteLength > 0

async function digest(parts: readonly Uint8Array[]): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', concat(parts))).slice(0, DIGEST_BYTES)
}
