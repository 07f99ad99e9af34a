/** ECDSA over P-256 and SHA-256 (FIPS 186-5), in the one spelling that each of the two forms allows. */
import type { EcdsaEvidence } from '../../providers/evidence.ts'
import { fromDer, fromP1363 } from './ecdsa-signature.ts'
import type { Scheme } from './scheme.ts'
import { verifySigned } from './signatures.ts'

const FORMS = { der: fromDer, p1363: fromP1363 } as const

export const ecdsa: Scheme<EcdsaEvidence> = {
  name: 'ecdsa',
  verify: (evidence, context) =>
    verifySigned(evidence, context, {
      use: 'ecdsa-p256-sha256',
      form: FORMS[evidence.format],
    }),
}
