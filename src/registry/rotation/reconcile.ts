/** Brings the stored versions of a source's secrets to what a document says: exactly its values are active. */
import type { SecretVersion } from './secret-version.ts'
import type { Secret, Secrets } from '../sources/source.ts'
import { type StoredSecret, active, nextVersion, revoked } from './transitions.ts'

/** A version with its value, as long as it has one. */
export interface OpenedSecret {
  readonly row: StoredSecret
  readonly secret: Secret | null
}

/** A version that does not rest yet. */
export interface NewSecret extends SecretVersion {
  readonly secret: Secret
}

/**
 * A value that is stored already keeps its version, whatever state it was in; one that the document does not name is revoked.
 *
 * @param kept slots whose versions stay as they are
 * @returns the stored versions as they shall be, and those to be added
 */
export function reconcile(
  stored: readonly OpenedSecret[],
  wanted: Secrets,
  nowMs: number,
  kept: ReadonlySet<string> = new Set(),
): { readonly rows: StoredSecret[]; readonly added: NewSecret[] } {
  const named = new Set(
    Object.entries(wanted).flatMap(([slot, list]) => list.map((secret) => nameOf(slot, secret))),
  )
  const rows = stored.map(({ row, secret }) => {
    if (secret === null || kept.has(row.slot)) return row
    if (named.delete(nameOf(row.slot, secret))) return row.state === 'active' ? row : active(row, nowMs)
    return revoked(row, nowMs)
  })
  const added: NewSecret[] = []
  for (const [slot, list] of Object.entries(wanted)) {
    let version = nextVersion(rows, slot)
    for (const secret of list) {
      if (!named.delete(nameOf(slot, secret))) continue
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

/** A version as it begins: nobody has it yet. */
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

/** Equal for equal values: every kind of secret is made in one order of fields. */
const nameOf = (slot: string, secret: Secret): string => JSON.stringify([slot, secret])
