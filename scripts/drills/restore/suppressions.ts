/** Brings the suppressions beside a backup into the temporary deployment, and asks both about the same addresses. */
import { randomBytes } from 'node:crypto'
import { auditRoutes } from '../../../src/api/audit.ts'
import { type BackupFile, backupRoutes } from '../../../src/api/backups.ts'
import { eventRoutes } from '../../../src/api/events.ts'
import { peopleRoutes } from '../../../src/api/people.ts'
import { suppressionRoutes } from '../../../src/api/suppressions.ts'
import type { Api } from '../../../src/cli/connection/api.ts'
import { Stop } from '../../../src/cli/stop.ts'
import { partName } from '../../../src/console/backups/suppressions.ts'
import { fromBase64 } from '../../../src/platform/bytes.ts'
import type { TemporaryDeployment } from '../temporary.ts'
import { type Check, checkOf } from './compare.ts'

/** Addresses that are compared at most, and those that nobody suppresses. */
const ADDRESSES_MAX = 10_000
const UNKNOWN = 10
/** As many as one call checks. */
const AT_ONCE = 1_000
/** Different answers that are explained by their history at most, a call each. */
const EXPLAINED_MAX = 200
/** Of a backup that was made by an older console, or is a file of another deployment. */
const ABSENT: ReadonlySet<string> = new Set(['backup_unknown', 'path_unknown'])

/** @returns number of rows that were restored, and the parts that are missing beside the backup */
export async function restoreSuppressions(
  real: Api,
  { api, runtime }: TemporaryDeployment,
  { id, beside }: BackupFile,
): Promise<{ readonly rows: number; readonly missing: readonly string[] }> {
  const { BACKUPS } = await runtime.bindings<{ BACKUPS: R2Bucket }>('console')
  // Of an older backup, only its last part says how many there are.
  const parts = beside?.suppressions?.parts ?? 0
  const missing: string[] = []
  let rows = 0
  for (let next: number | null = 0; next !== null;) {
    const part: number = next
    const sealed = await sealedPart(real, id, part)
    if (sealed === null) {
      missing.push(partName(part))
      next = part + 1 < parts ? part + 1 : null
      continue
    }
    // The key is part of what the seal binds.
    await BACKUPS.put(`suppressions/${id}/${String(part).padStart(4, '0')}`, sealed)
    const restored = await api.call(backupRoutes.restoreSuppressions, { body: { id, part } })
    rows += restored.count
    next = restored.next
  }
  return { rows, missing }
}

async function sealedPart(real: Api, id: string, part: number) {
  try {
    const params = { id, part: String(part) }
    const { sealed } = await real.call(backupRoutes.getBackupSuppressions, { params })
    return fromBase64(sealed) ?? new Uint8Array()
  } catch (cause) {
    if (cause instanceof Stop && ABSENT.has(cause.code)) return null
    throw cause
  }
}

/**
 * Asks both about the addresses of the backup, and about those that the deployment had when it was made. No address is in the check: a
 * report is kept in plain.
 */
export async function compareSuppressions(real: Api, temporary: Api, madeAtMs: number): Promise<Check> {
  const query = { lifted: 'true' } as const
  const [restored, there] = await Promise.all(
    [temporary, real].map((api) => api.list(suppressionRoutes.exportSuppressions, { query }, ADDRESSES_MAX)),
  )
  const restoredOnes = new Set(restored?.map(({ address }) => address))
  const settled = Map.groupBy(
    (there ?? []).filter((row) => Date.parse(row.since ?? row.lifted_at ?? '') <= madeAtMs),
    ({ address }) => address,
  )
  const addresses = [
    ...restoredOnes.union(new Set(settled.keys())),
    ...Array.from({ length: UNKNOWN }, unknownAddress),
  ]
  const different: string[] = []
  for (let i = 0; i < addresses.length; i += AT_ONCE) {
    const body = { addresses: addresses.slice(i, i + AT_ONCE) }
    const [here, there] = await Promise.all(
      [temporary, real].map((api) => api.call(suppressionRoutes.checkSuppressions, { body })),
    )
    for (const [at, { address, ...answer }] of (here?.results ?? []).entries()) {
      const { address: _address, ...other } = there?.results[at] ?? { address: '' }
      if (JSON.stringify(answer) !== JSON.stringify(other)) different.push(address)
    }
  }
  const changes = { changed: 0, gone: 0, unexplained: 0 }
  for (const address of different.slice(0, EXPLAINED_MAX)) {
    const lost = restoredOnes.has(address) ? undefined : settled.get(address)
    if (lost === undefined) changes[await explained(real, address, madeAtMs)]++
    else changes[(await areNewer(real, lost, madeAtMs)) ? 'changed' : 'unexplained']++
  }
  // An erased address looks like one that nobody knew. Nothing says which one it was, but how many were erased.
  const erased = changes.gone === 0 ? 0 : await erasedSince(real, madeAtMs)
  const since = changes.changed + Math.min(changes.gone, erased)
  const left = different.length - since
  return checkOf(
    'suppressions',
    addresses.length - since,
    Array.from({ length: left }, (_, i) => `address ${i + 1}`),
    since === 0 ? [] : [`${since} changed since the backup`],
  )
}

/** How an answer came to differ: somebody suppressed or lifted the address after the backup, or nothing is known of it any more. */
async function explained(
  real: Api,
  address: string,
  madeAtMs: number,
): Promise<'changed' | 'gone' | 'unexplained'> {
  const found = await real.call(suppressionRoutes.getSuppression, { params: { address } })
  const times = [
    ...[...(found.suppressed ? found.reasons : []), ...found.scopes].map(({ since }) => since),
    ...(found.history?.liftings.map(({ at }) => at) ?? []),
    ...(found.history?.evidence.map(({ at }) => at) ?? []),
  ]
  if (times.length === 0) return 'gone'
  return times.some((at) => Date.parse(at) > madeAtMs) ? 'changed' : 'unexplained'
}

/** Whether the deployment learned of them after the backup, though they are older: by a late delivery, or an import. */
async function areNewer(
  real: Api,
  rows: readonly { readonly event_id: string | null }[],
  madeAtMs: number,
): Promise<boolean> {
  for (const { event_id: id } of rows) if (!(await isNewer(real, id, madeAtMs))) return false
  return true
}

async function isNewer(real: Api, eventId: string | null, madeAtMs: number): Promise<boolean> {
  if (eventId === null) {
    const query = { action: 'suppressions.imported', since: new Date(madeAtMs).toISOString() }
    return (await real.list(auditRoutes.listAudit, { query }, 1)).length > 0
  }
  try {
    const { received_at: receivedAt } = await real.call(eventRoutes.getEvent, { params: { id: eventId } })
    return Date.parse(receivedAt) > madeAtMs
  } catch (cause) {
    if (cause instanceof Stop && cause.code === 'event_unknown') return false
    throw cause
  }
}

async function erasedSince(real: Api, madeAtMs: number): Promise<number> {
  const newest = await real.list(peopleRoutes.listErasures, {}, EXPLAINED_MAX)
  return newest.filter(({ erased_at }) => Date.parse(erased_at) > madeAtMs).length
}

const unknownAddress = (): string => `${randomBytes(12).toString('hex')}@drill.example`
