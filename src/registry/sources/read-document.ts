/** Validates a source document. Returns all problems at once; never quotes a value. */
import * as v from 'valibot'
import { nameable } from '../../platform/nameable.ts'
import { parseNetwork } from '../../platform/network.ts'
import { PROVIDERS, providerNamed } from '../../providers/index.ts'
import type { Provider } from '../../providers/provider.ts'
import { isWithoutBorders } from '../../providers/shared/signed-template.ts'
import { URL_SLOT } from '../../providers/shared/url-slot.ts'
import { type Strictness, defaultStrictness } from './default-strictness.ts'
import { type SourceConfig, SourceDocumentSchema } from './document.ts'
import { resolvePublicUrl } from './public-url.ts'
import { type CheckedSecrets, checkSecrets, keepSecrets } from '../secrets/index.ts'
import { keepableSecrets } from '../secrets/kept.ts'
import { splitSecrets } from '../secrets/stored.ts'
import type { DocumentProblem, Secrets } from './source.ts'

export type ReadDocument =
  | {
      readonly ok: true
      readonly config: SourceConfig
      /** The values in the document. */
      readonly secrets: Secrets
      /** Slots whose stored versions do not change. */
      readonly kept: ReadonlySet<string>
    }
  | { readonly ok: false; readonly problems: readonly DocumentProblem[] }

/**
 * A document without `secrets` keeps all stored ones. `{"stored": true}` in a slot keeps those of that slot.
 *
 * @param current the source's current secrets
 * @param before its current settings
 */
export async function readDocument(
  document: unknown,
  current: Secrets | undefined,
  before?: SourceConfig,
): Promise<ReadDocument> {
  const parsed = v.safeParse(SourceDocumentSchema, document)
  if (!parsed.success) return { ok: false, problems: parsed.issues.map(problemOf) }

  const { secrets: raw, level, requireSourceIp, ...rest } = parsed.output
  const config: SourceConfig = { ...rest, ...LENIENT }
  const provider = providerNamed(config.provider)
  if (provider === undefined) return { ok: false, problems: [UNKNOWN_PROVIDER] }

  const stored = keepableSecrets(config, before, current)
  const problems = [
    ...unsupportedSettings(provider, config),
    ...badNetworks(config),
    ...incompleteTemplate(config),
    ...ambiguousTemplate(config),
  ]
  const hasSecrets = stored === undefined || Object.hasOwn(document as object, 'secrets')
  const { values, kept, missing } = hasSecrets
    ? splitSecrets(raw, stored)
    : { values: {}, kept: stored, missing: [] }
  const checked: CheckedSecrets = hasSecrets
    ? await checkSecrets(provider, config, values, kept)
    : keepSecrets(provider, config, kept)
  problems.push(...missing)
  if (!checked.ok) return { ok: false, problems: [...problems, ...checked.problems] }
  if (problems.length > 0) return { ok: false, problems }
  const sent = hasSecrets ? checked.secrets : {}
  const existing = stored === undefined ? {} : { config: before, secrets: stored }
  const url = resolvePublicUrl(provider, config.publicUrl, { ...kept, ...sent }, existing)
  if (url.problems.length > 0) return { ok: false, problems: url.problems }
  const secrets = url.secret === undefined ? sent : { ...sent, [URL_SLOT]: [url.secret] }
  const all = { ...kept, ...secrets }
  // An operator who sets a level has chosen what it tolerates.
  const chosen =
    level === undefined ? defaultStrictness(provider, config, filledIn(all)) : { ...LENIENT, level }
  const strictness = { ...chosen, requireSourceIp: requireSourceIp ?? chosen.requireSourceIp }
  return {
    ok: true,
    config: {
      ...config,
      ...strictness,
      ...(url.publicUrl === undefined ? {} : { publicUrl: url.publicUrl }),
    },
    secrets,
    kept: new Set(Object.keys(kept).filter((slot) => !Object.hasOwn(secrets, slot))),
  }
}

/** The defaults of a document that sets a level. */
const LENIENT: Strictness = { level: 'standard', requireSourceIp: false }

const filledIn = (secrets: Secrets): ReadonlySet<string> =>
  new Set(Object.keys(secrets).filter((slot) => (secrets[slot]?.length ?? 0) > 0))

/** The messages of valibot quote the received value. These only name the kind of rule. */
const problemOf = (issue: v.BaseIssue<unknown>): DocumentProblem => ({
  path: nameable(v.getDotPath(issue) ?? ''),
  problem: `Not valid here (${issue.type.replaceAll('_', ' ')}${issue.requirement instanceof RegExp ? '' : expected(issue)}).`,
})

const expected = (issue: v.BaseIssue<unknown>): string =>
  issue.expected === null ? '' : `, expected ${issue.expected}`

const unsupportedSettings = (provider: Provider, config: SourceConfig): DocumentProblem[] =>
  (['signature', 'jwt', 'provisioner'] as const)
    .filter((setting) => config[setting] !== undefined && !provider.settings?.includes(setting))
    .map((setting) => ({ path: setting, problem: `${provider.title} sources do not have this setting.` }))

/** A template with a part that no header is named for would refuse every delivery. */
const incompleteTemplate = ({ signature }: SourceConfig): DocumentProblem[] =>
  (['timestamp', 'id'] as const)
    .filter((part) => signature?.signed.includes(`{${part}}`) && signature[`${part}Header`] === undefined)
    .map((part) => ({
      path: `signature.${part}Header`,
      problem: `Must be set, since "signed" names {${part}}.`,
    }))

/** Without a separator between two parts, two different deliveries could have the same signed bytes. */
const ambiguousTemplate = ({ signature }: SourceConfig): DocumentProblem[] =>
  signature !== undefined && isWithoutBorders(signature.signed)
    ? [
        {
          path: 'signature.signed',
          problem: 'Two of its parts have no separator between them.',
        },
      ]
    : []

const badNetworks = (config: SourceConfig): DocumentProblem[] =>
  (['allowedIps', 'blockedIps'] as const).flatMap((list) =>
    (config[list] ?? []).flatMap((text, i) =>
      parseNetwork(text) === undefined
        ? [
            {
              path: `${list}.${i}`,
              problem: 'Must be an address or a CIDR block, IPv4 or IPv6, without host bits.',
            },
          ]
        : [],
    ),
  )

const UNKNOWN_PROVIDER: DocumentProblem = {
  path: 'provider',
  problem: `Unknown provider. Known providers: ${PROVIDERS.map(({ name }) => name).join(', ')}.`,
}
