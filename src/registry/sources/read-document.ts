/** Checks a source document as a whole: every problem at once, never a value. */
import * as v from 'valibot'
import { nameable } from '../../platform/nameable.ts'
import { parseNetwork } from '../../platform/network.ts'
import { PROVIDERS, providerNamed } from '../../providers/index.ts'
import type { Provider } from '../../providers/provider.ts'
import { lacksDelimiters } from '../../providers/shared/signed-template.ts'
import { URL_SLOT } from '../../providers/shared/url-slot.ts'
import { type Strictness, defaultStrictness } from './default-strictness.ts'
import { type SourceConfig, SourceDocumentSchema } from './document.ts'
import { placeUrl } from './public-url.ts'
import { type CheckedSecrets, checkSecrets, keepSecrets } from '../secrets/index.ts'
import { keepable } from '../secrets/kept.ts'
import { partSecrets } from '../secrets/stored.ts'
import type { DocumentProblem, Secrets } from './source.ts'

export type ReadDocument =
  | {
      readonly ok: true
      readonly config: SourceConfig
      /** The values that the document brings. */
      readonly secrets: Secrets
      /** Slots whose stored versions stay as they are. */
      readonly kept: ReadonlySet<string>
    }
  | { readonly ok: false; readonly problems: readonly DocumentProblem[] }

/**
 * A document without `secrets` keeps all that are stored; `{"stored": true}` in a slot keeps those of that slot.
 *
 * @param soFar the source's secrets so far
 * @param before its settings so far
 */
export async function readDocument(
  document: unknown,
  soFar: Secrets | undefined,
  before?: SourceConfig,
): Promise<ReadDocument> {
  const parsed = v.safeParse(SourceDocumentSchema, document)
  if (!parsed.success) return { ok: false, problems: parsed.issues.map(problemOf) }

  const { secrets: raw, level, requireSourceIp, ...rest } = parsed.output
  const config: SourceConfig = { ...rest, ...LENIENT }
  const provider = providerNamed(config.provider)
  if (provider === undefined) return { ok: false, problems: [UNKNOWN_PROVIDER] }

  const stored = keepable(config, before, soFar)
  const problems = [
    ...foreignSettings(provider, config),
    ...badNetworks(config),
    ...hollowTemplate(config),
    ...borderlessTemplate(config),
  ]
  const brings = stored === undefined || Object.hasOwn(document as object, 'secrets')
  const { values, kept, missing } = brings
    ? partSecrets(raw, stored)
    : { values: {}, kept: stored, missing: [] }
  const checked: CheckedSecrets = brings
    ? await checkSecrets(provider, config, values, kept)
    : keepSecrets(provider, config, kept)
  problems.push(...missing)
  if (!checked.ok) return { ok: false, problems: [...problems, ...checked.problems] }
  if (problems.length > 0) return { ok: false, problems }
  const brought = brings ? checked.secrets : {}
  const place = stored === undefined ? {} : { config: before, secrets: stored }
  const url = placeUrl(provider, config.publicUrl, { ...kept, ...brought }, place)
  if (url.problems.length > 0) return { ok: false, problems: url.problems }
  const secrets = url.sealed === undefined ? brought : { ...brought, [URL_SLOT]: [url.sealed] }
  const all = { ...kept, ...secrets }
  // Whoever names a level has thought of what it tolerates.
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

/** What a document tolerates that says so. */
const LENIENT: Strictness = { level: 'standard', requireSourceIp: false }

const filledIn = (secrets: Secrets): ReadonlySet<string> =>
  new Set(Object.keys(secrets).filter((slot) => (secrets[slot]?.length ?? 0) > 0))

/** valibot's own messages quote what they received; these name the kind of rule only. */
const problemOf = (issue: v.BaseIssue<unknown>): DocumentProblem => ({
  path: nameable(v.getDotPath(issue) ?? ''),
  problem: `Not valid here (${issue.type.replaceAll('_', ' ')}${issue.requirement instanceof RegExp ? '' : expected(issue)}).`,
})

const expected = (issue: v.BaseIssue<unknown>): string =>
  issue.expected === null ? '' : `, expected ${issue.expected}`

const foreignSettings = (provider: Provider, config: SourceConfig): DocumentProblem[] =>
  (['signature', 'jwt', 'provisioner'] as const)
    .filter((setting) => config[setting] !== undefined && !provider.settings?.includes(setting))
    .map((setting) => ({ path: setting, problem: `${provider.title} sources take no such setting.` }))

/** A template that names what no header brings would refuse every delivery. */
const hollowTemplate = ({ signature }: SourceConfig): DocumentProblem[] =>
  (['timestamp', 'id'] as const)
    .filter((part) => signature?.signed.includes(`{${part}}`) && signature[`${part}Header`] === undefined)
    .map((part) => ({
      path: `signature.${part}Header`,
      problem: `Must be set, since "signed" names {${part}}.`,
    }))

/** Parts of a template with nothing between them that tells where the one ends: its text would have two readings. */
const borderlessTemplate = ({ signature }: SourceConfig): DocumentProblem[] =>
  signature !== undefined && lacksDelimiters(signature.signed)
    ? [
        {
          path: 'signature.signed',
          problem: 'Two of its parts have nothing between them that tells where the first one ends.',
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
  problem: `Unknown provider. Known are: ${PROVIDERS.map(({ name }) => name).join(', ')}.`,
}
