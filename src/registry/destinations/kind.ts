/** How the documents and the secrets of destinations change. */
import type { RotatingKind } from '../owners/owner.ts'
import type { SecretVersion } from '../rotation/secret-version.ts'
import { pruned } from '../rotation/transitions.ts'
import { problemsAt } from '../secrets/index.ts'
import { type DestinationConfig, forwardedSources, savedDestination } from './document.ts'
import { generateMissing } from './generate-missing.ts'
import { readDestination } from './read-document.ts'
import { HEADERS_SLOT, SIGNING_SLOTS, isSigningSlot, unknownSlot } from './slots.ts'

/** How long a receiver has to switch from the old secret to the new one, after somebody has fetched that. */
const GRACE_SECONDS = 86_400

export const DESTINATIONS: RotatingKind<DestinationConfig> = {
  noun: 'destination',
  max: 100,
  keyOf: (name) => `destination/${name}`,
  saved: savedDestination,
  read: async (document, before, rules) =>
    readDestination(document, before && { ...before, secrets: await before.secrets() }, rules),
  shown: (config) => config,
  cachedWith: forwardedSources,
  missing: generateMissing,
  pruned,
  // Values of headers change with the document only.
  isRotated: isSigningSlot,
  slots: (config) => ['signing_secret', ...(config.ed25519 ? ['signing_key'] : [])],
  async check(_config, slot, value) {
    if (!isSigningSlot(slot)) return { ok: false, problems: [unknownSlot(slot)] }
    const checked = await SIGNING_SLOTS[slot].check(value)
    return checked.ok ? checked : { ok: false, problems: problemsAt(`secrets.${slot}`, checked.problems) }
  },
  generate: (_config, slot) => (isSigningSlot(slot) ? SIGNING_SLOTS[slot].generate() : undefined),
  isFetched: (slot) => isSigningSlot(slot) && SIGNING_SLOTS[slot].isFetched,
  isInstalled: () => false,
  graceSeconds: () => GRACE_SECONDS,
  withSecret: (config) => config,
  withVersions: (config) => config,
  canWork: (config, versions) =>
    signsWith(versions, 'signing_secret') && (!config.ed25519 || signsWith(versions, 'signing_key')),
  forceMayDisable: false,
}

const signsWith = (versions: readonly SecretVersion[], slot: string): boolean =>
  versions.some((one) => one.slot === slot && (one.state === 'active' || one.state === 'pending'))

/** Whether the object that delivers gets a version: a pending one signs, too, see `SealedDestination`. */
export const isUsed = (
  { slot, state, acceptedUntilMs }: SecretVersion,
  { ed25519 }: DestinationConfig,
  nowMs: number,
): boolean =>
  (slot === HEADERS_SLOT || slot === 'signing_secret' || (slot === 'signing_key' && ed25519)) &&
  (state === 'active' ||
    state === 'pending' ||
    (state === 'retiring' && acceptedUntilMs !== null && nowMs < acceptedUntilMs))
