/** Changes the stored versions of a source's secrets to match a document: exactly its values are active. */
import type { SecretVersion } from './secret-version.ts'
import type { Secret, Secrets } from '../sources/source.ts'
import { type StoredSecret, active, nextVersion, revoked } from './transitions.ts'

/** A version with its decrypted value; null once it is revoked, or if it stays as it is. */
export interface OpenedSecret {
  readonly row: StoredSecret
  readonly secret: Secret | null
}

/** A version that is not stored yet. */
export interface NewSecret extends SecretVersion {
  readonly secret: Secret
}

/**
 * A value that is stored already keeps its version and becomes active. A value that the document does not name is revoked.
 *
 * @returns the next state of the stored versions, and the versions to add
 */
export function reconcile(
  stored: readonly OpenedSecret[],
  wanted: Secrets,
  nowMs: number,
): { readonly rows: StoredSecret[]; readonly added: NewSecret[] } {
  const named = new Set(
    Object.entries(wanted).flatMap(([slot, list]) => list.map((secret) => keyOf(slot, secret))),
  )
  const rows = stored.map(({ row, secret }) => {
    if (secret === null) return row
    if (named.delete(keyOf(row.slot, secret))) return row.state === 'active' ? row : active(row, nowMs)
    return revoked(row, nowMs)
  })
  const added: NewSecret[] = []
  for (const [slot, list] of Object.entries(wanted)) {
    let version = nextVersion(rows, slot)
    for (const secret of list) {
      if (!named.delete(keyOf(slot, secret))) continue
      added.push({
        ...newVersion(slot, version++, 'operator', nowMs),
        state: 'active',
        activatedAtMs: nowMs,
        secret,
      })
    }
  }
  return { rows, added }
}

/** A new version: pending, since nobody has it yet. */
export const newVersion = (
  slot: string,
  version: number,
  origin: SecretVersion['origin'],
  nowMs: number,
): SecretVersion => ({
  slot,
  version,
  state: 'pending',
  origin,
  createdAtMs: nowMs,
  activatedAtMs: null,
  acceptedUntilMs: null,
  revokedAtMs: null,
})

/** Equal for equal values, since the fields of each kind of secret are always in the same order. */
export const keyOf = (slot: string, secret: Secret): string => JSON.stringify([slot, secret])
