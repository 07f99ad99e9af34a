/** A secret presented as it is: API key, fixed bearer token. */
import { sameSecret } from '../../platform/same-secret.ts'
import { isSecretText } from '../../platform/weak-secret.ts'
import type { SharedSecretEvidence } from '../../providers/evidence.ts'
import { pass, refuse } from '../outcome.ts'
import { MAX_KEYS, MAX_PRESENTED_LENGTH } from './limits.ts'
import type { Scheme } from './scheme.ts'

export const sharedSecret: Scheme<SharedSecretEvidence> = {
  name: 'shared-secret',
  async verify({ slots, presented }, context) {
    const secrets = context
      .secrets(slots)
      .filter((secret) => secret.kind === 'text')
      .filter(({ text }) => isSecretText(text))
      .slice(0, MAX_KEYS)
    if (secrets.length === 0) return refuse({ code: 'secret_missing' })
    if (presented === '') return refuse({ code: 'proof_missing', field: 'credential' })
    if (presented.length > MAX_PRESENTED_LENGTH)
      return refuse({ code: 'proof_malformed', field: 'credential' })
    // All are compared, so that the time does not tell which one came close.
    const matches = await Promise.all(secrets.map(({ text }) => sameSecret(presented, text)))
    return matches.includes(true) ? pass(undefined) : refuse({ code: 'credentials_wrong' })
  },
}
