/** Secrets that Postern generates for a destination that has none to sign with. */
import { type NewSecret, newVersion } from '../rotation/reconcile.ts'
import type { SecretVersion } from '../rotation/secret-version.ts'
import { nextVersion } from '../rotation/transitions.ts'
import type { Secret } from '../sources/source.ts'
import type { DestinationConfig } from './document.ts'
import { SIGNING_SLOTS, type SlotName } from './slots.ts'

/** New secrets for the slots that have no version to sign with, so that no delivery is ever unsigned. */
export const generateMissing = (
  config: DestinationConfig,
  versions: readonly SecretVersion[],
  nowMs: number,
): Promise<NewSecret[]> =>
  Promise.all(missingSlots(config, versions).map((slot) => generate(slot, versions, nowMs)))

/** Slots without a version to sign with. A retiring one does not count: it ends without anybody doing something. */
function missingSlots({ ed25519 }: DestinationConfig, versions: readonly SecretVersion[]): SlotName[] {
  const needed: SlotName[] = ed25519 ? ['signing_secret', 'signing_key'] : ['signing_secret']
  return needed.filter((slot) =>
    versions.every((one) => one.slot !== slot || (one.state !== 'active' && one.state !== 'pending')),
  )
}

async function generate(
  slot: SlotName,
  versions: readonly SecretVersion[],
  nowMs: number,
): Promise<NewSecret> {
  const { check, generate: newValue, isFetched } = SIGNING_SLOTS[slot]
  const checked = await check(newValue())
  if (!checked.ok) throw new TypeError('a generated secret does not pass its own check')
  const secret: Secret = checked.secret
  const version = newVersion(slot, nextVersion(versions, slot), 'postern', nowMs)
  return isFetched ? { ...version, secret } : { ...version, state: 'active', activatedAtMs: nowMs, secret }
}
