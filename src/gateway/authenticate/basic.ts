/** `Authorization: Basic` (RFC 7617), UTF-8. */
import { fromBase64, textOf } from '../../platform/bytes.ts'
import { sameSecret } from '../../platform/same-secret.ts'
import { isSecretText } from '../../platform/weak-secret.ts'
import type { BasicCredentials } from '../../providers/shared/presented-credentials.ts'
import { pass, refuse } from '../outcome.ts'
import { MAX_KEYS, MAX_PRESENTED_LENGTH } from './limits.ts'
import type { Scheme } from './scheme.ts'

export const basic: Scheme<BasicCredentials> = {
  name: 'basic',
  byHead: true,
  async verify({ slots, authorization }, context) {
    const pairs = context
      .secrets(slots)
      .filter((secret) => secret.kind === 'basic')
      .filter(({ password }) => isSecretText(password))
      .slice(0, MAX_KEYS)
    if (pairs.length === 0) return refuse({ code: 'secret_missing' })
    if (authorization === '') return refuse({ code: 'proof_missing', field: 'authorization' })
    const presented = credentials(authorization)
    if (presented === undefined) return refuse({ code: 'proof_malformed', field: 'authorization' })

    const matches = await Promise.all(
      pairs.map(async ({ username, password }) => {
        const same = [
          await sameSecret(presented.username, username),
          await sameSecret(presented.password, password),
        ]
        return same.every(Boolean)
      }),
    )
    return matches.includes(true) ? pass(undefined) : refuse({ code: 'credentials_wrong' })
  },
}

/** The user name is what stands before the first colon; the password may hold more of them. */
function credentials(authorization: string): { username: string; password: string } | undefined {
  if (authorization.length > MAX_PRESENTED_LENGTH) return undefined
  const encoded = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization)?.[1]
  const bytes = encoded === undefined ? undefined : fromBase64(encoded)
  const text = bytes && textOf(bytes)
  const colon = text?.indexOf(':') ?? -1
  if (text === undefined || colon < 0) return undefined
  return { username: text.slice(0, colon), password: text.slice(colon + 1) }
}
