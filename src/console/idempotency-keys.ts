/** The keys under which requests that must be done once are known and their answers rest. */
import { type Bytes, toHex, utf8 } from '../platform/bytes.ts'
import { type MasterKey, derive, oldestOf } from '../platform/master-key.ts'
import { type Sealer, sealer } from '../platform/seal.ts'

export interface IdempotencyKeys {
  /** A name for a text that tells nothing of it to whoever has not the master key. */
  mac(text: string): Promise<string>
  /** For answers: some hold a value that is shown once. */
  readonly sealer: Sealer
}

/**
 * The MAC uses the oldest master key, so that a repetition is recognized across a change of keys. After the oldest key is retired,
 * responses stored under it can be neither found nor decrypted.
 */
export function idempotencyKeys(masters: readonly [MasterKey, ...MasterKey[]]): IdempotencyKeys {
  const oldest = oldestOf(masters)
  let key: CryptoKey | undefined
  return {
    async mac(text) {
      key ??= await hmacKey(await derive(oldest, 'idempotency'))
      return toHex(new Uint8Array(await crypto.subtle.sign('HMAC', key, utf8(text))))
    },
    sealer: sealer(masters, 'idempotency'),
  }
}

const hmacKey = (raw: Bytes): Promise<CryptoKey> =>
  crypto.subtle.importKey('raw', raw, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
