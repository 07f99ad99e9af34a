/**
 * Pseudonyms in the archive. They are made with a person's own key, so that events of one person belong together in all files. When
 * the key is destroyed, nobody can tell any more which pseudonym an address had.
 */
import { type Bytes, utf8 } from '../platform/bytes.ts'

const PSEUDONYM_BYTES = 16

/** @param key the bytes of a person's key */
export async function archivePseudonym(key: Bytes): Promise<Bytes> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const hmac = await crypto.subtle.importKey('raw', key, algorithm, false, ['sign'])
  return new Uint8Array(await crypto.subtle.sign('HMAC', hmac, utf8('archive/v1')), 0, PSEUDONYM_BYTES)
}
