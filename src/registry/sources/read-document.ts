/** Checks a source document as a whole: every problem at once, never a value. */
import type * as v from 'valibot'
import { driverOf } from '../../drivers/index.ts'
import { nearest } from '../../platform/nearest.ts'
import { parseNetwork } from '../../platform/network.ts'
import { PROVIDERS, providerNamed } from '../../providers/index.ts'
import type { Provider } from '../../providers/shared/provider.ts'
import { lacksDelimiters } from '../../providers/shared/signed-template.ts'
import { API_SLOT, URL_SLOT } from '../../providers/shared/slots.ts'
import { type Strictness, defaultStrictness } from './default-strictness.ts'
import { type ParsedDocument, parseDocument } from '../../platform/document-problems.ts'
import { type SourceConfig, SourceDocumentSchema } from './document.ts'
import { resolvePublicUrl } from './public-url.ts'
import { checkSecrets } from '../secrets/index.ts'
import { keepableSecrets } from '../secrets/kept.ts'
import { isUsable } from '../secrets/methods.ts'
import { splitSecrets } from '../secrets/stored.ts'
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
 * A document without `secrets` keeps all that are stored; `{"stored": true}` in a slot keeps those of that slot. A source that has no
 * secret needs none.
 *
 * @param soFar the source's secrets so far
 * @param before its settings so far
 */
export async function readDocument(
  document: unknown,
  soFar: Secrets | undefined,
  before?: SourceConfig,
): Promise<ReadDocument> {
  const parsed = parseDocument(SourceDocumentSchema, document)
  if (!parsed.ok) return { ok: false, problems: await allProblems(parsed, document, soFar, before) }

  const { secrets: raw, level, requireSourceIp, ...rest } = parsed.output
  const config: SourceConfig = { ...rest, ...LENIENT }
  const provider = providerNamed(config.provider)
  const general = [...badNetworks(config), ...missingHeaders(config), ...missingDelimiters(config)]
  if (provider === undefined) return { ok: false, problems: [unknownProvider(config.provider), ...general] }

  const stored = keepableSecrets(config, before, soFar)
  const problems = [...foreignSettings(provider, config), ...general]
  const brings = stored === undefined || Object.hasOwn(document as object, 'secrets')
  const { values, kept, missing } = brings
    ? splitSecrets(raw, stored)
    : { values: {}, kept: stored, missing: [] }
  const mayLackSecrets = !hasSecrets(before, soFar)
  const checked = await checkSecrets(provider, config, values, kept, mayLackSecrets)
  problems.push(...missing)
  if (!checked.ok) return { ok: false, problems: [...problems, ...checked.problems] }
  if (problems.length > 0) return { ok: false, problems }
  const brought = checked.secrets
  const places = placeProblems(provider, config, { ...kept, ...brought })
  if (places.length > 0) return { ok: false, problems: places }
  const place = stored === undefined ? {} : { config: before, secrets: stored }
  const url = resolvePublicUrl(provider, config.publicUrl, { ...kept, ...brought }, place)
  if (url.problems.length > 0) return { ok: false, problems: url.problems }
  const secrets = url.secret === undefined ? brought : { ...brought, [URL_SLOT]: [url.secret] }
  const all = { ...kept, ...secrets }
  // An explicit level overrides the provider's default strictness.
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

/**
 * Whether the source has a secret of an auth method. If it has, no document may leave it without one: a typing error would stop its
 * deliveries. If it has none, it refuses everything before and after.
 */
function hasSecrets(before: SourceConfig | undefined, soFar: Secrets | undefined): boolean {
  const provider = before && providerNamed(before.provider)
  const filled = filledIn(soFar ?? {})
  return provider?.authMethods.some((method) => isUsable(method, filled)) ?? false
}

/** Strictness of a document that names a level. */
const LENIENT: Strictness = { level: 'standard', requireSourceIp: false }

const filledIn = (secrets: Secrets): ReadonlySet<string> =>
  new Set(Object.keys(secrets).filter((slot) => (secrets[slot]?.length ?? 0) > 0))

type Document = v.InferOutput<typeof SourceDocumentSchema>

/** The problems of the form, and those of all settings whose form is right. */
async function allProblems(
  { problems, rest, without }: Extract<ParsedDocument<Document>, { readonly ok: false }>,
  document: unknown,
  soFar: Secrets | undefined,
  before: SourceConfig | undefined,
): Promise<readonly DocumentProblem[]> {
  if (rest === undefined) return problems
  const { secrets, ...settings } = rest
  const hasSecrets = Object.hasOwn(document as object, 'secrets') && !without.has('secrets')
  const read = await readDocument(hasSecrets ? { ...settings, secrets } : settings, soFar, before)
  if (read.ok) return problems
  // A problem that a missing setting causes is not reported as well.
  const isCause = (path: string) => without.has(path.split('.')[0] ?? '')
  const isDependent = (path: string) =>
    path.startsWith('secrets') && ['signature', 'auth', 'secrets'].some((name) => without.has(name))
  return [...problems, ...read.problems.filter(({ path }) => !isCause(path) && !isDependent(path))]
}

const foreignSettings = (provider: Provider, config: SourceConfig): DocumentProblem[] =>
  (['signature', 'jwt', 'provisioner'] as const)
    .filter((setting) => config[setting] !== undefined && !provider.settings?.includes(setting))
    .map((setting) => ({ path: setting, problem: `${provider.title} sources take no such setting.` }))

/** Settings without which a key of the ESP's API can ask nothing. */
function placeProblems(
  provider: Provider,
  { provisioner = {} }: SourceConfig,
  secrets: Secrets,
): DocumentProblem[] {
  const driver = driverOf(provider.name)
  if (driver === undefined || (secrets[API_SLOT]?.length ?? 0) === 0) return []
  const { needs, regions, regionForm } = driver
  const { region } = provisioner
  return [
    ...needs
      .filter((name) => provisioner[name] === undefined)
      .map((name) => ({
        path: `provisioner.${name}`,
        problem: `Must be set, since the API of ${provider.title} asks for it.`,
      })),
    ...(region === undefined || regions === undefined || regions.includes(region)
      ? []
      : [{ path: 'provisioner.region', problem: `Must be one of ${regions.join(', ')}.` }]),
    ...(region === undefined || regionForm?.test(region) !== false
      ? []
      : [
          {
            path: 'provisioner.region',
            problem: `Must be a region of ${provider.title}, such as eu-west-1.`,
          },
        ]),
  ]
}

/** A template that names what no header brings would refuse every delivery. */
const missingHeaders = ({ signature }: SourceConfig): DocumentProblem[] =>
  (['timestamp', 'id'] as const)
    .filter((part) => signature?.signed.includes(`{${part}}`) && signature[`${part}Header`] === undefined)
    .map((part) => ({
      path: `signature.${part}Header`,
      problem: `Must be set, since "signed" names {${part}}.`,
    }))

/** Parts of a template with nothing between them that tells where the one ends: its text would have two readings. */
const missingDelimiters = ({ signature }: SourceConfig): DocumentProblem[] =>
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

function unknownProvider(name: string): DocumentProblem {
  const known = PROVIDERS.map((provider) => provider.name)
  const similar = nearest(name, known)
  const hint = similar === undefined ? '' : ` Did you mean ${similar}?`
  return { path: 'provider', problem: `Unknown provider.${hint} Known: ${known.join(', ')}.` }
}
