/** How the versions of a source's secrets change. Pure functions. */
import type { SecretVersion } from './secret-version.ts'

/** A version as it is stored. The value of a revoked one is deleted. */
export interface StoredSecret extends SecretVersion {
  readonly sealed: Uint8Array | null
}

/** Whether deliveries are accepted with this version at that time. */
export const isAccepted = ({ state, acceptedUntilMs }: SecretVersion, nowMs: number): boolean =>
  state === 'active' || (state === 'retiring' && acceptedUntilMs !== null && nowMs < acceptedUntilMs)

/** Refused from now on; the value is deleted. */
export const revoked = (row: StoredSecret, nowMs: number): StoredSecret => ({
  ...row,
  state: 'revoked',
  acceptedUntilMs: null,
  revokedAtMs: nowMs,
  sealed: null,
})

/** Accepted until the grace period is over; revoked if that is 0 seconds. */
export const retiring = (row: StoredSecret, nowMs: number, graceSeconds: number): StoredSecret =>
  graceSeconds === 0
    ? revoked(row, nowMs)
    : { ...row, state: 'retiring', acceptedUntilMs: nowMs + graceSeconds * 1_000 }

export const active = (row: StoredSecret, nowMs: number): StoredSecret => ({
  ...row,
  state: 'active',
  activatedAtMs: row.activatedAtMs ?? nowMs,
  acceptedUntilMs: null,
})

/**
 * Makes one version the active one of its slot. Active versions retire, pending ones are revoked, and retiring ones keep their
 * time.
 */
export function takeOver(
  rows: readonly StoredSecret[],
  { slot, version }: Pick<SecretVersion, 'slot' | 'version'>,
  nowMs: number,
  graceSeconds: number,
): StoredSecret[] {
  return rows.map((row) => {
    if (row.slot !== slot) return row
    if (row.version === version) return active(row, nowMs)
    if (row.state === 'active') return retiring(row, nowMs, graceSeconds)
    return row.state === 'pending' ? revoked(row, nowMs) : row
  })
}

/** Revokes retiring versions whose time is over. */
export const revokeExpired = (rows: readonly StoredSecret[], nowMs: number): StoredSecret[] =>
  rows.map((row) => (row.state === 'retiring' && !isAccepted(row, nowMs) ? revoked(row, nowMs) : row))

/** Versions that a slot keeps, the newest. They prevent that a version number is used again. */
const VERSIONS_KEPT = 20

/** Removes the oldest revoked versions. */
export const pruned = (rows: readonly StoredSecret[]): StoredSecret[] =>
  rows.filter(
    (row) =>
      row.state !== 'revoked' ||
      rows.filter(({ slot, version }) => slot === row.slot && version > row.version).length < VERSIONS_KEPT,
  )

export const nextVersion = (rows: readonly SecretVersion[], slot: string): number =>
  1 + Math.max(0, ...rows.filter((row) => row.slot === slot).map(({ version }) => version))

/** Slots with an active version. Retiring ones do not count: they end without anybody doing something. */
export const activeSlots = (rows: readonly SecretVersion[]): ReadonlySet<string> =>
  new Set(rows.filter(({ state }) => state === 'active').map(({ slot }) => slot))
