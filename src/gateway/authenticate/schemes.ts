/** The table of schemes. */
import type { PresentedCredentials, SchemeName } from '../../providers/shared/presented-credentials.ts'
import { createEventBridge } from './alibaba-eventbridge.ts'
import { basic } from './basic.ts'
import { ecdsa } from './ecdsa.ts'
import { ed25519 } from './ed25519.ts'
import { hmac } from './hmac.ts'
import { createHttpSignature } from './http-signature.ts'
import { createJwt } from './jwt.ts'
import { md5InBody } from './md5-in-body.ts'
import { mutualTls } from './mutual-tls.ts'
import { namedValues } from './named-values.ts'
import { createOAuth2 } from './oauth2.ts'
import { rsa } from './rsa.ts'
import { sharedSecret } from './shared-secret.ts'
import { createSns } from './sns.ts'
import { standardWebhooks } from './standard-webhooks.ts'
import type { Scheme } from './scheme.ts'

type SchemeOf<Name extends SchemeName> = Scheme<Extract<PresentedCredentials, { readonly scheme: Name }>>

/** The only list of schemes. It does not compile if one is missing. */
export const SCHEMES: { readonly [Name in SchemeName]: SchemeOf<Name> } = {
  hmac,
  ecdsa,
  rsa,
  ed25519,
  'http-signature': createHttpSignature(),
  'standard-webhooks': standardWebhooks,
  'md5-in-body': md5InBody,
  sns: createSns(),
  'alibaba-eventbridge': createEventBridge(),
  'shared-secret': sharedSecret,
  'named-values': namedValues,
  basic,
  jwt: createJwt(),
  oauth2: createOAuth2(),
  'mutual-tls': mutualTls,
}

/** Schemes that may need a request to another server. */
export const CAUSING_REQUESTS: ReadonlySet<SchemeName> = new Set([
  'sns',
  'alibaba-eventbridge',
  'http-signature',
  'jwt',
  'oauth2',
] satisfies SchemeName[])
