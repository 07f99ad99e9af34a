/**
 * Reads the events of a claim, page by page, into the columns of its file. It takes whole segments as they are stored: the database
 * has one thread, and taking them apart there, event by event, costs twice as much as all of the rest.
 */
import type { Claim } from '../store/archive-claims.ts'
import type { Store } from '../store/store.ts'
import { type EventRow, rowOfValues } from '../store/stored-event.ts'
import type { Domains } from './domains.ts'
import { FileColumns } from './parquet.ts'
import { Recipients } from './recipients.ts'

/** A page ends with the segment whose contents reach this size. */
const PAGE_BYTES = 4_000_000

const READ_PAGE = `
  WITH sizes AS (
    SELECT segment, sum(octet_length(contents)) OVER (ORDER BY segment) - octet_length(contents) AS before
    FROM segments WHERE segment > ?1 AND segment <= ?2),
  page AS MATERIALIZED (SELECT segment FROM sizes WHERE before < ${PAGE_BYTES})
  SELECT b.segment, b.stored_at, b.ids, b.contents FROM page p CROSS JOIN segments b ON b.segment = p.segment ORDER BY b.segment`

interface SegmentRow {
  readonly segment: number
  readonly stored_at: number
  /** JSON array. */
  readonly ids: string
  /** JSON array. */
  readonly contents: string
}

/** Segments that are gone, and events that were blanked, are left out. */
export async function readSpan(
  store: Store,
  domains: Pick<Domains, 'begin'>,
  { firstSegment, lastSegment }: Pick<Claim, 'firstSegment' | 'lastSegment'>,
): Promise<FileColumns> {
  const columns = new FileColumns()
  const count = domains.begin()
  const recipients = new Recipients(store, count)
  for (let after = firstSegment - 1; after < lastSegment;) {
    const page = store.db.prepare(READ_PAGE).bind(after, lastSegment)
    const { results } = await page.all<SegmentRow>()
    const events = results.map((segment) => ({ rows: rowsOf(segment), storedAtMs: segment.stored_at }))
    await recipients.load(events.flatMap(({ rows }) => rows.map(({ recipient }) => recipient)))
    for (const { rows, storedAtMs } of events)
      for (const row of rows) columns.add({ row, storedAtMs, ...(await recipients.of(row)) })
    after = results.at(-1)?.segment ?? lastSegment
  }
  count.save()
  return columns
}

function rowsOf({ ids, contents }: SegmentRow): readonly EventRow[] {
  const idOf = JSON.parse(ids) as readonly string[]
  const valuesOf = JSON.parse(contents) as readonly (readonly never[] | null)[]
  return valuesOf.flatMap((values, i) => (values === null ? [] : [rowOfValues(idOf[i] ?? '', values, null)]))
}
