/** Views of a destination: one for operators, and one for the object that delivers. */
import type { Sealer } from '../../platform/seal.ts'
import type { Stored } from '../owners/owner.ts'
import type { SlotRotation } from '../rotation/secret-version.ts'
import { openSecrets, openVersions, unlessUnreadable } from '../rotation/sealed.ts'
import type { Secrets } from '../sources/source.ts'
import type { DestinationView, SealedDestination } from './destination.ts'
import type { DestinationConfig } from './document.ts'
import { DESTINATIONS, isUsed } from './kind.ts'
import { SIGNING_SLOTS } from './slots.ts'

export const viewOf = ({ secrets, ...rest }: Stored<DestinationConfig>): DestinationView => ({
  ...rest,
  secrets: secrets.map(({ sealed: _sealed, ...version }) => version),
  rotations: Object.keys(SIGNING_SLOTS).flatMap((slot): SlotRotation[] => {
    const used = secrets.filter((one) => one.slot === slot && one.state !== 'revoked')
    if (used.length === 0) return []
    const state = used.some((one) => one.state === 'pending') ? 'waiting' : 'fresh'
    // The key of a signature does not travel, so it is never due. Only the receiver can say when to change it.
    return [{ slot, state, generated: true, installed: false, dueAtMs: null, problem: null }]
  }),
})

/**
 * The secrets that sign and the values of the headers, for the object that delivers.
 *
 * @throws {SealBroken} when a secret was sealed for another version or under a master key that is not configured
 */
export const openDestination = (sealer: Sealer, { name, secrets }: SealedDestination): Promise<Secrets> =>
  openSecrets(sealer, { name: DESTINATIONS.keyOf(name), secrets })

/** `whpk_` and base64, by `slot/version`. */
export async function publicKeysOf(
  sealer: () => Sealer,
  { name, secrets }: Stored<DestinationConfig>,
): Promise<Readonly<Record<string, string>>> {
  const rows = secrets.filter(({ slot }) => slot === 'signing_key')
  if (rows.length === 0) return {}
  const opened = await unlessUnreadable(() => openVersions(sealer(), DESTINATIONS.keyOf(name), rows))
  if (opened === 'secret_unreadable') return {}
  return Object.fromEntries(
    opened.flatMap(({ row, secret }) =>
      secret?.kind === 'ed25519-private'
        ? [[`${row.slot}/${row.version}`, `whpk_${secret.publicKey}`] as const]
        : [],
    ),
  )
}

export const sealedOf = (
  { name, version, createdAtMs, config, secrets }: Stored<DestinationConfig>,
  nowMs: number,
): SealedDestination => ({
  name,
  version,
  createdAtMs,
  config,
  secrets: secrets.flatMap(({ sealed, ...one }) =>
    sealed !== null && isUsed(one, config, nowMs)
      ? [{ slot: one.slot, version: one.version, acceptedUntilMs: one.acceptedUntilMs, sealed }]
      : [],
  ),
})
