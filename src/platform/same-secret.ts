/** The one comparison of secrets. Everything that compares what was presented with what is ours goes through here. */
import { utf8 } from './bytes.ts'

/**
 * Whether both are the same, without telling by time where they differ or that their lengths do: both are reduced to an
 * HMAC under a key that nobody knows, and WebCrypto compares the tags.
 */
export const sameSecret = async (
  presented: string | Uint8Array,
  expected: string | Uint8Array,
): Promise<boolean> => hasTag(presented, await tagOf(expected))

/** A secret's side of the comparison, for who compares with it again and again. Of no use in another isolate. */
export async function tagOf(expected: string | Uint8Array): Promise<ArrayBuffer> {
  return crypto.subtle.sign('HMAC', throwAwayKey ?? (await makeKey()), bytesOf(expected))
}

/** As {@link sameSecret}, with the tag of what is expected: half of the time. */
export function hasTag(presented: string | Uint8Array, tag: ArrayBuffer): Promise<boolean> {
  if (throwAwayKey === undefined) return makeKey().then(() => hasTag(presented, tag))
  return crypto.subtle.verify('HMAC', throwAwayKey, tag, bytesOf(presented))
}

let throwAwayKey: CryptoKey | undefined

/** Made on first use: a Worker has no randomness while it starts. */
async function makeKey(): Promise<CryptoKey> {
  const made = await crypto.subtle.importKey(
    'raw',
    crypto.getRandomValues(new Uint8Array(32)),
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    ['sign', 'verify'],
  )
  // Of several that are made at once the first is the one: with another, a tag of it would match nothing.
  throwAwayKey ??= made
  return throwAwayKey
}

const bytesOf = (value: string | Uint8Array): Uint8Array => (typeof value === 'string' ? utf8(value) : value)
