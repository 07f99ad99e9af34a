/** A secret that is presented in clear text: API key, fixed bearer token. */
import { hasTag, tagOf } from '../../platform/same-secret.ts'
import { isSecretText } from '../../platform/weak-secret.ts'
import type { SharedSecretCredentials } from '../../providers/shared/presented-credentials.ts'
import type { Secret } from '../../registry/sources/source.ts'
import { pass, refuse } from '../outcome.ts'
import { MAX_KEYS, MAX_PRESENTED_LENGTH } from './limits.ts'
import type { Scheme } from './scheme.ts'

export const sharedSecret: Scheme<SharedSecretCredentials> = {
  name: 'shared-secret',
  byHead: true,
  async verify({ slots, presented }, context) {
    const secrets = context.secrets(slots)
    if (!secrets.some(isUsable)) return refuse({ code: 'secret_missing' })
    if (presented === '') return refuse({ code: 'proof_missing', field: 'credential' })
    if (presented.length > MAX_PRESENTED_LENGTH)
      return refuse({ code: 'proof_malformed', field: 'credential' })
    // All are compared, so that the time does not depend on which one matches.
    let isOneOfThem = false
    let compared = 0
    for (const secret of secrets) {
      if (!isUsable(secret)) continue
      if (compared++ === MAX_KEYS) break
      const isThisOne = await hasTag(presented, tags.get(secret) ?? (await makeTag(secret)))
      isOneOfThem ||= isThisOne
    }
    return isOneOfThem ? pass(undefined) : refuse({ code: 'credentials_wrong' })
  },
}

type TextSecret = Extract<Secret, { readonly kind: 'text' }>

/** By secret object, so that they are dropped with the cached version of the source. */
const tags = new WeakMap<Secret, ArrayBuffer>()

/** A secret with a tag was found usable when the tag was made. */
const isUsable = (secret: Secret): secret is TextSecret =>
  secret.kind === 'text' && (tags.has(secret) || isSecretText(secret.text))

async function makeTag(secret: TextSecret): Promise<ArrayBuffer> {
  const tag = await tagOf(secret.text)
  tags.set(secret, tag)
  return tag
}
