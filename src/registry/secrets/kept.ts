/** Checks whether a changed document may keep the stored secrets. Another provider or algorithm needs other ones. */
import type { Provider } from '../../providers/shared/provider.ts'
import type { SecretKind } from '../../providers/shared/secret-kinds.ts'
import type { SourceConfig } from '../sources/document.ts'
import type { DocumentProblem, Secret, Secrets } from '../sources/source.ts'

type KeyAlgorithm = Extract<Secret, { readonly kind: 'public-key' }>['algorithm']

/** The algorithm of the key in a slot, by kind; `undefined` if the kind is not a key. */
const KEY_ALGORITHMS: Readonly<Partial<Record<SecretKind, KeyAlgorithm>>> = {
  'ecdsa-p256-public': 'ecdsa-p256',
  'rsa-public': 'rsa',
  'ed25519-public': 'ed25519',
}

const SIGNATURE_KEYS: readonly (readonly [prefix: string, KeyAlgorithm])[] = [
  ['ecdsa-', 'ecdsa-p256'],
  ['rsa-', 'rsa'],
  ['ed25519', 'ed25519'],
]

/**
 * The stored secrets that a document may keep: all of them, or none if the provider changes. A provisioner would send the API key of
 * the previous ESP to the new one, and the new ESP would learn the secrets of the previous one.
 */
export const keepableSecrets = (
  config: SourceConfig,
  before: SourceConfig | undefined,
  stored: Secrets | undefined,
): Secrets | undefined => (hasNewProvider(config, before) ? undefined : stored)

export const hasNewProvider = (config: SourceConfig, before: SourceConfig | undefined): boolean =>
  before !== undefined && before.provider !== config.provider

/** Stored secrets that do not fit the settings of this document. */
export function unsuitableProblems(
  provider: Provider,
  config: SourceConfig,
  stored: Secrets,
): DocumentProblem[] {
  const unsuitable = Object.entries(stored).flatMap(([slot, secrets]) => {
    const kind = Object.hasOwn(provider.secrets, slot) ? provider.secrets[slot] : undefined
    return secrets.every((secret) => kind !== undefined && fits(secret, kind, config)) ? [] : [slot]
  })
  return unsuitable.map((slot) => ({
    path: `secrets.${slot}`,
    problem: 'The stored secret does not fit these settings: send a new one in the document.',
  }))
}

function fits(secret: Secret, kind: SecretKind, { signature }: SourceConfig): boolean {
  if (secret.kind !== 'public-key') return secret.kind === kind
  if (kind === 'standard-webhooks') return secret.algorithm === 'ed25519'
  if (kind !== 'any-public') return KEY_ALGORITHMS[kind] === secret.algorithm
  const wanted = SIGNATURE_KEYS.find(([prefix]) => signature?.algorithm.startsWith(prefix) === true)
  return wanted?.[1] === secret.algorithm
}
