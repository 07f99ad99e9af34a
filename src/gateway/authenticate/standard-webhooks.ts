/**
 * Standard Webhooks: a list of signatures, each with its version: `v1` is HMAC-SHA256, `v1a` is Ed25519.
 *
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
import { type Bytes, fromBase64 } from '../../platform/bytes.ts'
import type { StandardWebhooksEvidence } from '../../providers/evidence.ts'
import { type Outcome, refuse } from '../outcome.ts'
import { fits } from './keys.ts'
import { MAX_PRESENTED_LENGTH, MAX_SIGNATURES } from './limits.ts'
import type { KeyUse, Scheme } from './scheme.ts'
import { verifyBytes } from './signatures.ts'

interface Version {
  /** What an entry of it begins with. */
  readonly prefix: string
  readonly use: KeyUse
  readonly signatureBytes: number
}

const VERSIONS: readonly Version[] = [
  { prefix: 'v1,', use: 'hmac-sha256', signatureBytes: 32 },
  { prefix: 'v1a,', use: 'ed25519', signatureBytes: 64 },
]

export const standardWebhooks: Scheme<StandardWebhooksEvidence> = {
  name: 'standard-webhooks',
  /** Entries of unknown versions and malformed ones are passed over: a sender may add what we do not know yet. */
  async verify(evidence, context) {
    const { signatures: list, slots } = evidence
    if (list.trim() === '') return refuse({ code: 'proof_missing', field: 'signature' })
    if (list.length > MAX_PRESENTED_LENGTH) return refuse({ code: 'proof_malformed', field: 'signature' })
    const secrets = context.secrets(slots)
    let isUsable = false
    let outcome: Outcome<void> = refuse({ code: 'proof_malformed', field: 'signature' })
    for (const version of VERSIONS) {
      if (!secrets.some((secret) => fits(secret, version.use))) continue
      isUsable = true
      const signatures = signaturesOf(list, version)
      if (signatures.length === 0) continue
      outcome = await verifyBytes(signatures, evidence, context, version)
      if (outcome.ok) return outcome
    }
    return isUsable ? outcome : refuse({ code: 'secret_missing' })
  },
}

/** Entries are parted by single spaces; most lists have one, which is read without making lists of its own. */
function signaturesOf(list: string, { prefix, signatureBytes }: Version): Bytes[] {
  const signatures: Bytes[] = []
  for (let start = 0; start <= list.length && signatures.length < MAX_SIGNATURES;) {
    const space = list.indexOf(' ', start)
    const end = space < 0 ? list.length : space
    const bytes = list.startsWith(prefix, start)
      ? fromBase64(list.slice(start + prefix.length, end))
      : undefined
    if (bytes?.byteLength === signatureBytes) signatures.push(bytes)
    start = end + 1
  }
  return signatures
}
