/** The restore drill: a backup into a temporary deployment, which must answer like the real one. */
import { type BackupFile, backupRoutes, lackedBy } from '../../../src/api/backups.ts'
import type { DrillReport } from '../../../src/api/drills.ts'
import type { RestoreDrill } from '../../../src/cli/checkout.ts'
import { Stop } from '../../../src/cli/stop.ts'
import { sealedOf } from '../../../src/console/backups/backups.ts'
import { readMasterKeys } from '../../../src/platform/master-key.ts'
import { sealer } from '../../../src/platform/seal.ts'
import { toInstant } from '../../../src/platform/time.ts'
import { type Dump, readDump } from '../../../src/registry/backup/dump.ts'
import { type TemporaryDeployment, inTemporary } from '../temporary.ts'
import { compareAnswers } from './answers.ts'
import { type Check, compareOwners } from './compare.ts'
import { type DrillDelivery, chosen, deliveriesOf } from './deliveries.ts'
import { ownersOf } from './owners.ts'
import { compareIncidents } from './incidents.ts'
import { compareSuppressions, restoreSuppressions } from './suppressions.ts'

/** A restore of thousands of sources takes longer than a call usually does. */
const DEADLINE_MS = 120_000

/** @throws {Stop} for a backup that this master key does not open, and for a drill that was ended */
export async function drillRestore(drill: RestoreDrill): Promise<DrillReport> {
  const { file, masterKey, version, nowMs, onProgress } = drill
  const dump = await dumpOf(file, masterKey)
  const beganMs = nowMs()
  onProgress('a temporary deployment starts')
  const { checks, restoredMs, suppressions } = await inTemporary(masterKey, {}, (temporary) =>
    practice(drill, dump, temporary),
  )
  const failed = checks.filter(({ passed }) => !passed).map(({ name }) => name)
  const rtoSeconds = seconds(restoredMs - beganMs)
  const ageSeconds = seconds(beganMs - dump.madeAtMs)
  return {
    kind: 'restore',
    version,
    began_at: toInstant(beganMs),
    ended_at: toInstant(nowMs()),
    passed: failed.length === 0,
    summary:
      failed.length === 0
        ? `The backup ${file.id} was restored in ${rtoSeconds} s, and answers like the deployment that it is of.`
        : `The backup ${file.id} was restored in ${rtoSeconds} s, and differs from the deployment that it is of: ${failed.join(', ')}.`,
    figures: [
      {
        name: 'RPO',
        value: ageSeconds,
        unit: 'seconds',
        meaning: 'Age of the backup: changes since then would be lost.',
      },
      {
        name: 'RTO',
        value: rtoSeconds,
        unit: 'seconds',
        meaning: 'From the start of the Workers until all was restored.',
      },
      { name: 'sources', value: file.sources, unit: 'sources' },
      { name: 'suppressions', value: suppressions, unit: 'rows' },
    ],
    checks,
  }
}

async function dumpOf(file: BackupFile, masterKey: string): Promise<Dump> {
  const sealed = await sealedOf(file)
  if (sealed === undefined)
    throw new Stop('no', 'backup_damaged', 'The backup does not match its checksum: it was damaged.')
  const read = await readDump(sealed, sealer(readMasterKeys(masterKey), 'backup'))
  if (read.ok) return read.dump
  if (read.problem === 'foreign')
    throw new Stop('no', 'backup_foreign', 'This MASTER_KEY does not open the backup.')
  throw new Stop('no', 'backup_not_understood', 'The backup was made by another version of Postern.')
}

interface Practiced {
  readonly checks: Check[]
  readonly restoredMs: number
  readonly suppressions: number
}

async function practice(drill: RestoreDrill, dump: Dump, temporary: TemporaryDeployment): Promise<Practiced> {
  const { real, file, nowMs, sleep, onProgress, ended } = drill
  const { madeAtMs } = dump
  const goOn = (line: string) => {
    if (ended.aborted)
      throw new Stop('interrupted', 'interrupted', 'The drill was ended. Nothing was changed.')
    onProgress(line)
  }
  goOn('the backup is restored')
  const { incidents_sealed: sealed, ...body } = file
  const restored = await temporary.api.call(backupRoutes.restoreBackup, {
    // The report has a check of missing parts.
    body: { file: body, incomplete: true },
    deadlineMs: DEADLINE_MS,
  })
  const suppressions = await restoreSuppressions(real.api, temporary, file)
  const incidents =
    sealed === null
      ? null
      : await temporary.api.call(backupRoutes.restoreIncidents, { body: { id: file.id, sealed } })
  const restoredMs = nowMs()

  goOn('settings are compared')
  const [here, there] = await Promise.all([ownersOf(temporary.api), ownersOf(real.api)])
  const compared = (['sources', 'destinations', 'channels', 'retention'] as const).map((name) =>
    compareOwners(name, here[name], there[name], madeAtMs),
  )
  const settled = new Set(
    there.sources
      .filter(({ changedMs, createdMs }) => Math.max(changedMs, createdMs) <= madeAtMs)
      .map(({ name }) => name),
  )
  goOn('suppressions are compared')
  const ofSuppressions = await compareSuppressions(real.api, temporary.api, madeAtMs)
  const ofIncidents = await compareIncidents(real.api, temporary.api, madeAtMs)

  goOn('deliveries are sent to both')
  const made: DrillDelivery[] = []
  for (const source of chosen(dump.sources))
    made.push(...(await deliveriesOf(source, Math.floor(nowMs() / 1_000))))
  const answers = await compareAnswers(made, real, temporary, settled, sleep)

  const all = file.sources + file.destinations + file.channels
  return {
    restoredMs,
    suppressions: suppressions.rows,
    checks: [
      {
        name: 'backup',
        passed: restored.restored === all && file.unreadable === 0,
        found:
          `${restored.restored} of ${all} sources, destinations and channels came back` +
          (file.unreadable === 0 ? '.' : `; ${file.unreadable} secrets are not in it.`),
      },
      partsCheck(file, [
        ...suppressions.missing,
        ...(file.incidents === null || incidents?.restored === file.incidents ? [] : ['incidents']),
      ]),
      ...compared,
      ofSuppressions,
      ofIncidents,
      ...answers,
    ],
  }
}

/** An incomplete backup fails here, also if nobody is suppressed. */
function partsCheck(file: BackupFile, found: readonly string[]): Check {
  const missing = [...new Set([...lackedBy(file), ...found])]
  const counted = file.beside?.suppressions
  return {
    name: 'parts',
    passed: missing.length === 0,
    found:
      missing.length > 0
        ? `Missing from the backup: ${missing.join(', ')}.`
        : counted === undefined || counted === null
          ? 'The backup is older than the counts of its parts: only what is there was looked at.'
          : `${counted.parts} of ${counted.parts} parts of the suppressions, and the incidents, are there.`,
  }
}

const seconds = (ms: number): number => Math.round(ms / 100) / 10
