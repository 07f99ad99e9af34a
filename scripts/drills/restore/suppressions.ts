/** Brings the suppressions beside a backup into the temporary deployment, and asks both about the same addresses. */
import { randomBytes } from 'node:crypto'
import { backupRoutes } from '../../../src/api/backups.ts'
import { peopleRoutes } from '../../../src/api/people.ts'
import { suppressionRoutes } from '../../../src/api/suppressions.ts'
import type { Api } from '../../../src/cli/connection/api.ts'
import { Stop } from '../../../src/cli/stop.ts'
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

/** @returns number of rows that were restored; null if the deployment has none beside this backup */
export async function restoreSuppressions(
  real: Api,
  { api, runtime }: TemporaryDeployment,
  id: string,
): Promise<number | null> {
  const { BACKUPS } = await runtime.bindings<{ BACKUPS: R2Bucket }>('console')
  let count = 0
  for (let part = 0, parts = 1; part < parts; part++) {
    const found = await sealedPart(real, id, part)
    if (found === null) return null
    parts = found.parts
    // The key is part of what the seal binds.
    await BACKUPS.put(`suppressions/${id}/${String(part).padStart(4, '0')}`, found.sealed)
    const restored = await api.call(backupRoutes.restoreSuppressions, { body: { id, part } })
    count += restored.count
  }
  return count
}

async function sealedPart(real: Api, id: string, part: number) {
  try {
    const params = { id, part: String(part) }
    const { sealed, parts } = await real.call(backupRoutes.getBackupSuppressions, { params })
    return { sealed: fromBase64(sealed) ?? new Uint8Array(), parts }
  } catch (cause) {
    if (cause instanceof Stop && ABSENT.has(cause.code)) return null
    throw cause
  }
}

/** No address is in the check: a report is kept in plain. */
export async function compareSuppressions(real: Api, temporary: Api, madeAtMs: number): Promise<Check> {
  const query = { lifted: 'true' } as const
  const rows = await temporary.list(suppressionRoutes.exportSuppressions, { query }, ADDRESSES_MAX)
  const known = [...new Set(rows.map(({ address }) => address))]
  const addresses = [...known, ...Array.from({ length: UNKNOWN }, unknownAddress)]
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
  for (const address of different.slice(0, EXPLAINED_MAX)) changes[await explained(real, address, madeAtMs)]++
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

async function erasedSince(real: Api, madeAtMs: number): Promise<number> {
  const newest = await real.list(peopleRoutes.listErasures, {}, EXPLAINED_MAX)
  return newest.filter(({ erased_at }) => Date.parse(erased_at) > madeAtMs).length
}

const unknownAddress = (): string => `${randomBytes(12).toString('hex')}@drill.example`
