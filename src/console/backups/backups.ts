/** Backups in a bucket that only the console writes. Each is one file with a readable outline and sealed contents. */
import * as v from 'valibot'
import { type BackupFile, BackupFileSchema, BackupIdSchema, FORMAT, lackedBy } from '../../api/backups.ts'
import { fromBase64, toBase64 } from '../../platform/bytes.ts'
import { parseJsonText } from '../../platform/json.ts'
import { sha256Hex } from '../../platform/sha256.ts'
import { toInstant } from '../../platform/time.ts'
import { type RequestContext, answered } from '../request-context.ts'
import { idOf } from './id.ts'
import { dropIncidents, keepIncidents, missingIncidents } from './incidents.ts'
import { outlinesIn, withOutline } from './outlines.ts'
import { dropSuppressions, keepSuppressions, missingSuppressions } from './suppressions.ts'

/** Its name in the log, and for the watch. */
export const BACKUP_JOB = 'back_up'

const FOLDER = 'backups/'

/** The maximum that R2 deletes in one call. */
const DELETED_AT_ONCE = 1_000

const OutlineSchema = v.omit(BackupFileSchema, ['format', 'version', 'sealed', 'incidents_sealed'])
export type BackupOutline = v.InferOutput<typeof OutlineSchema>

/**
 * Makes a backup and stores it, with the incidents and the suppressions beside it if their object and the store answer. The file is
 * last, since it counts them.
 */
export async function keepBackup(context: RequestContext): Promise<BackupOutline> {
  const { registry, backups, who } = context
  const { sealed, madeAtMs, sources, destinations, channels, unreadable, auditSeq } =
    await registry.backups.make(who)
  const made_at = toInstant(madeAtMs)
  const id = idOf(madeAtMs)
  const incidents = await keepIncidents(context, id)
  const suppressions = await answered(context, 'store', () => keepSuppressions(context, id))
  const header = {
    id,
    made_at,
    sources,
    destinations,
    channels,
    incidents: incidents?.rows ?? null,
    beside: { incidents, suppressions: suppressions ?? null },
    unreadable,
    audit_lines: auditSeq,
  }
  const outline: BackupOutline = { ...header, sha256: await checksumOf(header, sealed) }
  const file: BackupFile = {
    format: FORMAT,
    version: 1,
    ...outline,
    sealed: toBase64(sealed),
    incidents_sealed: null,
  }
  await backups.put(keyOf(outline.id), JSON.stringify(file), withOutline(outline))
  // A night that failed is made up for.
  if (lackedBy(outline).length === 0)
    await answered(context, 'incidents', () => context.incidents.noteJob(BACKUP_JOB, null))
  return outline
}

/** Newest first. */
export const listBackups = async ({ backups }: Pick<RequestContext, 'backups'>): Promise<BackupOutline[]> =>
  (await outlinesIn(backups, FOLDER)).map((outline) => v.parse(OutlineSchema, outline))

/** The stored file; null if there is none with that id, `damaged` if its form is not that of a backup. */
export async function readBackup(
  { backups }: Pick<RequestContext, 'backups'>,
  id: string,
): Promise<BackupFile | 'damaged' | null> {
  // R2 throws for a key that is too long.
  const object = v.is(BackupIdSchema, id) ? await backups.get(keyOf(id)) : null
  if (object === null) return null
  const parsed = v.safeParse(BackupFileSchema, parseJsonText(await object.text()))
  return parsed.success ? parsed.output : 'damaged'
}

/** Parts of a backup in the bucket that are missing, or differ from its counts. None of an older backup, which has no counts. */
export async function missingParts(
  { backups }: Pick<RequestContext, 'backups'>,
  { id, beside }: Pick<BackupOutline, 'id' | 'beside'>,
): Promise<string[]> {
  if (beside === null) return []
  return [
    ...(await missingIncidents(backups, id, beside.incidents)),
    ...(await missingSuppressions(backups, id, beside.suppressions)),
  ]
}

/** The sealed bytes of a file; `undefined` if they do not match its checksum. */
export async function sealedOf(file: BackupFile): Promise<Uint8Array | undefined> {
  const bytes = fromBase64(file.sealed)
  return bytes !== undefined && (await checksumOf(file, bytes)) === file.sha256 ? bytes : undefined
}

/** People choose a backup by its header, so a header that was damaged must be noticed as well. */
export function checksumOf(
  header: Omit<BackupOutline, 'sha256' | 'beside'>,
  sealed: Uint8Array,
): Promise<string> {
  const { id, made_at, sources, destinations, channels, incidents, unreadable, audit_lines } = header
  const fields = [id, made_at, sources, destinations, channels, incidents, unreadable, audit_lines]
  return sha256Hex(JSON.stringify(fields), '\n', sealed)
}

/** Deletes backups with all that is beside them, the last of the list first, as many as one call deletes. */
export async function dropBackups(backups: R2Bucket, all: readonly string[]): Promise<void> {
  const ids = all.slice(-DELETED_AT_ONCE)
  if (ids.length === 0) return
  // First: without their backup nobody would find them again.
  await dropSuppressions(backups, ids)
  await dropIncidents(backups, ids)
  await backups.delete(ids.map(keyOf))
}

const keyOf = (id: string): string => `${FOLDER}${id}.json`
