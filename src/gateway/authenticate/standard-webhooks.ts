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
  readonly name: string
  readonly use: KeyUse
  readonly signatureBytes: number
}

const VERSIONS: readonly Version[] = [
  { name: 'v1', use: 'hmac-sha256', signatureBytes: 32 },
  { name: 'v1a', use: 'ed25519', signatureBytes: 64 },
]

export const standardWebhooks: Scheme<StandardWebhooksEvidence> = {
  name: 'standard-webhooks',
  /** Entries of unknown versions and malformed ones are passed over: a sender may add what we do not know yet. */
  async verify(evidence, context) {
    const { signatures: list, slots } = evidence
    if (list.trim() === '') return refuse({ code: 'proof_missing', field: 'signature' })
    if (list.length > MAX_PRESENTED_LENGTH) return refuse({ code: 'proof_malformed', field: 'signature' })
    const usable = VERSIONS.filter(({ use }) => context.secrets(slots).some((secret) => fits(secret, use)))
    if (usable.length === 0) return refuse({ code: 'secret_missing' })

    const entries = list.split(' ')
    let outcome: Outcome<void> = refuse({ code: 'proof_malformed', field: 'signature' })
    for (const version of usable) {
      const signatures = signaturesOf(entries, version)
      if (signatures.length === 0) continue
      outcome = await verifyBytes(signatures, evidence, context, version)
      if (outcome.ok) return outcome
    }
    return outcome
  },
}

function signaturesOf(entries: readonly string[], { name, signatureBytes }: Version): Bytes[] {
  return entries
    .filter((entry) => entry.startsWith(`${name},`))
    .map((entry) => fromBase64(entry.slice(name.length + 1)))
    .filter((bytes) => bytes !== undefined)
    .filter((bytes) => bytes.byteLength === signatureBytes)
    .slice(0, MAX_SIGNATURES)
}
