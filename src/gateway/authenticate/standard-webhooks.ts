/**
 * Standard Webhooks: a list of signatures, each with its version: `v1` is HMAC-SHA256, `v1a` is Ed25519.
 *
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
import type { StandardWebhooksCredentials } from '../../providers/shared/presented-credentials.ts'
import type { Secret } from '../../registry/sources/source.ts'
import { refuse } from '../outcome.ts'
import { ED25519_SIGNATURE_BYTES } from './ed25519.ts'
import { fits } from './keys.ts'
import { MAX_PRESENTED_LENGTH } from './limits.ts'
import type { KeyUse, Scheme } from './scheme.ts'
import { type How, type Signed, closest, verifySigned } from './signatures.ts'

interface Version extends How {
  /** The beginning of an entry of this version. */
  readonly prefix: string
}

const version = (prefix: string, use: KeyUse, signatureBytes: number): Version => ({
  prefix,
  use,
  form: (signature) => (signature.byteLength === signatureBytes ? signature : undefined),
})

const VERSIONS: readonly Version[] = [
  version('v1,', 'hmac-sha256', 32),
  version('v1a,', 'ed25519', ED25519_SIGNATURE_BYTES),
]

export const standardWebhooks: Scheme<StandardWebhooksCredentials> = {
  name: 'standard-webhooks',
  /** Malformed entries and those of unknown versions are skipped: a sender may add a version that we do not know yet. */
  verify(credentials, context) {
    const { signatures: list, slots } = credentials
    if (list.trim() === '') return refuse({ code: 'proof_missing', field: 'signature' })
    if (list.length > MAX_PRESENTED_LENGTH) return refuse({ code: 'proof_malformed', field: 'signature' })
    const secrets = context.secrets(slots)
    const claims: Claim[] = []
    for (const version of VERSIONS) {
      const signatures = entriesOf(list, version)
      if (signatures.length > 0 && hasKey(secrets, version))
        claims.push({ slots, signed: credentials.signed, signatures, version })
    }
    const [claim] = claims
    if (claim === undefined) {
      return VERSIONS.some((version) => hasKey(secrets, version))
        ? refuse({ code: 'proof_malformed', field: 'signature' })
        : refuse({ code: 'secret_missing' })
    }
    return claims.length === 1
      ? verifySigned(claim, context, claim.version)
      : closest(claims, (one) => verifySigned(one, context, one.version))
  },
}

/** The presented signatures of one version. */
interface Claim extends Signed {
  readonly version: Version
}

const hasKey = (secrets: readonly Secret[], { use }: Version): boolean =>
  secrets.some((secret) => fits(secret, use))

/** Entries are separated by single spaces. */
const entriesOf = (list: string, { prefix }: Version): Signed['signatures'] =>
  list
    .split(' ')
    .filter((entry) => entry.startsWith(prefix))
    .map((entry) => ({ text: entry.slice(prefix.length), encoding: 'base64' }))
