/** Reads the events of a claim, page by page, into the columns of its file. */
import type { Claim } from '../store/archive-claims.ts'
import { type ArrivalPosition, readArrivals } from '../store/arrival.ts'
import type { Store } from '../store/store.ts'
import type { Domains } from './domains.ts'
import { FileColumns } from './parquet.ts'
import { Recipients } from './recipients.ts'

/** Of one page, which also ends at four megabytes. */
const PAGE_EVENTS = 10_000

/** Segments that are gone, and events that were blanked, are left out. */
export async function readSpan(
  store: Store,
  domains: Pick<Domains, 'begin'>,
  { firstSegment, lastSegment }: Pick<Claim, 'firstSegment' | 'lastSegment'>,
): Promise<FileColumns> {
  const columns = new FileColumns()
  const count = domains.begin()
  const recipients = new Recipients(store.people, count)
  const until = { segment: lastSegment, done: Number.MAX_SAFE_INTEGER, number: 0 }
  let after: ArrivalPosition = { segment: firstSegment, done: 0, number: 0 }
  for (let isLast = false; !isLast;) {
    const page = await readArrivals(store, { after, until, events: PAGE_EVENTS })
    const named = await Promise.all(page.arrivals.map(({ row }) => recipients.of(row)))
    for (const [i, { row, storedAtMs }] of page.arrivals.entries()) {
      const recipient = named[i]
      if (recipient !== undefined) columns.add({ row, storedAtMs, ...recipient })
    }
    after = page.next
    isLast = page.isLast
  }
  count.save()
  return columns
}
