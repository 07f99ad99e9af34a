/** Judges secrets that stay while the document around them changes. Under another provider none does; another algorithm may need others. */
import type { Provider } from '../../providers/provider.ts'
import type { SecretKind } from '../../providers/secret-kinds.ts'
import type { SourceConfig } from '../sources/document.ts'
import type { DocumentProblem, Secret, Secrets } from '../sources/source.ts'
import { methodProblems } from './methods.ts'

type KeyAlgorithm = Extract<Secret, { readonly kind: 'public-key' }>['algorithm']

/** The algorithm of the key in a slot of that kind; `undefined` where the slot holds none. */
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
 * The stored secrets that a document may keep. They were brought for one ESP: under another provider a provisioner would send its API
 * key there, and that ESP would know what the first one proves itself with.
 */
export const keepable = (
  config: SourceConfig,
  before: SourceConfig | undefined,
  stored: Secrets | undefined,
): Secrets | undefined => (isMoved(config, before) ? undefined : stored)

export const isMoved = (config: SourceConfig, before: SourceConfig | undefined): boolean =>
  before !== undefined && before.provider !== config.provider

/** Everything that is wrong with keeping the stored secrets in this document, and no others. */
export const keptProblems = (
  provider: Provider,
  config: SourceConfig,
  stored: Secrets,
): DocumentProblem[] => [
  ...foreignProblems(provider, config, stored),
  ...methodProblems(provider, config, new Set(Object.keys(stored))),
]

/** Stored secrets that are of no use under this document. */
export function foreignProblems(
  provider: Provider,
  config: SourceConfig,
  stored: Secrets,
): DocumentProblem[] {
  const foreign = Object.entries(stored).flatMap(([slot, secrets]) => {
    const kind = Object.hasOwn(provider.secrets, slot) ? provider.secrets[slot] : undefined
    return secrets.every((secret) => kind !== undefined && suits(secret, kind, config)) ? [] : [slot]
  })
  return foreign.map((slot) => ({
    path: `secrets.${slot}`,
    problem: 'The stored secret does not suit this document: send the secrets with it.',
  }))
}

function suits(secret: Secret, kind: SecretKind, { signature }: SourceConfig): boolean {
  if (secret.kind !== 'public-key') return secret.kind === kind
  if (kind === 'standard-webhooks') return secret.algorithm === 'ed25519'
  if (kind !== 'any-public') return KEY_ALGORITHMS[kind] === secret.algorithm
  const wanted = SIGNATURE_KEYS.find(([prefix]) => signature?.algorithm.startsWith(prefix) === true)
  return wanted?.[1] === secret.algorithm
}
