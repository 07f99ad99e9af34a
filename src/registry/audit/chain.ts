/**
 * The audit log is a chain: each line's MAC covers the line and the previous MAC, under a key of the log. Somebody who can write
 * to the storage but does not have the master key cannot edit, remove, insert or reorder a line without being detected.
 */
import { type Bytes, concat, toHex, utf8 } from '../../platform/bytes.ts'
import type { AuditEntry } from './entry.ts'

/** A line as it is stored and exported. The MAC covers the text itself. */
export interface AuditLine {
  readonly seq: number
  /** JSON of an {@link AuditEntry}. */
  readonly text: string
  /** Hex of HMAC-SHA-256. */
  readonly mac: string
}

/** Sequence number and MAC of the last line. */
export interface AuditHead {
  readonly seq: number
  readonly mac: string
}

/** The head of an empty log. */
export const NO_LINES: AuditHead = { seq: 0, mac: '' }

export const auditKey = (raw: Bytes): Promise<CryptoKey> =>
  crypto.subtle.importKey('raw', raw, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify'])

/** The next line after the head. */
export async function lineAfter(
  head: AuditHead,
  entry: Omit<AuditEntry, 'seq'>,
  key: CryptoKey,
): Promise<AuditLine> {
  const seq = head.seq + 1
  const text = JSON.stringify({ seq, ...entry } satisfies AuditEntry)
  const mac = await crypto.subtle.sign('HMAC', key, covered(head.mac, text))
  return { seq, text, mac: toHex(new Uint8Array(mac)) }
}

/** Whether the tag is the MAC of a line that follows the given MAC. */
export const macCovers = (tag: Bytes, macBefore: string, text: string, key: CryptoKey): Promise<boolean> =>
  crypto.subtle.verify('HMAC', key, tag, covered(macBefore, text))

/** The first part has a fixed length, so the two parts cannot be confused. */
const covered = (macBefore: string, text: string): Bytes =>
  concat([utf8(macBefore.padStart(64, '0')), utf8(text)])
