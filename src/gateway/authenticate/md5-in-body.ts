/** MD5 over the body with the key in the digest's place. Weak, and the only proof that Unisender Go gives. */
import { createHash } from 'node:crypto'
import { fromHex, utf8 } from '../../platform/bytes.ts'
import { sameSecret } from '../../platform/same-secret.ts'
import { isSecretText } from '../../platform/weak-secret.ts'
import type { Md5InBodyCredentials } from '../../providers/shared/presented-credentials.ts'
import { pass, refuse } from '../outcome.ts'
import { MAX_KEYS } from './limits.ts'
import type { Scheme } from './scheme.ts'

const MD5_BYTES = 16

export const md5InBody: Scheme<Md5InBodyCredentials> = {
  name: 'md5-in-body',
  async verify({ slots, digest, before, after }, context) {
    const secrets = context
      .secrets(slots)
      .filter((secret) => secret.kind === 'text')
      .filter(({ text }) => isSecretText(text))
      .slice(0, MAX_KEYS)
    if (secrets.length === 0) return refuse({ code: 'secret_missing' })
    if (digest === '') return refuse({ code: 'proof_missing', field: 'digest' })
    const presented = digest.length === 2 * MD5_BYTES ? fromHex(digest) : undefined
    if (presented === undefined) return refuse({ code: 'proof_malformed', field: 'digest' })

    for (const { text } of secrets) {
      const expected = createHash('md5').update(before).update(utf8(text)).update(after).digest()
      if (await sameSecret(presented, expected)) return pass(undefined)
    }
    return refuse({ code: 'signature_mismatch', keysAttempted: secrets.length })
  },
}
