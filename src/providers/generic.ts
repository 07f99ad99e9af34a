/**
 * Postern's own format, for senders without a provider of their own, and a signature that the operator can describe, for senders
 * that sign in a common way.
 */
import { utf8 } from '../platform/bytes.ts'
import { unixSeconds } from '../platform/time.ts'
import { type Delivery, type Presented, lacks } from './shared/presented-credentials.ts'
import { openArray, valueAt } from './shared/native.ts'
import { provider } from './shared/provider.ts'
import {
  apiKeyProof,
  basicProof,
  bearerProof,
  jwtProof,
  mutualTlsProof,
  oauth2Proof,
} from './shared/credentials.ts'
import { freeSignature } from './shared/free-signature.ts'
import { hmacSha256 } from './shared/hmac.ts'
import { httpSignatureProof } from './shared/http-signature.ts'
import { beginsLikeJson } from './shared/json-text.ts'
import { readPlainEvent } from './shared/plain-event.ts'
import { URL_SLOT } from './shared/slots.ts'

const SIGNATURE = 'x-webhook-signature'
const TIMESTAMP = 'x-webhook-timestamp'
const PREFIX = 'sha256='

export const generic = provider({
  name: 'generic',
  title: 'Generic',
  secrets: {
    hmac: 'text',
    public_key: 'any-public',
    http_signature_key: 'ed25519-public',
    jwt: 'text',
    jwks_url: 'jwks-url',
    oauth2: 'oauth2',
    api_key: 'text',
    basic_auth: 'basic',
    bearer_token: 'text',
    certificate_sha256: 'certificate-sha256',
    [URL_SLOT]: 'signed-url',
  },
  generated: ['hmac', 'jwt', 'api_key', 'bearer_token'],
  settings: ['signature', 'jwt'],
  authMethods: [
    {
      name: 'signature',
      slots: ['hmac', 'public_key'],
      covers: 'body',
      // If the source describes a signature, the fixed one is not accepted.
      credentials: (delivery, settings) =>
        settings.signature === undefined
          ? fixedSignature(delivery)
          : freeSignature(delivery, settings.signature, settings),
    },
    httpSignatureProof('http_signature', 'http_signature_key'),
    jwtProof(),
    oauth2Proof(),
    mutualTlsProof(),
    apiKeyProof('x-api-key'),
    bearerProof(),
    basicProof(),
  ],
  // Each attempt is signed anew.
  replayWindowSeconds: 300,
  open: openArray,
  read(item) {
    const draft = readPlainEvent({
      type: valueAt(item, 'event_type'),
      timestamp: valueAt(item, 'timestamp'),
      data: valueAt(item, 'data'),
    })
    return draft === undefined ? undefined : [draft]
  },
})

/** `sha256=<hex>` over `<timestamp>.<body>` if there is a timestamp header, else over the body alone. */
function fixedSignature(delivery: Delivery): Presented {
  const { headers } = delivery
  const header = headers.get(SIGNATURE)
  if (header === null) return lacks('header_missing', SIGNATURE)
  if (!header.startsWith(PREFIX)) return lacks('proof_malformed', SIGNATURE)
  const timestamp = headers.get(TIMESTAMP)
  const signedAtSeconds = timestamp === null ? undefined : unixSeconds(timestamp)
  if (timestamp !== null && signedAtSeconds === undefined) return lacks('proof_malformed', TIMESTAMP)
  const { body } = delivery
  // Otherwise an old `<timestamp>.<body>`, or a signed token, would pass as a body that was signed without a time.
  if (timestamp === null && !beginsLikeJson(body)) return lacks('header_missing', TIMESTAMP)
  const signatures = [{ text: header.slice(PREFIX.length), encoding: 'hex' as const }]
  const signed = timestamp === null ? [body] : [utf8(`${timestamp}.`), body]
  return { ...hmacSha256('hmac', signatures, signed, delivery), signedAtSeconds }
}
