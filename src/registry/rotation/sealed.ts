/** Encryption of stored secrets. Each version is sealed on its own, with owner, slot and version as associated data. */
import { type Bytes, textOf, utf8 } from '../../platform/bytes.ts'
import { SealBroken, type Sealer } from '../../platform/seal.ts'
import { pathOf } from '../owners/owner.ts'
import type { AcceptedSecret, SealedSource, Secret, Secrets } from '../sources/source.ts'
import type { NewSecret, OpenedSecret } from './reconcile.ts'
import type { StoredSecret } from './transitions.ts'

/**
 * The secrets that the gateway authenticates with, or that a destination signs with.
 *
 * @param sealed `name` is the owner's key, see `OwnerKind`
 * @throws {SealBroken} when a secret was sealed for another version or under a master key that is not configured
 */
export async function openSecrets(
  sealer: Sealer,
  { name, secrets }: Pick<SealedSource, 'name' | 'secrets'>,
): Promise<Secrets> {
  const opened = await Promise.all(
    secrets.map(async ({ slot, version, sealed, acceptedUntilMs }) => {
      const secret = await openOne(sealer, sealed, associatedDataOf(name, slot, version))
      const accepted: AcceptedSecret = acceptedUntilMs === null ? secret : { ...secret, acceptedUntilMs }
      return { slot, accepted }
    }),
  )
  return bySlot(opened)
}

/** All versions, with the values of those that are not revoked. @param closed slots whose values stay sealed */
export const openVersions = (
  sealer: Sealer,
  owner: string,
  rows: readonly StoredSecret[],
  closed: ReadonlySet<string> = new Set(),
): Promise<OpenedSecret[]> =>
  Promise.all(
    rows.map(async (row) => ({
      row,
      secret:
        row.sealed === null || closed.has(row.slot)
          ? null
          : await openOne(sealer, row.sealed, associatedDataOf(owner, row.slot, row.version)),
    })),
  )

/** The values of versions that are not revoked, by slot. */
export const valuesOf = (opened: readonly OpenedSecret[]): Secrets =>
  bySlot(opened.flatMap(({ row, secret }) => (secret === null ? [] : [{ slot: row.slot, accepted: secret }])))

export const sealVersions = (
  sealer: Sealer,
  owner: string,
  added: readonly NewSecret[],
): Promise<StoredSecret[]> =>
  Promise.all(
    added.map(async ({ secret, ...version }) => ({
      ...version,
      sealed: await sealer.seal(
        utf8(JSON.stringify(secret)),
        associatedDataOf(owner, version.slot, version.version),
      ),
    })),
  )

/** The same secret under the newest master key. */
export async function resealOne(
  sealer: Sealer,
  row: {
    readonly source: string
    readonly slot: string
    readonly version: number
    readonly sealed: ArrayBuffer
  },
): Promise<Bytes> {
  const associatedData = associatedDataOf(row.source, row.slot, row.version)
  return sealer.seal(await sealer.open(new Uint8Array(row.sealed), associatedData), associatedData)
}

/** Turns {@link SealBroken} into a value, so that one unreadable secret does not stop work on other sources. */
export async function unlessUnreadable<T>(work: () => Promise<T>): Promise<T | 'secret_unreadable'> {
  try {
    return await work()
  } catch (cause) {
    if (cause instanceof SealBroken) return 'secret_unreadable'
    throw cause
  }
}

async function openOne(sealer: Sealer, sealed: Uint8Array, associatedData: string): Promise<Secret> {
  const plain: Bytes = await sealer.open(sealed, associatedData)
  return JSON.parse(textOf(plain) ?? 'null') as Secret
}

const bySlot = (ones: readonly { slot: string; accepted: AcceptedSecret }[]): Secrets => {
  const secrets: Record<string, AcceptedSecret[]> = {}
  for (const { slot, accepted } of ones) (secrets[slot] ??= []).push(accepted)
  return secrets
}

const associatedDataOf = (owner: string, slot: string, version: number): string =>
  `${pathOf(owner)}/${slot}/${version}`
