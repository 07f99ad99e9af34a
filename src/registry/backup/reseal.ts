/** Reseals the registry's secrets under the newest master key, in steps. Every step can be repeated. */
import type { KeyState } from '../../platform/key-state.ts'
import { type MasterKey, keyMarks } from '../../platform/master-key.ts'
import type { AuditLog } from '../audit/log.ts'
import { resealOne, unlessUnreadable } from '../rotation/sealed.ts'
import type { Sealer } from '../../platform/seal.ts'

/** The result of one step. */
export interface Resealed {
  /** 0 when only broken secrets are left. */
  readonly resealed: number
  /** Secrets that no master key opens. They do not change. */
  readonly broken: number
}

/** How many secrets are sealed under each version of the master key, by its number. */
export interface Resting {
  /** The version that the registry seals with. */
  readonly newest: number
  readonly secrets: Readonly<Record<string, number>>
  readonly auditKey: Readonly<Record<string, number>>
}

/** Secrets that one step reseals. */
const STEP_SECRETS = 200

type SecretRow = { source: string; slot: string; version: number; sealed: ArrayBuffer }

/** Must run in `Changes.inTurn`, so that nothing else changes the rows meanwhile. */
export async function reseal(
  sql: SqlStorage,
  audit: AuditLog,
  sealer: Sealer,
  [newest]: readonly [MasterKey, ...MasterKey[]],
): Promise<Resealed> {
  let resealed = await audit.resealKey(sealer, newest.version)
  let broken = 0
  const rows = sql
    .exec<SecretRow>(
      `SELECT source, slot, version, sealed FROM secrets
       WHERE sealed IS NOT NULL AND hex(substr(sealed, 1, 1)) <> ?`,
      hexOf(newest.version),
    )
    .toArray()
  for (const row of rows) {
    if (resealed >= STEP_SECRETS) break
    const sealed = await unlessUnreadable(() => resealOne(sealer, row))
    if (sealed === 'secret_unreadable') {
      broken++
      continue
    }
    sql.exec(
      'UPDATE secrets SET sealed = ? WHERE source = ? AND slot = ? AND version = ?',
      sealed,
      row.source,
      row.slot,
      row.version,
    )
    resealed++
  }
  return { resealed, broken }
}

export function resting(sql: SqlStorage, audit: AuditLog, newest: number): Resting {
  const rows = sql
    .exec<{ version: string; count: number }>(
      `SELECT hex(substr(sealed, 1, 1)) AS version, count(*) AS count FROM secrets
       WHERE sealed IS NOT NULL GROUP BY 1`,
    )
    .toArray()
  const key = audit.keyVersion()
  return {
    newest,
    secrets: Object.fromEntries(
      rows.map(({ version, count }) => [String(Number.parseInt(version, 16)), count]),
    ),
    auditKey: key === null ? {} : { [key]: 1 },
  }
}

/** Opens the audit log's key and two secrets, the first and the last: a look at each would cost too much for a health check. */
export async function keyState(
  sql: SqlStorage,
  audit: AuditLog,
  sealer: Sealer,
  masters: readonly MasterKey[],
): Promise<KeyState> {
  const rows = ['ASC', 'DESC'].flatMap((order) =>
    sql
      .exec<SecretRow>(
        `SELECT source, slot, version, sealed FROM secrets WHERE sealed IS NOT NULL
         ORDER BY source ${order}, slot ${order}, version ${order} LIMIT 1`,
      )
      .toArray(),
  )
  const opened = await Promise.all(rows.map((row) => unlessUnreadable(() => resealOne(sealer, row))))
  const key = audit.keyVersion() === null ? undefined : await unlessUnreadable(() => audit.exportKey(sealer))
  return {
    keys: await keyMarks(masters),
    unreadable: [
      ...(opened.includes('secret_unreadable') ? (['secrets'] as const) : []),
      ...(key === 'secret_unreadable' ? (['audit_key'] as const) : []),
    ],
  }
}

const hexOf = (version: number): string => version.toString(16).toUpperCase().padStart(2, '0')
