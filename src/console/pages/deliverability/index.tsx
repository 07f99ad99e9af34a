/** Deliverability: which share bounced and complained, by day and by campaign, mailbox provider or cause, and how long delivery takes. */
import type { FC } from 'hono/jsx'
import { capital } from '../../../platform/capital.ts'
import { DAY_MS, dayOf } from '../../../platform/time.ts'
import { providerTitle } from '../../../providers/facts.ts'
import type { Grouping } from '../../../store/deliverability.ts'
import { type DeliveryTimes, TIMES_SAMPLE, deliveryTimes } from '../../../store/delivery-times.ts'
import { type Deliverability, readDeliverability } from '../../api/deliverability.ts'
import type { Actor } from '../../access/actor.ts'
import type { ConsoleContext } from '../../context.ts'
import { answered } from '../../request-context.ts'
import { listAddress } from '../address.ts'
import { answerPage } from '../answer.tsx'
import { Charts } from '../charts/charts.tsx'
import { percent } from '../charts/percent.ts'
import { type Series, type Timeline, startOf, timelineTo } from '../charts/series.ts'
import { Badge, type Column, List, Nothing, Part, Shown } from '../components.tsx'
import { type Filter, Filters, textIn } from '../filters.tsx'
import { optionsOf } from '../options.ts'
import { oneOf } from '../preferences.ts'
import type { PageRoute } from '../route.ts'
import { PeoplePart, hasOpensOrClicks, openSeries } from './people.tsx'
import { sourceFilter } from '../sources/names.ts'
import { Causes } from './causes.tsx'
import { Count, type EventFilters, type LinkTo, Share, linkTo, linkToNone } from './cells.tsx'

const PATH = '/deliverability'
const DAYS = ['7', '28', '1'] as const

const BY = ['mailbox_provider', 'campaign', 'cause', 'source', 'bounce_type', 'day'] as const
type By = (typeof BY)[number]

const WORDS: Readonly<Record<By, string>> = {
  mailbox_provider: 'mailbox provider',
  campaign: 'campaign',
  cause: 'cause',
  source: 'source',
  bounce_type: 'type of bounce',
  day: 'day',
}

const SORTS = ['size', 'bounced', 'complaints', 'deferred'] as const

const SORT_WORDS: Readonly<Record<(typeof SORTS)[number], string>> = {
  size: 'the most events',
  bounced: 'the worst share bounced',
  complaints: 'the most complaints',
  deferred: 'the most deferrals',
}

const filters = async (c: ConsoleContext): Promise<readonly Filter[]> => [
  { name: 'by', label: 'By', isChoice: true, options: optionsOf(BY, (by) => capital(WORDS[by])) },
  {
    name: 'days',
    label: 'Days',
    isChoice: true,
    options: optionsOf(DAYS, (days) => `${days} beside ${days} before`),
  },
  ...(await sourceFilter(c)),
]

/** A change of the bounce rate by less than this is not worth a word: half a percentage point. */
const WORSE = 0.005

/** Shorter periods have no shape. */
const CHART_DAYS_MIN = 14

/** Gmail and Yahoo ask senders to stay below it: support.google.com/a/answer/81126 and senders.yahooinc.com, as of 2026-02. */
const COMPLAINT_LIMIT = 0.003

async function showDeliverability(c: ConsoleContext): Promise<Response> {
  const context = c.get('context')
  const { store, nowMs } = context
  const query = new URL(c.req.url).searchParams
  const by = oneOf(BY, query.get('by') ?? undefined)
  const sort = oneOf(SORTS, query.get('sort') ?? undefined)
  const days = Number(oneOf(DAYS, query.get('days') ?? undefined))
  const source = textIn(query, 'source')
  const lastDay = Math.floor(nowMs / DAY_MS)
  const chartDays = Math.max(days, CHART_DAYS_MIN)
  const figuresOf = (grouping: Grouping, shownDays: number, compareDays?: number) =>
    answered(context, 'figures', () =>
      readDeliverability(store, {
        source,
        by: grouping,
        firstDay: lastDay - shownDays + 1,
        lastDay,
        compareDays,
      }),
    )
  const [figures, byDay, byProvider, byCampaign, times] = await Promise.all([
    figuresOf(by, days, days),
    figuresOf('day', chartDays, 7),
    by === 'cause' ? figuresOf('cause_mailbox_provider', days) : undefined,
    by === 'cause' ? figuresOf('cause_campaign', days) : undefined,
    answered(context, 'events', () => deliveryTimes(store, source, nowMs)),
  ])
  const lead =
    figures?.before === null || figures === undefined
      ? undefined
      : `UTC days of storing: ${spanWords(figures.period)}, beside ${spanWords(figures.before)}. Today is not over: compare rates, not counts.`
  const timeline = timelineTo((lastDay + 1) * DAY_MS, DAY_MS, chartDays, nowMs)
  return answerPage(
    c,
    { title: 'Deliverability' },
    <>
      <Filters action={PATH} filters={await filters(c)} query={query} />
      {byDay !== undefined && byDay.values.length > 0 && (
        <Charts
          timeline={timeline}
          series={seriesOf(timeline, byDay)}
          marks={[]}
          caption="Rates by day, newest first"
          empty="No event in these days."
        />
      )}
      {by === 'cause' ? (
        <Causes
          all={figures}
          byProvider={byProvider}
          byCampaign={byCampaign}
          lead={lead}
          before={beforeWord(days)}
          linked={(filters) =>
            figures === undefined
              ? linkToNone
              : linkTo({ ...ofSource(source), ...filters }, figures.period, context.actor)
          }
        />
      ) : (
        <Part id="rates" title={`By ${WORDS[by]}`} lead={lead} aside={<Sorts query={query} sort={sort} />}>
          <List
            isDense
            caption={`Rates by ${WORDS[by]}`}
            columns={columnsOf(by, days)}
            rows={figures && rowsOf(figures, by, sort, source, context.actor)}
            unread="The store did not answer."
            empty={
              figures?.figures_since === null
                ? 'No figures yet. They are counted as events are stored.'
                : 'No event in these days.'
            }
          />
        </Part>
      )}
      {by !== 'cause' && figures !== undefined && hasOpensOrClicks(figures.total) && (
        <PeoplePart
          caption={`Opens and clicks by ${WORDS[by]}`}
          first={valueColumn(by)}
          rows={rowsOf(figures, by, sort, source, context.actor)}
        />
      )}
      <Part
        id="times"
        title="From sent to delivered"
        lead={`Among the newest ${TIMES_SAMPLE.toLocaleString('en')} events, the slowest source first.`}
      >
        <List
          isDense
          caption="From sent to delivered"
          columns={TIMES}
          rows={times}
          unread="The store did not answer."
          empty="No delivery yet."
        />
      </Part>
    </>,
  )
}

const Sorts: FC<{ query: URLSearchParams; sort: (typeof SORTS)[number] }> = ({ query, sort }) => (
  <nav class="presets" aria-label="First comes">
    {SORTS.map((one) => (
      <a
        class="button"
        href={listAddress(PATH, query, { sort: one })}
        aria-current={one === sort ? 'true' : undefined}
      >
        {SORT_WORDS[one]}
      </a>
    ))}
  </nav>
)

/** Rates by day beside those of seven days earlier. */
function seriesOf(timeline: Timeline, { values, total }: Deliverability): readonly Series[] {
  const days = new Map(values.map((one) => [one.value, one]))
  const all = Array.from({ length: timeline.count }, (_, i) => days.get(dayOf(startOf(timeline, i))))
  const rates = (name: 'bounce' | 'complaint') => ({
    values: all.map((one) => one?.rates[name] ?? null),
    before: all.map((one) => one?.before?.rates[name] ?? null),
  })
  const shown = { form: 'line', text: percent, most: 1 } as const
  return [
    { ...shown, id: 'bounced', title: 'Bounced, of what ended', least: 0.02, ...rates('bounce') },
    {
      ...shown,
      id: 'complaints',
      title: 'Complaints, of what was delivered',
      least: 0.004,
      limit: { value: COMPLAINT_LIMIT, text: `limit of Gmail and Yahoo, ${percent(COMPLAINT_LIMIT)}` },
      ...rates('complaint'),
    },
    ...openSeries(all, total),
  ]
}

type Row = Deliverability['values'][number] & {
  readonly isTotal?: true
  readonly linkTo: LinkTo
}

/** Filters of the list of events by what is counted. */
const FILTERS: Readonly<Record<Exclude<By, 'day'>, keyof EventFilters>> = {
  mailbox_provider: 'mailbox',
  campaign: 'campaign',
  cause: 'cause',
  source: 'source',
  bounce_type: 'bounce',
}

const ofSource = (source: string | undefined): EventFilters => (source === undefined ? {} : { source })

const SORT_RATES = { bounced: 'bounce', complaints: 'complaint', deferred: 'deferral' } as const

function rowsOf(
  { values, total, period }: Deliverability,
  by: By,
  sort: (typeof SORTS)[number],
  source: string | undefined,
  actor: Actor,
): readonly Row[] {
  const linked = ({ value, is_other }: Deliverability['values'][number]): LinkTo => {
    if (is_other || value === null) return linkToNone
    if (by === 'day') return linkTo(ofSource(source), { first_day: value, last_day: value }, actor)
    return linkTo({ ...ofSource(source), [FILTERS[by]]: value }, period, actor)
  }
  const rows = values.map((one): Row => ({ ...one, linkTo: linked(one) }))
  const rate = ({ rates }: Row) => (sort === 'size' ? 0 : (rates[SORT_RATES[sort]] ?? -1))
  const sorted = sort === 'size' ? rows : rows.toSorted((a, b) => rate(b) - rate(a))
  if (values.length < 2) return sorted
  return [...sorted, { ...total, value: null, is_other: false, isTotal: true, linkTo: linkToNone }]
}

const spanWords = ({ first_day: first, last_day: last }: Deliverability['period']): string =>
  first === last ? first : `${first} to ${last}`

const beforeWord = (days: number): string => (days === 7 ? 'The week before' : 'Before')

const valueColumn = (by: By): Column<Row> => ({
  label: capital(WORDS[by]),
  kind: 'long',
  cell: (row) => <Value row={row} by={by} />,
})

const columnsOf = (by: By, days: number): readonly Column<Row>[] => [
  valueColumn(by),
  { label: 'Delivered', kind: 'number', cell: (row) => <Count row={row} of="delivered" /> },
  { label: 'Bounced', kind: 'number', cell: (row) => <Count row={row} of="bounced" /> },
  { label: 'Share bounced', kind: 'number', cell: (row) => <Bounced row={row} /> },
  {
    label: beforeWord(days),
    kind: 'number',
    cell: ({ before }) => <Share share={before?.rates.bounce} />,
  },
  { label: 'Complaints', kind: 'number', cell: (row) => <Count row={row} of="spam_reported" /> },
  { label: 'Share complained', kind: 'number', cell: ({ rates }) => <Share share={rates.complaint} /> },
  { label: 'Deferred', kind: 'number', cell: (row) => <Count row={row} of="deferred" /> },
  { label: 'Deferrals', kind: 'number', cell: ({ rates }) => <Share share={rates.deferral} /> },
]

const Value: FC<{ row: Row; by: By }> = ({ row: { value, is_other, isTotal, linkTo: to }, by }) => {
  if (isTotal) return <strong>All</strong>
  if (is_other) return <span class="soft">all others</span>
  if (value === null) return <span class="soft">no {WORDS[by]}</span>
  const shown = <Shown text={value} max={100} />
  const href = to()
  return href === undefined ? shown : <a href={href}>{shown}</a>
}

/** Says if it became worse. */
const Bounced: FC<{ row: Row }> = ({ row: { rates, before } }) => {
  const [now, past] = [rates.bounce, before?.rates.bounce ?? null]
  return (
    <>
      {now !== null && past !== null && now - past >= WORSE && <Badge tone="bad">▲ worse</Badge>}{' '}
      <Share share={now} />
    </>
  )
}

const TIMES: readonly Column<DeliveryTimes>[] = [
  {
    label: 'Source',
    cell: ({ source, provider }) => (
      <>
        <a href={`/activity?${new URLSearchParams({ source }).toString()}`}>{source}</a>
        <span class="under">{providerTitle(provider)}</span>
      </>
    ),
  },
  {
    label: 'Half within',
    kind: 'number',
    cell: ({ medianMs: ms }) => (ms === null ? <Nothing /> : took(ms)),
  },
  {
    label: 'Nine of ten within',
    kind: 'number',
    cell: ({ slowMs: ms }) => (ms === null ? <Nothing /> : took(ms)),
  },
  {
    label: 'Of deliveries',
    kind: 'number',
    cell: ({ delivered, timed }) =>
      timed === 0
        ? 'sent is not reported'
        : `${timed.toLocaleString('en')} of ${delivered.toLocaleString('en')}`,
  },
]

const took = (ms: number): string =>
  ms < 120_000
    ? `${(ms / 1_000).toLocaleString('en', { maximumFractionDigits: 1 })} s`
    : `${Math.round(ms / 60_000).toLocaleString('en')} min`

export const deliverabilityPages: readonly PageRoute[] = [
  { path: PATH, who: 'viewer', get: showDeliverability },
]
