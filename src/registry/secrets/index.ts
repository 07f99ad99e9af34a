/** Validates the secrets of a source document. Returns all problems at once; never quotes a value. */
import { nearest } from '../../platform/nearest.ts'
import type { Provider } from '../../providers/shared/provider.ts'
import type { SecretKind } from '../../providers/shared/secret-kinds.ts'
import type { SourceConfig } from '../sources/document.ts'
import type { DocumentProblem, Secret, Secrets } from '../sources/source.ts'
import {
  account,
  basic,
  certificateSha256,
  jwksUrl,
  namedValues,
  oauth2,
  scalewayTopic,
  signedUrl,
  text,
  topicArn,
} from './texts.ts'
import { anyPublic, ecdsaP256Public, ed25519Public, rsaPublic } from './public-keys.ts'
import { unsuitableProblems } from './kept.ts'
import type { Checked, KindOfSecret, KindProblem } from './kind.ts'
import { methodProblems } from './methods.ts'
import { standardWebhooks } from './signing-keys.ts'
import { slotPath } from './stored.ts'

const KINDS: Readonly<Record<SecretKind, KindOfSecret>> = {
  text,
  'standard-webhooks': standardWebhooks,
  'ecdsa-p256-public': ecdsaP256Public,
  'rsa-public': rsaPublic,
  'ed25519-public': ed25519Public,
  'any-public': anyPublic,
  basic,
  'named-values': namedValues,
  'topic-arn': topicArn,
  'scaleway-topic': scalewayTopic,
  account,
  'certificate-sha256': certificateSha256,
  'jwks-url': jwksUrl,
  oauth2,
  'signed-url': signedUrl,
}

/** The gateway tries so many for one delivery, see `gateway/authenticate/limits.ts`. */
export const MAX_VALUES_PER_SLOT = 8

type CheckedSecrets =
  | { readonly ok: true; readonly secrets: Secrets }
  | { readonly ok: false; readonly problems: DocumentProblem[] }

/**
 * The secrets of a document in canonical form. Each slot takes one value or a list of up to 8; at least one auth method
 * must be usable with them, and each that `auth.methods` names.
 *
 * @param raw the document's `secrets`, as the operator sent them
 * @param kept stored secrets that the document keeps
 * @param mayLackSecrets see {@link methodProblems}
 */
export async function checkSecrets(
  provider: Provider,
  config: SourceConfig,
  raw: Record<string, unknown>,
  kept: Secrets = {},
  mayLackSecrets = false,
): Promise<CheckedSecrets> {
  const secrets: Record<string, readonly Secret[]> = {}
  const problems: DocumentProblem[] = []
  for (const [slot, given] of Object.entries(raw)) {
    const kind = Object.hasOwn(provider.secrets, slot) ? provider.secrets[slot] : undefined
    if (kind === undefined) {
      problems.push(unknownSlot(provider, slot))
      continue
    }
    const checked = await checkSlot(slot, (value) => KINDS[kind].check(value, config), given)
    problems.push(...checked.problems)
    secrets[slot] = checked.secrets
  }
  problems.push(...unsuitableProblems(provider, config, kept))
  // A slot with an invalid value is not reported as empty, too.
  const filled = new Set([...Object.keys(secrets), ...Object.keys(kept)])
  problems.push(...methodProblems(provider, config, filled, mayLackSecrets))
  return problems.length === 0 ? { ok: true, secrets } : { ok: false, problems }
}

export type CheckedValue =
  | { readonly ok: true; readonly secret: Secret }
  | { readonly ok: false; readonly problems: DocumentProblem[] }

/** Validates one value of a slot, as the operator sent it. */
export async function checkValue(
  provider: Provider,
  slot: string,
  value: unknown,
  config: SourceConfig,
): Promise<CheckedValue> {
  const kind = provider.secrets[slot]
  if (kind === undefined) return { ok: false, problems: [unknownSlot(provider, slot)] }
  const checked = await KINDS[kind].check(value, config)
  return checked.ok ? checked : { ok: false, problems: problemsAt(`secrets.${slot}`, checked.problems) }
}

/** One value of a slot, or a list of up to 8. */
export async function checkSlot(
  slot: string,
  check: (value: unknown) => Checked | Promise<Checked>,
  given: unknown,
): Promise<{ secrets: Secret[]; problems: DocumentProblem[] }> {
  const path = `secrets.${slot}`
  const values: readonly unknown[] = Array.isArray(given) ? given : [given]
  if (values.length === 0)
    return { secrets: [], problems: [{ path, problem: 'Is an empty list: give a value, or leave it out.' }] }
  if (values.length > MAX_VALUES_PER_SLOT) {
    const problem = `Has too many values: at most ${MAX_VALUES_PER_SLOT} are allowed.`
    return { secrets: [], problems: [{ path, problem }] }
  }
  const secrets: Secret[] = []
  const problems: DocumentProblem[] = []
  for (const [i, value] of values.entries()) {
    const at = Array.isArray(given) ? `${path}.${i}` : path
    const checked = await check(value)
    if (checked.ok) secrets.push(checked.secret)
    else problems.push(...problemsAt(at, checked.problems))
  }
  return { secrets, problems }
}

export const problemsAt = (at: string, problems: readonly KindProblem[]): DocumentProblem[] =>
  problems.map(({ field, problem }) => ({ path: field ? `${at}.${field}` : at, problem }))

function unknownSlot(provider: Provider, slot: string): DocumentProblem {
  const allowed = Object.keys(provider.secrets)
  const similar = nearest(slot, allowed)
  const hint = similar === undefined ? '' : ` Did you mean ${similar}?`
  return {
    path: slotPath(slot),
    problem: `${provider.title} sources have no such secret.${hint} Allowed: ${allowed.join(', ')}.`,
  }
}
