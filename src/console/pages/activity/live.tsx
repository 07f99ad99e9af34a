/** The live list: rows of new events, for the client module `live`. */
import { html } from 'hono/html'
import type { FC } from 'hono/jsx'
import { arrivalCursor } from '../../../store/arrived-events.ts'
import { isArrivalPlace } from '../../../store/sealed-cursor.ts'
import type { ConsoleContext } from '../../context.ts'
import { rowStream } from '../../live/row-stream.ts'
import { answered } from '../../request-context.ts'
import { viewOf } from '../answer.tsx'
import { Row } from '../components.tsx'
import { isRelative } from '../range.ts'
import { ViewContext } from '../view.ts'
import { columnsIn } from '../list-page.tsx'
import { ACCEPTED, eventRow } from './accepted.tsx'
import { typesIn } from './asked.ts'
import { ALL_COLUMNS } from './row.tsx'

const STREAM_PATH = '/events/stream'

/** Filters that the stream knows. */
const NARROWING = ['types', 'type', 'source']

/** Whether new events belong on top of the list of an address: its first page, up to now, narrowed by type and source alone. */
const canBeLive = (query: URLSearchParams): boolean =>
  ['cursor', ...ACCEPTED.filters.map(({ name }) => name)].every(
    (name) => NARROWING.includes(name) || (query.get(name) ?? '') === '',
  ) &&
  ['', 'now'].includes(query.get('to') ?? '') &&
  ((query.get('from') ?? '') === '' || isRelative(query.get('from') ?? ''))

/** The stream of a list, from this moment on; undefined if the list is not live. Ask before the list is read: nothing is between them. */
export async function streamOf(c: ConsoleContext, query: URLSearchParams): Promise<string | undefined> {
  const context = c.get('context')
  if (!canBeLive(query)) return undefined
  const after = await answered(context, 'events', () => arrivalCursor(context.store, 'now'))
  if (after === undefined) return undefined
  const to = new URLSearchParams({ after })
  for (const [name, value] of query)
    if (value !== '' && [...NARROWING, 'column'].includes(name)) to.append(name, value)
  return `${STREAM_PATH}?${to.toString()}`
}

/** Hidden until the script shows it. Rows are not announced one by one: only the state is. */
export const Live: FC<{ stream: string | undefined }> = ({ stream }) =>
  stream !== undefined && (
    <div class="live" data-live={stream} hidden>
      <span>
        <span role="status" data-live-state />
        <span class="soft" data-live-rate />
      </span>
      <button type="button" class="quiet" data-live-pause data-pause>
        Pause
      </button>
      <button type="button" data-live-show hidden />
    </div>
  )

/** The browser tries again after this time. */
const RETRY_MS = 10_000

export async function streamRows(c: ConsoleContext): Promise<Response> {
  const { store, live, who, reportUnavailable } = c.get('context')
  const query = new URL(c.req.url).searchParams
  const position = c.req.header('last-event-id') ?? query.get('after') ?? 'now'
  const place = live.streams.open(who.actor, live.nowMs())
  c.header('content-type', 'text/event-stream')
  if (place === undefined) return c.body(`retry: ${RETRY_MS}\nevent: full\ndata: {}\n\n`)
  const view = await viewOf(c)
  const columns = columnsIn(ALL_COLUMNS, query)
  return c.body(
    rowStream({
      store,
      live,
      source: query.get('source') || undefined,
      types: typesIn(query),
      after: isArrivalPlace(position) ? position : 'now',
      place,
      onFault: (cause) => reportUnavailable('store', cause),
      async rowsOf(events, nowMs) {
        const rows: string[] = []
        for (const event of events)
          rows.push(
            await html`${(
              <ViewContext.Provider value={{ ...view, nowMs }}>
                <Row columns={columns} row={eventRow(event)} />
              </ViewContext.Provider>
            )}`,
          )
        return rows
      },
    }),
  )
}
