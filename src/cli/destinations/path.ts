/** How a destination is named, on the command line and in the API. */
import type { SecretOwner } from '../secrets/owner.ts'

export const NAME = ['<NAME>', 'the name of the destination'] as const

export const destinationPath = (name: string): string => `/api/destinations/${encodeURIComponent(name)}`

export const DESTINATION: SecretOwner = {
  command: 'postern destinations',
  argument: NAME,
  example: ['app', 'signing_secret'],
  path: destinationPath,
  goOn: 'sign as well',
  ends: 'it no longer signs',
  purpose: 'to sign with',
  question: (values) => `Stop signing with ${values} now?`,
}
