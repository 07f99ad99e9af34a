/** The only list of measured schemes. */
import type { Row } from '../row.ts'
import { ecdsaP256 } from './ecdsa.ts'
import { ed25519 } from './ed25519.ts'
import { hmacSha256 } from './hmac.ts'
import { httpSignature } from './http-signature.ts'
import { jwtHs256, jwtRs256 } from './jwt.ts'
import { rsa2048 } from './rsa.ts'
import { sharedSecret } from './shared-secret.ts'
import { sns } from './sns.ts'
import { standardWebhooks } from './standard-webhooks.ts'

export const ROWS: readonly Row[] = [
  hmacSha256,
  ecdsaP256,
  rsa2048,
  ed25519,
  httpSignature,
  standardWebhooks,
  sns,
  jwtHs256,
  jwtRs256,
  sharedSecret,
]
