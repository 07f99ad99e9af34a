/** Suppressions row by row: all that an import, a restore or the person herself needs. */
import { instantOrNull, toInstant } from '../platform/time.ts'
import { fromCursor, page } from './cursor.ts'
import { personalReader } from './personal.ts'
import { reasonAndScope, type SuppressionReason } from './suppression-reasons.ts'
import type { Store } from './store.ts'
import { type Row, SELECTED, isInForce, noteOf } from './suppressions.ts'

/** One reason of one address, also if it was lifted: all that an import needs to restore it. */
export interface SuppressionRow {
  readonly address: string
  readonly reason: SuppressionReason
  /** Null for all mail. */
  readonly scope: string | null
  /** Null if the reason is lifted. */
  readonly since: string | null
  /** Time of the newest evidence. */
  readonly as_of: string | null
  readonly source: string | null
  readonly event_id: string | null
  readonly native_type: string | null
  /** The ESP's own words. */
  readonly evidence: string | null
  readonly note: string | null
  /** When it was last lifted; earlier evidence does not count. */
  readonly lifted_at: string | null
  /** When it ends by itself; null for never. */
  readonly expires_at: string | null
}

/**
 * The whole list row by row, in an order that no change disturbs. Erased people have no address to be exported by.
 *
 * @throws {CursorMalformed}
 */
export async function exportSuppressions(
  store: Store,
  query: {
    readonly limit: number
    readonly cursor?: string | undefined
    /** Only those that block at this time; null also for those that are lifted or over. */
    readonly inForceAtMs: number | null
  },
): Promise<{ suppressions: SuppressionRow[]; next_cursor: string | null }> {
  const { id } = query.cursor === undefined ? { id: '' } : fromCursor(query.cursor)
  const [recipient = ''] = id.split('/', 1)
  const { results } = await store.db
    .prepare(
      `SELECT ${SELECTED}, s.active, s.lifted_at FROM suppressions s JOIN recipients r ON r.recipient = s.recipient
       WHERE (s.recipient, s.reason) > (unhex(?1), ?2) AND ((s.active AND (?3 IS NULL OR ${isInForce('s', '?3')})) OR (?3 IS NULL AND s.lifted_at > 0))
       ORDER BY s.recipient, s.reason LIMIT ?4`,
    )
    .bind(recipient, id.slice(recipient.length + 1), query.inForceAtMs, query.limit + 1)
    .all<StatedRow>()
  const { rows, next_cursor } = page(results, query.limit, (row) => ({
    atMs: 0,
    id: `${row.recipient}/${row.reason}`,
  }))
  const personal = personalReader(store)
  const exported = rows.map(async (row): Promise<SuppressionRow[]> => {
    const person = await store.people.find(row.recipient, row.wrapped_key)
    return person === undefined ? [] : [await suppressionRow(store, personal, row, person.address)]
  })
  return { suppressions: (await Promise.all(exported)).flat(), next_cursor }
}

type StatedRow = Row & { readonly active: 0 | 1; readonly lifted_at: number }

/** All reasons of one address, also those that were lifted. It finds erased people too. */
export async function suppressionsOf(store: Store, address: string): Promise<SuppressionRow[]> {
  const { results } = await store.db
    .prepare(
      `SELECT ${SELECTED}, s.active, s.lifted_at FROM suppressions s LEFT JOIN recipients r ON r.recipient = s.recipient
       WHERE s.recipient = unhex(?1) AND (s.active OR s.lifted_at > 0) ORDER BY s.reason`,
    )
    .bind(await store.people.indexOf(address))
    .all<StatedRow>()
  const personal = personalReader(store)
  const normal = store.people.normal(address)
  return Promise.all(results.map((row) => suppressionRow(store, personal, row, normal)))
}

async function suppressionRow(
  store: Store,
  personal: ReturnType<typeof personalReader>,
  row: StatedRow,
  address: string,
): Promise<SuppressionRow> {
  const { event_id, source, native_type, lifted_at } = row
  const base = {
    address,
    ...reasonAndScope(row.reason),
    lifted_at: lifted_at === 0 ? null : toInstant(lifted_at),
  }
  if (row.active === 0) return { ...base, ...NO_EVIDENCE }
  const evidence = event_id === null ? null : ((await personal({ ...row, event_id })).reason ?? null)
  const [since, as_of] = [toInstant(row.since), toInstant(row.as_of)]
  return {
    ...base,
    since,
    as_of,
    source,
    event_id,
    native_type,
    evidence,
    note: await noteOf(store, row),
    expires_at: instantOrNull(row.expires_at),
  }
}

const NO_EVIDENCE = {
  since: null,
  as_of: null,
  source: null,
  event_id: null,
  native_type: null,
  evidence: null,
  note: null,
  expires_at: null,
}
