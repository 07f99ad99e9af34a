/** How the documents and the secrets of sources change: mostly as their providers say. */
import { providerNamed } from '../../providers/index.ts'
import { isInstalled } from '../installation/index.ts'
import type { RotatingKind } from '../owners/owner.ts'
import { generateValue } from '../rotation/generated.ts'
import type { SecretVersion } from '../rotation/secret-version.ts'
import { activeSlots, isAccepted, pruned } from '../rotation/transitions.ts'
import { checkValue } from '../secrets/index.ts'
import { hasNewProvider } from '../secrets/kept.ts'
import { methodProblems, missingSlots, sharedKeyProblems } from '../secrets/methods.ts'
import { withStricterDefaults } from './default-strictness.ts'
import { type SourceConfig, SourceDocumentSchema, savedConfig } from './document.ts'
import { shownConfig, withNewUrl } from './public-url.ts'
import { readDocument } from './read-document.ts'
import type { MissingSecrets, Secrets } from './source.ts'
import * as v from 'valibot'
import { splitSecrets } from '../secrets/stored.ts'

export const SOURCES: RotatingKind<SourceConfig> = {
  noun: 'source',
  // With more, the answer of `snapshots.sourceIndex` would be too large for one call.
  max: 10_000,
  keyOf: (name) => name,
  saved: savedConfig,
  read: async (document, before) => readDocument(document, await before?.secrets(), before?.config),
  shown: shownConfig,
  guardShards: ({ guardShards }) => guardShards,
  isUnchanged,
  problems: ({ guardStore }, { redisProblem }) =>
    guardStore === 'redis' && redisProblem !== null ? [{ path: 'guardStore', problem: redisProblem }] : [],
  pruned,
  // They were for the previous ESP.
  endsRotations: hasNewProvider,
  isRotated: () => true,
  slots: ({ provider }) => Object.keys(providerNamed(provider)?.secrets ?? {}),
  async check(config, slot, value) {
    const provider = known(config)
    const checked = await checkValue(provider, slot, value, config)
    if (!checked.ok) return checked
    const problems = sharedKeyProblems(provider, config, new Set([slot]))
    return problems.length === 0 ? checked : { ok: false, problems }
  },
  generate: (config, slot, current) => generateValue(known(config), slot, current),
  isFetched: () => true,
  isInstalled,
  graceSeconds: ({ rotationGraceSeconds }) => rotationGraceSeconds,
  withSecret: withNewUrl,
  withVersions(config, before, after) {
    const provider = providerNamed(config.provider)
    return provider === undefined
      ? config
      : withStricterDefaults(provider, config, acceptedSlots(before), acceptedSlots(after))
  },
  canWork(config, versions) {
    const provider = providerNamed(config.provider)
    return provider !== undefined && methodProblems(provider, config, activeSlots(versions)).length === 0
  },
  forceMayDisable: true,
}

/** The slots that lack a secret, while the source refuses everything because it lacks one. Else null. */
export function missingSecrets(
  config: SourceConfig,
  versions: readonly SecretVersion[],
  nowMs: number,
): MissingSecrets | null {
  const provider = providerNamed(config.provider)
  const accepted = versions.filter((one) => isAccepted(one, nowMs))
  return provider === undefined
    ? null
    : missingSlots(provider, config, new Set(accepted.map(({ slot }) => slot)))
}

/** A slot was found in the provider before. */
function known({ provider }: SourceConfig) {
  const found = providerNamed(provider)
  if (found === undefined) throw new TypeError('the provider is unknown')
  return found
}

const acceptedSlots = (versions: readonly SecretVersion[]): ReadonlySet<string> =>
  new Set(versions.filter(({ state }) => state === 'active' || state === 'retiring').map(({ slot }) => slot))

/**
 * Whether all settings are those of the stored source, and the document only refers to stored secrets. It is then accepted, even if a new
 * source could not be like this: a source without any secret, as after an emergency rotation, does not make a whole configuration invalid.
 *
 * @param stored the source's secrets that are not revoked
 */
function isUnchanged(document: unknown, config: SourceConfig, stored: Secrets): boolean {
  const parsed = v.safeParse(SourceDocumentSchema, document)
  if (!parsed.success) return false
  const { secrets, ...settings } = parsed.output
  // Their defaults depend on the other settings, which are compared.
  const { level, requireSourceIp } = config
  const hasSecrets = Object.hasOwn(document as object, 'secrets')
  const { values, kept, missing } = hasSecrets ? splitSecrets(secrets, stored) : KEEPS_ALL
  const keepsAll = !hasSecrets || Object.keys(kept).length === Object.keys(stored).length
  return (
    keepsAll &&
    missing.length === 0 &&
    Object.keys(values).length === 0 &&
    comparable({ level, requireSourceIp, ...settings }) === comparable(config)
  )
}

const KEEPS_ALL = { values: {}, kept: {}, missing: [] }

const comparable = (settings: object): string =>
  JSON.stringify(Object.entries(settings).toSorted(([a], [b]) => (a < b ? -1 : 1)))
