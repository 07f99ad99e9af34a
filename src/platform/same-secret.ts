/** The one comparison of secrets. Every comparison of a presented value with a stored secret goes through here. */
import { utf8 } from './bytes.ts'

/**
 * Whether both are equal, in a time that tells neither where they differ nor that their lengths do. Both are reduced to an HMAC under
 * a random key of this isolate, and WebCrypto compares the tags.
 */
export const sameSecret = async (
  presented: string | Uint8Array,
  expected: string | Uint8Array,
): Promise<boolean> => hasTag(presented, await tagOf(expected))

/** The tag of a secret, for callers that compare with it repeatedly. It is of no use in another isolate. */
export async function tagOf(expected: string | Uint8Array): Promise<ArrayBuffer> {
  return crypto.subtle.sign('HMAC', throwAwayKey ?? (await makeKey()), bytesOf(expected))
}

/** As {@link sameSecret}, with the tag of the expected value: half of the time. */
export function hasTag(presented: string | Uint8Array, tag: ArrayBuffer): Promise<boolean> {
  if (throwAwayKey === undefined) return makeKey().then(() => hasTag(presented, tag))
  return crypto.subtle.verify('HMAC', throwAwayKey, tag, bytesOf(presented))
}

let throwAwayKey: CryptoKey | undefined

/** Made on first use: a Worker has no randomness at startup. */
async function makeKey(): Promise<CryptoKey> {
  const made = await crypto.subtle.importKey(
    'raw',
    crypto.getRandomValues(new Uint8Array(32)),
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    ['sign', 'verify'],
  )
  // If several are made at once, the first one counts: tags made with another key would match nothing.
  throwAwayKey ??= made
  return throwAwayKey
}

const bytesOf = (value: string | Uint8Array): Uint8Array => (typeof value === 'string' ? utf8(value) : value)
