/**
 * Authentication by a secret that is sent in the clear. Nothing is signed, neither a time nor the body. So the body itself is
 * the delivery's identity, and anyone who has seen one delivery can forge others.
 */
import { utf8 } from '../../platform/bytes.ts'
import { type Delivery, lacks } from './presented-credentials.ts'
import type { AuthMethod } from './provider.ts'

/** Common to all credentials: the body is the delivery's identity, and nothing of it is covered. */
const unsigned = (slots: readonly string[], { body, method, url }: Delivery) => ({
  slots,
  // A delivery by GET has its event in the query.
  identity: method === 'GET' ? [utf8(url)] : [body],
  coversBody: false,
})

/** `Authorization: Basic`; the slot holds pairs of user name and password. */
export const basicProof = (slot = 'basic_auth'): AuthMethod => ({
  name: 'basic',
  slots: [slot],
  covers: 'nothing',
  credentials(delivery) {
    const authorization = delivery.headers.get('authorization')
    if (authorization === null) return lacks('header_missing', 'authorization')
    return { scheme: 'basic', authorization, ...unsigned([slot], delivery) }
  },
})

/** `Authorization: Bearer` with a fixed token. */
export const bearerProof = (slot = 'bearer_token'): AuthMethod => tokenProof('bearer', slot, bearerToken)

/** A fixed token in `Authorization`, in a format of the ESP's own. */
export const tokenProof = (
  name: string,
  slot: string,
  tokenOf: (headers: Headers) => string | undefined,
): AuthMethod => ({
  name,
  slots: [slot],
  covers: 'nothing',
  credentials(delivery) {
    const presented = tokenOf(delivery.headers)
    if (presented === undefined) return lacks('header_missing', 'authorization')
    return { scheme: 'shared-secret', presented, ...unsigned([slot], delivery) }
  },
})

/**
 * `Authorization: Bearer` with a JWT, under a shared secret or the keys of a JWKS.
 *
 * @param needsJwt what the source must require, if many customers share the keys
 */
export const jwtProof = (
  slots: readonly string[] = ['jwt', 'jwks_url'],
  needsJwt: AuthMethod['needsJwt'] = [],
): AuthMethod => ({
  name: 'jwt',
  slots,
  covers: 'nothing',
  needsJwt,
  credentials(delivery) {
    const token = bearerToken(delivery.headers)
    if (token === undefined) return lacks('header_missing', 'authorization')
    return { scheme: 'jwt', token, ...unsigned(slots, delivery) }
  },
})

/** `Authorization: Bearer` with an OAuth 2 access token. */
export const oauth2Proof = (slot = 'oauth2'): AuthMethod => ({
  name: 'oauth2',
  slots: [slot],
  covers: 'nothing',
  credentials(delivery) {
    const token = bearerToken(delivery.headers)
    if (token === undefined) return lacks('header_missing', 'authorization')
    return { scheme: 'oauth2', token, ...unsigned([slot], delivery) }
  },
})

/** One header whose whole value is the secret. */
export const apiKeyProof = (header: string, slot = 'api_key'): AuthMethod => ({
  name: 'api_key',
  slots: [slot],
  covers: 'nothing',
  credentials(delivery) {
    const presented = delivery.headers.get(header)
    if (presented === null) return lacks('header_missing', header)
    return { scheme: 'shared-secret', presented, ...unsigned([slot], delivery) }
  },
})

/** Custom headers that the operator configured at the ESP; all headers of a set must be present. */
export const headersProof = (slot = 'headers'): AuthMethod => ({
  name: 'headers',
  slots: [slot],
  covers: 'nothing',
  credentials: (delivery) => ({
    scheme: 'named-values',
    presented: (name) => delivery.headers.get(name),
    ...unsigned([slot], delivery),
  }),
})

/** Secret query parameters in the webhook URL. A parameter that appears twice counts as absent. */
export const queryProof = (slot = 'query'): AuthMethod => ({
  name: 'query',
  slots: [slot],
  covers: 'nothing',
  credentials: (delivery) => ({
    scheme: 'named-values',
    presented(name) {
      const values = delivery.query.getAll(name)
      return values.length === 1 ? (values[0] ?? null) : null
    },
    ...unsigned([slot], delivery),
  }),
})

/** A client certificate of the connection. */
export const mutualTlsProof = (slot = 'certificate_sha256'): AuthMethod => ({
  name: 'mutual_tls',
  slots: [slot],
  covers: 'nothing',
  credentials: (delivery) => ({ scheme: 'mutual-tls', ...unsigned([slot], delivery) }),
})

/** The token of an `Authorization: Bearer` header (RFC 6750 section 2.1); the scheme's name in any case. */
const bearerToken = (headers: Headers): string | undefined =>
  /^bearer ([A-Za-z0-9._~+/=-]{1,8192})$/i.exec(headers.get('authorization') ?? '')?.[1]
