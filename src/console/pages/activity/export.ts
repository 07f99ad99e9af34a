/** Events as a file: the newest of those that the address narrows the list to. They are read page by page while they are sent. */
import { MailEventSchema } from '../../../event/mail-event.ts'
import { csvLine } from '../../../platform/csv.ts'
import { type EventQuery, listEvents } from '../../../store/events.ts'
import type { StoredEvent } from '../../../store/stored-event.ts'
import type { ConsoleContext } from '../../context.ts'
import { answerFile } from '../answer.tsx'
import { withoutForbidden } from '../filters.tsx'
import { readerOf } from '../range.ts'
import { ACCEPTED } from './accepted.tsx'
import { askedIn } from './asked.ts'

/** The command has no such limit. */
export const EXPORT_MAX = 10_000
const ROWS = 500

const COLUMNS = Object.keys(MailEventSchema.entries) as (keyof typeof MailEventSchema.entries)[]

export const exportCsv = (c: ConsoleContext): Response =>
  answerFile(c, 'events.csv', 'text/csv', csvOf(pagesOf(c)))

export const exportJson = (c: ConsoleContext): Response =>
  answerFile(c, 'events.json', 'application/json', jsonOf(pagesOf(c)))

interface Page {
  readonly events: readonly StoredEvent[]
  readonly next_cursor: string | null
}

async function* pagesOf(c: ConsoleContext): AsyncGenerator<Page> {
  const { store, nowMs, actor } = c.get('context')
  const narrowed = withoutForbidden(ACCEPTED.filters, new URL(c.req.url).searchParams, actor)
  const asked: Omit<EventQuery, 'limit'> = askedIn(narrowed, readerOf(c))
  let cursor: string | null = null
  let left = EXPORT_MAX
  do {
    const query = { ...asked, limit: Math.min(ROWS, left), cursor: cursor ?? undefined }
    const page: Page = await listEvents(store, query, nowMs)
    yield page
    cursor = page.next_cursor
    left -= page.events.length
  } while (cursor !== null && left > 0)
}

async function* csvOf(pages: AsyncGenerator<Page>): AsyncGenerator<string> {
  yield csvLine(COLUMNS)
  for await (const { events } of pages)
    yield events.map((event) => csvLine(COLUMNS.map((name) => cellOf(event[name])))).join('')
}

/** Lists and objects as JSON; nothing for empty ones. */
const cellOf = (value: StoredEvent[keyof StoredEvent]): string => {
  if (typeof value !== 'object' || value === null) return String(value ?? '')
  return Object.keys(value).length === 0 ? '' : JSON.stringify(value)
}

/** As the API answers. Where events are left, its cursor leads on. */
async function* jsonOf(pages: AsyncGenerator<Page>): AsyncGenerator<string> {
  yield '{"events":['
  let before = '\n'
  let cursor: string | null = null
  for await (const { events, next_cursor } of pages) {
    cursor = next_cursor
    if (events.length === 0) continue
    yield `${before}${events.map((event) => JSON.stringify(event)).join(',\n')}`
    before = ',\n'
  }
  yield `\n],"next_cursor":${JSON.stringify(cursor)}}\n`
}
