/** The contract of one authentication scheme. */
import type { HostChecks } from '../../platform/dns-check.ts'
import type { ClientFacts, PresentedCredentials } from '../../providers/shared/presented-credentials.ts'
import type { SourceSettings } from '../../providers/shared/provider.ts'
import type { Secret } from '../../registry/sources/source.ts'
import type { Outcome } from '../outcome.ts'
import type { ClientMemory } from './client-memory.ts'
import type { Attempts } from './limits.ts'
import type { SharedFiles } from './shared-files.ts'

/** Everything that a scheme may use beside the credentials. */
export interface SchemeContext {
  /** The source's secrets of these slots, in the order of the slots. */
  readonly secrets: (slots: readonly string[]) => readonly Secret[]
  /** Asked before each verification with a public key, see `limits.ts`. */
  readonly attempts: Pick<Attempts, 'take'>
  readonly settings: SourceSettings
  /** The source's name: requests are counted against it, see `request-budget.ts`. */
  readonly source: string
  readonly client: ClientFacts
  readonly nowSeconds: number
  /** The network: certificates, JWKS, introspection. */
  readonly fetch: typeof fetch
  /** Where the hosts of URLs lead that an operator named, see `named-request.ts`. */
  readonly hosts: Pick<HostChecks, 'check'>
  readonly clientMemory: Pick<ClientMemory, 'isVerified' | 'isRateLimited'>
  readonly sharedFiles: SharedFiles
}

/** Which algorithm a key is imported for. */
export type KeyUse =
  | 'hmac-sha1'
  | 'hmac-sha256'
  /** Under the bytes that a text is the base64 of. */
  | 'hmac-sha256-base64'
  | 'hmac-sha384'
  | 'hmac-sha512'
  | 'ecdsa-p256-sha256'
  | 'rsa-pkcs1-sha1'
  | 'rsa-pkcs1-sha256'
  | 'ed25519'

/** Verifies that the sender holds one of the source's secrets. It never throws. */
export interface Scheme<E extends PresentedCredentials = PresentedCredentials> {
  readonly name: E['scheme']
  readonly verify: (credentials: E, context: SchemeContext) => Outcome<void> | Promise<Outcome<void>>
  /** The scheme reads only the head of a delivery and makes no request, so it can decide before the body is read. */
  readonly byHead?: true
}
