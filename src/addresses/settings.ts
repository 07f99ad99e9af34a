/** Which verification service is asked, with its key, its budget, and how it fares. Without a row, none is. */
import * as v from 'valibot'
import { described } from '../platform/described.ts'
import { parseStored } from '../platform/json.ts'
import { DAY_MS } from '../platform/time.ts'
import type { Store } from '../store/store.ts'
import { openJson, sealJson } from './kept.ts'
import { SERVICE_NAMES, serviceNamed } from './services/index.ts'
import { type Failure, REGIONS } from './services/service.ts'

const BUDGET_MAX = 1_000_000

export const ServiceSettingsSchema = v.strictObject({
  service: described(
    v.nullable(v.picklist(SERVICE_NAMES)),
    'Null for none. Each address that it is asked about is sent to it: a transfer of personal data.',
  ),
  region: v.optional(
    described(v.picklist(REGIONS), 'Where the account is. Not every service has both.'),
    'us',
  ),
  budget_a_day: v.optional(
    described(
      v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(BUDGET_MAX)),
      'Calls of the service in a day (UTC) at most. Each may cost.',
    ),
    1_000,
  ),
})
export type ServiceSettings = v.InferOutput<typeof ServiceSettingsSchema>

export const NO_SERVICE: ServiceSettings = v.parse(ServiceSettingsSchema, { service: null })

/** Null if the service has no host there. */
export const hostOf = ({ service, region }: ServiceSettings): string | null =>
  serviceNamed(service)?.hosts[region] ?? null

export interface StoredService {
  /** 0 until somebody sets one. */
  readonly version: number
  readonly settings: ServiceSettings
  readonly changedAtMs: number | null
  /** In hex; null without one. */
  readonly sealedKey: string | null
  readonly spentToday: number
  readonly failure: Failure | null
  readonly failedAtMs: number
  readonly pausedUntilMs: number
}

interface Row {
  readonly version: number
  readonly document: string
  readonly changed_at: number
  readonly sealed: string | null
  readonly day: number
  readonly spent: number
  readonly failure: Failure | null
  readonly failed_at: number
  readonly paused_until: number
}

const READ = `SELECT version, document, changed_at, nullif(lower(hex(sealed)), '') AS sealed, day, spent, failure, failed_at, paused_until
  FROM address_service`

const ID = 'service'

const dayOf = (nowMs: number): number => Math.floor(nowMs / DAY_MS)

export async function readService({ db }: Pick<Store, 'db'>, nowMs: number): Promise<StoredService> {
  const row = await db.prepare(READ).first<Row>()
  // A document of a later version may name a service that this one does not know: then none is asked.
  const parsed = v.safeParse(ServiceSettingsSchema, row === null ? null : parseStored(row.document))
  return {
    version: row?.version ?? 0,
    settings: parsed.success ? parsed.output : NO_SERVICE,
    changedAtMs: row?.changed_at ?? null,
    sealedKey: row?.sealed ?? null,
    spentToday: row?.day === dayOf(nowMs) ? row.spent : 0,
    failure: row?.failure ?? null,
    failedAtMs: row?.failed_at ?? 0,
    pausedUntilMs: row?.paused_until ?? 0,
  }
}

/** The key; `undefined` without one, or if no master key opens it. */
export const openServiceKey = async (
  { sealer }: Pick<Store, 'sealer'>,
  { sealedKey }: Pick<StoredService, 'sealedKey'>,
): Promise<string | undefined> => (sealedKey === null ? undefined : openJson<string>(sealer, sealedKey, ID))

const PUT = `
  INSERT INTO address_service (id, version, document, changed_at, sealed, day, spent, failed_at, paused_until)
  SELECT '${ID}', 1 + coalesce((SELECT version FROM address_service), 0), ?1, ?2, unhex(?3), 0, 0, 0, 0
  WHERE coalesce(?4, (SELECT version FROM address_service), 0) = coalesce((SELECT version FROM address_service), 0)
  ON CONFLICT (id) DO UPDATE SET version = excluded.version, document = excluded.document, changed_at = excluded.changed_at,
    sealed = iif(?5, sealed, excluded.sealed), failure = NULL, paused_until = 0`

/**
 * Sets the service, which is then called again at once.
 *
 * @param key null for none; undefined to keep the one that is there
 * @param expected the version that it replaces; null for any
 * @returns whether it did
 */
export async function putService(
  { db, sealer }: Pick<Store, 'db' | 'sealer'>,
  settings: ServiceSettings,
  key: string | null | undefined,
  expected: number | null,
  nowMs: number,
): Promise<boolean> {
  const sealed = typeof key === 'string' ? await sealJson(sealer, key, ID) : null
  const { meta } = await db
    .prepare(PUT)
    .bind(JSON.stringify(settings), nowMs, sealed, expected, key === undefined ? 1 : 0)
    .run()
  return meta.changes > 0
}

const SPEND = `
  UPDATE address_service SET spent = iif(day = ?1, spent, 0) + 1, day = ?1
  WHERE version = ?2 AND paused_until <= ?3 AND iif(day = ?1, spent, 0) < ?4`

/** Takes a call from the budget. @returns false if there is none left, or the service is paused or another one by now */
export const spendCall = async (
  { db }: Pick<Store, 'db'>,
  { version, settings }: StoredService,
  nowMs: number,
): Promise<boolean> =>
  (await db.prepare(SPEND).bind(dayOf(nowMs), version, nowMs, settings.budget_a_day).run()).meta.changes > 0

/** @param failure null if it has answered */
export async function noteFailure(
  { db }: Pick<Store, 'db'>,
  { version }: StoredService,
  failure: Failure | null,
  nowMs: number,
  pausedUntilMs: number,
): Promise<void> {
  await db
    .prepare(
      'UPDATE address_service SET failure = ?2, failed_at = iif(?2 IS NULL, failed_at, ?3), paused_until = ?4 WHERE version = ?1',
    )
    .bind(version, failure, nowMs, pausedUntilMs)
    .run()
}
