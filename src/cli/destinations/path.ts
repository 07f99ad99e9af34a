/** How a destination is named on the command line. */
import { destinationSecretRoutes } from '../../api/secrets.ts'
import type { SecretOwner } from '../secrets/owner.ts'

export const NAME = ['<NAME>', 'the name of the destination'] as const

export const DESTINATION: SecretOwner = {
  command: 'postern destinations',
  argument: NAME,
  example: ['app', 'signing_secret'],
  routes: destinationSecretRoutes,
  goOn: 'sign as well',
  ends: 'it no longer signs',
  purpose: 'to sign with',
  question: (values) => `Stop signing with ${values} now?`,
}
