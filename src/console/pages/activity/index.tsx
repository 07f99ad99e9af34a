/** Activity: all that came, whatever became of it, in one list by time. */
import type { FC } from 'hono/jsx'
import { HOUR_MS } from '../../../platform/time.ts'
import { lastHours } from '../../../store/counters.ts'
import { historySince } from '../../../store/history.ts'
import { may, sees, seesAll } from '../../access/actor.ts'
import type { ConsoleContext } from '../../context.ts'
import { listIncidents } from '../../incidents.ts'
import { historyWords } from '../../messages/history.ts'
import { type RequestContext, answered } from '../../request-context.ts'
import { listAddress } from '../address.ts'
import { answerPage } from '../answer.tsx'
import { type Mark, incidentMarks, spanMark } from '../charts/marks.ts'
import { spanIn } from '../charts/span.ts'
import { For, List, NoticeLine, Said, Shown } from '../components.tsx'
import { Chips, type Filter, FilterForm, isNarrowed, textIn, withoutForbidden } from '../filters.tsx'
import {
  NoneMatch,
  PageSizes,
  Pages,
  Span,
  choiceOf,
  columnsIn,
  fromCursor,
  pageSize,
} from '../list-page.tsx'
import { moved } from '../moved.ts'
import { optionsOf } from '../options.ts'
import { PRESETS, readerIn, readerOf } from '../range.ts'
import { RangePicker, SPAN, isSpanned } from '../range-picker.tsx'
import type { PageRoute } from '../route.ts'
import { sourceNames } from '../sources/names.ts'
import { useView } from '../view.ts'
import { ACCEPTED } from './accepted.tsx'
import { AsCommand } from './as-command.tsx'
import { type Bars, barsOf, readBars, sumOf } from './bars.ts'
import { EXPORT_MAX, exportCsv, exportJson } from './export.ts'
import { ByDestinations, GAVE_UP, deadLetterPages, givenUpBy } from './gave-up.tsx'
import { Histogram } from './histogram.tsx'
import { ACTIVITY, type Kind, type KindPage, segment, spanOf } from './kind.ts'
import { Live, streamOf, streamRows } from './live.tsx'
import { cursorsIn, merged } from './merge.ts'
import { QUARANTINED, quarantinePages } from './quarantined.tsx'
import { REFUSED } from './refused.tsx'
import { ALL_COLUMNS, ROW_COLUMNS } from './row.tsx'
import { Views } from './views.tsx'

const KINDS: readonly Kind[] = [ACCEPTED, REFUSED, QUARANTINED, GAVE_UP]

/** Kinds that wait for somebody are counted up to this number. */
const COUNT_MAX = 1_000
const INCIDENTS_MAX = 20

/** The span of time on bars that show more. */
const CHOSEN = { kind: 'change', href: '', text: '' } as const

/** The kinds of a list: the one of its segment, or all that know each filter that is set. */
const kindsOf = (query: URLSearchParams): readonly Kind[] => {
  const one = KINDS.find(({ show }) => show === query.get('show'))
  if (one !== undefined) return [one]
  const isSet = (filter: Filter) => isNarrowed([filter], query)
  const set = KINDS.flatMap(({ filters }) => filters.filter(isSet))
  return KINDS.filter(({ filters }) => set.every((filter) => filters.includes(filter)))
}

async function sourceFilter(context: RequestContext): Promise<Filter> {
  const untilHour = Math.floor(context.nowMs / HOUR_MS) + 1
  // Events of Cloudflare Email Service come by a queue: their source is not in the registry.
  const [names, lately] = await Promise.all([
    sourceNames(context),
    answered(context, 'counters', () => lastHours(context.store)),
  ])
  const seen = [...(lately ?? [])].filter(
    ([source, hour]) => hour >= untilHour - 24 && sees(context.actor, source),
  )
  const all = new Set([...names, ...seen.map(([source]) => source)])
  return { name: 'source', label: 'Source', options: optionsOf([...all].toSorted()) }
}

interface ListRead {
  /** Undefined if nobody answered. */
  readonly rows: KindPage['rows'] | undefined
  readonly next: string | null
  /** Titles of the kinds that did not answer. */
  readonly missing: readonly string[]
}

async function readList(
  c: ConsoleContext,
  kinds: readonly Kind[],
  query: URLSearchParams,
): Promise<ListRead> {
  const cursors =
    kinds.length === 1 ? [textIn(query, 'cursor')] : cursorsIn(textIn(query, 'cursor'), kinds.length)
  const asked = { query, limit: pageSize(query), isMixed: kinds.length > 1, ...spanOf(c, query) }
  const pages = await Promise.all(
    kinds.map(async ({ read, title }, i) => {
      const cursor = cursors[i]
      if (cursor === null) return null
      if (cursor === false) return undefined
      return answered(c.get('context'), title, () => read(c, { ...asked, cursor }))
    }),
  )
  const missing = kinds.flatMap(({ title }, i) => (pages[i] === undefined ? [title] : []))
  if (kinds.length > 0 && missing.length === kinds.length) return { rows: undefined, next: null, missing }
  const [only] = pages
  const list = kinds.length === 1 && only ? only : await merged(pages, asked.limit)
  return { rows: list.rows, next: list.next, missing }
}

async function showActivity(c: ConsoleContext): Promise<Response> {
  const context = c.get('context')
  const { store, nowMs, actor } = context
  const asked = new URL(c.req.url).searchParams
  const query = withoutForbidden(ACCEPTED.filters, asked, actor)
  const kinds = kindsOf(query)
  const only = kinds.length === 1 ? kinds[0] : undefined
  /** Of the segment. */
  const kind = query.has('show') ? only : undefined
  // Destinations are of all sources.
  const isOfDestinations = kind === GAVE_UP && seesAll(actor)
  const source = textIn(query, 'source')
  const stream = kinds.includes(ACCEPTED) ? await streamOf(c, query) : undefined
  const isCounted = kinds.includes(ACCEPTED) || kinds.includes(REFUSED)
  const span = spanIn(query, readerOf(c), 'now-24h')
  const timeline = barsOf(span, nowMs)
  const chosen = isSpanned(query) && spanMark(timeline, span.fromMs, span.toMs, CHOSEN)
  const [list, sources, bars, incidents, counts, history, givenUp] = await Promise.all([
    fromCursor(query, (at) => readList(c, kinds, at)),
    sourceFilter(context),
    readBars(context, timeline, query, { accepted: true, refused: true }),
    listIncidents(context, { source: source ?? null, limit: INCIDENTS_MAX }),
    Promise.all(
      KINDS.map(
        async ({ count }) => count && answered(context, 'counts', () => count(context, source, COUNT_MAX)),
      ),
    ),
    answered(context, 'history', () => historySince(store)),
    isOfDestinations ? givenUpBy(context) : undefined,
  ])
  const filters = [
    sources,
    ...(kind === undefined ? [ACCEPTED, REFUSED] : [kind]).flatMap((one) => one.filters),
  ].filter(({ role }) => role === undefined || may(actor, role))
  const columns = kind?.actions === undefined ? ALL_COLUMNS : [...ROW_COLUMNS, kind.actions]
  const shownBars = {
    timeline,
    accepted: kinds.includes(ACCEPTED) ? bars.accepted : undefined,
    refused: kinds.includes(REFUSED) ? bars.refused : undefined,
  }
  const within = chosen || undefined
  const isLeftOut =
    list.next === null &&
    !query.has('cursor') &&
    sumOf(bars.refused?.slice(within?.from, within?.to) ?? []) > (list.rows?.length ?? 0)
  const notice = KINDS.flatMap(({ notices }) => notices ?? [])
    .map((one) => one.of(query))
    .find((one) => one !== undefined)
  const narrowed = isNarrowed(filters, query) || isSpanned(query)
  return answerPage(
    c,
    {
      title: 'Activity',
      aside: (
        <>
          <Segments query={query} bars={bars} chosen={chosen || undefined} counts={counts} />
          <Live stream={stream} />
          <details class="menu">
            <summary class="button">Filter</summary>
            <div>
              <FilterForm
                action={ACTIVITY}
                filters={filters}
                query={query}
                columns={kinds.includes(ACCEPTED) ? choiceOf(columns, query) : []}
              />
            </div>
          </details>
          <details class="menu">
            <summary class="button">{spanWords(query)}</summary>
            <div>
              <RangePicker path={ACTIVITY} query={query} />
            </div>
          </details>
          <Views />
          {only !== undefined && <Elsewhere kind={only} query={query} />}
          {kind?.All !== undefined && list.rows?.length !== 0 && (
            <For role="operator">
              <kind.All query={query} />
            </For>
          )}
        </>
      ),
    },
    <>
      <NoticeLine notice={notice} />
      <Chips action={ACTIVITY} filters={filters} query={query} />
      <NoFilters query={asked} filters={filters} />
      {isCounted && (
        <Histogram
          path={ACTIVITY}
          query={query}
          bars={shownBars}
          marks={[...(chosen ? [chosen] : []), ...incidentMarks(timeline, incidents ?? [])]}
          note={isBeyondBars(query) && 'without the other filters'}
        />
      )}
      {list.missing.length > 0 && list.rows !== undefined && (
        <p class="soft">Not all of it is here: {list.missing.join(', ')} did not answer.</p>
      )}
      <div class="activity">
        <List
          caption="Activity"
          isDense
          columns={columnsIn(columns, query)}
          rows={list.rows}
          unread={
            <>
              {kind === REFUSED ? 'The refusal log did not answer.' : 'The store did not answer.'}{' '}
              <a href={listAddress(ACTIVITY, query, { cursor: query.get('cursor') ?? '' })}>Try again</a>
            </>
          }
          empty={emptyWords(kind, narrowed, list.next !== null)}
          more={
            <>
              <Span rows={list.rows ?? []} />
              {kind === REFUSED && isLeftOut && (
                <span>Of a burst a sample is listed; the bars count all.</span>
              )}
              <Pages path={ACTIVITY} query={query} next={list.next} />
              <PageSizes path={ACTIVITY} query={query} />
            </>
          }
        />
      </div>
      {isOfDestinations && <ByDestinations rows={givenUp} />}
      {history !== null && history !== undefined && (
        <p class="soft after">
          <Said text={historyWords(history)} />
        </p>
      )}
    </>,
  )
}

/** The segments, each with what is cheap to count: of the chosen time, in whole bars, or what waits for somebody. */
const Segments: FC<{
  query: URLSearchParams
  bars: Bars
  chosen: Mark | undefined
  counts: readonly (number | undefined)[]
}> = ({ query, bars, chosen, counts }) => {
  const known = [bars.accepted, bars.refused].map((one) => one && sumOf(one.slice(chosen?.from, chosen?.to)))
  const kept = new URLSearchParams([...query].filter(([name]) => ['source', 'rows', ...SPAN].includes(name)))
  return (
    <nav class="segments" aria-label="What became of it">
      {[undefined, ...KINDS].map((kind, i) => {
        const count = kind && (counts[i - 1] ?? known[i - 1])
        return (
          <a
            href={listAddress(ACTIVITY, kept, { show: kind?.show ?? '' })}
            aria-current={(query.get('show') ?? '') === (kind?.show ?? '') ? 'page' : undefined}
          >
            {kind?.title ?? 'All'}
            {count !== undefined && ` ${count.toLocaleString('en')}${count === COUNT_MAX ? '+' : ''}`}
          </a>
        )
      })}
    </nav>
  )
}

/** The span of time on its button. */
function spanWords(query: URLSearchParams): string {
  if (!isSpanned(query)) return 'Any time'
  const isToNow = ['', 'now'].includes(query.get('to') ?? '')
  return (isToNow && PRESETS.find(([from]) => from === query.get('from'))?.[1]) || 'Other times'
}

/** Whether events are narrowed by what the counters do not know. */
const isBeyondBars = (query: URLSearchParams): boolean =>
  isNarrowed(
    ACCEPTED.filters.filter(({ name }) => name !== 'types'),
    query,
  )

const emptyWords = (kind: Kind | undefined, isNarrow: boolean, hasMore: boolean) =>
  hasMore ? (
    'None among those that were looked at. Older ones may be.'
  ) : isNarrow ? (
    <NoneMatch path={kind === undefined ? ACTIVITY : segment(kind.show)} />
  ) : (
    <>
      {kind?.empty ?? 'Nothing came yet.'} <a href="/sources">Look at your sources</a>.
    </>
  )

/** Parameters of the address that are no filters. */
const OTHERS = ['show', 'rows', 'column', 'cursor', 'newer', 'notice', 'count', ...SPAN]

/** Names parameters that narrow nothing, so that nobody takes a whole list for a part. */
const NoFilters: FC<{ query: URLSearchParams; filters: readonly Filter[] }> = ({ query, filters }) => {
  const known = new Set([...OTHERS, ...filters.flatMap(({ name, also }) => [name, also])])
  const unknown = [...new Set(query.keys())].filter((name) => !known.has(name))
  return (
    unknown.length > 0 && (
      <p class="soft">
        Narrows nothing here:{' '}
        {unknown.map((name, i) => (
          <>
            {i > 0 && ', '}
            <Shown text={name} max={40} code />
          </>
        ))}
        . A person is found by the search, which puts no address into a URL.
      </p>
    )
  )
}

/** The same list as a file, as a command and as a call. */
const Elsewhere: FC<{ kind: Kind; query: URLSearchParams }> = ({ kind, query }) => (
  <details class="menu">
    <summary class="button">Export</summary>
    <div>
      {kind === ACCEPTED && (
        <div class="buttons">
          {['csv', 'json'].map((ending) => (
            <a class="button" href={listAddress(`/events/export.${ending}`, query)} download>
              {ending.toUpperCase()}
            </a>
          ))}
          <span class="soft">the newest {EXPORT_MAX.toLocaleString('en')} at most</span>
        </div>
      )}
      <AsCommand
        command={kind.same.command}
        path={kind.same.path}
        asked={kind.same.of(query, readerIn(query, useView()))}
      />
    </div>
  </details>
)

export const activityPages: readonly PageRoute[] = [
  { path: ACTIVITY, who: 'viewer', get: showActivity },
  { path: '/events/export.csv', kind: 'file', who: 'viewer', get: exportCsv },
  { path: '/events/export.json', kind: 'file', who: 'viewer', get: exportJson },
  { path: '/events/stream', kind: 'stream', who: 'viewer', get: streamRows },
  ...quarantinePages,
  ...deadLetterPages,
  moved('/events', segment(ACCEPTED.show)),
  moved('/refusals', segment(REFUSED.show)),
  moved('/quarantine', segment(QUARANTINED.show)),
  moved('/dead-letters', segment(GAVE_UP.show)),
]
