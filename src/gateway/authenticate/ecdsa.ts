/** ECDSA over P-256 and SHA-256 (FIPS 186-5), in the one spelling that each of the two forms allows. */
import type { EcdsaCredentials } from '../../providers/shared/presented-credentials.ts'
import { fromDer, fromP1363 } from './ecdsa-signature.ts'
import type { Scheme } from './scheme.ts'
import { type How, verifySigned } from './signatures.ts'

const how = (form: How['form']): How => ({ use: 'ecdsa-p256-sha256', form })

const FORMATS: Readonly<Record<EcdsaCredentials['format'], How>> = {
  der: how(fromDer),
  p1363: how(fromP1363),
}

export const ecdsa: Scheme<EcdsaCredentials> = {
  name: 'ecdsa',
  verify: (credentials, context) => verifySigned(credentials, context, FORMATS[credentials.format]),
}
