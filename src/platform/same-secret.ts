/** The one comparison of secrets. Everything that compares what was presented with what is ours goes through here. */
import { utf8 } from './bytes.ts'

let throwAwayKey: CryptoKey | undefined

/**
 * Whether both are the same, without telling by time where they differ or that their lengths do: both are reduced to an
 * HMAC under a key that nobody knows, and WebCrypto compares the tags.
 */
export async function sameSecret(
  presented: string | Uint8Array,
  expected: string | Uint8Array,
): Promise<boolean> {
  // Made on first use: a Worker has no randomness while it starts.
  throwAwayKey ??= await crypto.subtle.importKey(
    'raw',
    crypto.getRandomValues(new Uint8Array(32)),
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    ['sign', 'verify'],
  )
  const tag = await crypto.subtle.sign('HMAC', throwAwayKey, bytesOf(expected))
  return crypto.subtle.verify('HMAC', throwAwayKey, tag, bytesOf(presented))
}

const bytesOf = (value: string | Uint8Array): Uint8Array => (typeof value === 'string' ? utf8(value) : value)
