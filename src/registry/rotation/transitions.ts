/** How the versions of a source's secrets change. Pure: rows in, rows out, the clock passed in. */
import type { SecretVersion } from './secret-version.ts'

/** A version as it rests. The value of a revoked one is gone. */
export interface StoredSecret extends SecretVersion {
  readonly sealed: Uint8Array | null
}

/** Whether deliveries that it proves are accepted at that time. */
export const isAccepted = ({ state, acceptedUntilMs }: SecretVersion, nowMs: number): boolean =>
  state === 'active' || (state === 'retiring' && acceptedUntilMs !== null && nowMs < acceptedUntilMs)

/** Refused from now on, and the value is forgotten. */
export const revoked = (row: StoredSecret, nowMs: number): StoredSecret => ({
  ...row,
  state: 'revoked',
  acceptedUntilMs: null,
  revokedAtMs: nowMs,
  sealed: null,
})

/** Accepted until the grace is over; with a grace of nothing it is revoked. */
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
 * One version becomes the active one of its slot: those that were active retire, those that wait are dropped, and those that
 * retire already keep their time.
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

/** Those whose time is over lose their values. */
export const swept = (rows: readonly StoredSecret[], nowMs: number): StoredSecret[] =>
  rows.map((row) => (row.state === 'retiring' && !isAccepted(row, nowMs) ? revoked(row, nowMs) : row))

/** Versions that a slot remembers: the newest, so that no number is used again. */
const REMEMBERED = 20

/** Without the oldest revoked versions. */
export const pruned = (rows: readonly StoredSecret[]): StoredSecret[] =>
  rows.filter(
    (row) =>
      row.state !== 'revoked' ||
      rows.filter(({ slot, version }) => slot === row.slot && version > row.version).length < REMEMBERED,
  )

export const nextVersion = (rows: readonly StoredSecret[], slot: string): number =>
  1 + Math.max(0, ...rows.filter((row) => row.slot === slot).map(({ version }) => version))

/** Slots that something will prove deliveries with for as long as nobody changes it. */
export const activeSlots = (rows: readonly StoredSecret[]): ReadonlySet<string> =>
  new Set(rows.filter(({ state }) => state === 'active').map(({ slot }) => slot))
