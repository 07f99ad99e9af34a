/** Deliverability: which share bounced and complained, by day and by campaign or mailbox provider, and how long delivery takes. */
import type { FC } from 'hono/jsx'
import type { CountName } from '../../../api/deliverability.ts'
import type { EventType } from '../../../event/mail-event.ts'
import { DAY_MS, dayOf } from '../../../platform/time.ts'
import { providerTitle } from '../../../providers/facts.ts'
import { CAMPAIGN_MAX_CHARACTERS, type Grouping } from '../../../store/deliverability.ts'
import { type DeliveryTimes, TIMES_SAMPLE, deliveryTimes } from '../../../store/delivery-times.ts'
import { type Deliverability, readDeliverability } from '../../api/deliverability.ts'
import { type Actor, may } from '../../access/actor.ts'
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
import { sourceFilter } from '../sources/names.ts'

const PATH = '/deliverability'
const DAYS = ['7', '28', '1'] as const

const BY = ['mailbox_provider', 'campaign', 'source', 'bounce_type', 'day'] as const

const WORDS: Readonly<Record<Grouping, string>> = {
  mailbox_provider: 'mailbox provider',
  campaign: 'campaign',
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
  const span = { source, lastDay }
  const [figures, byDay, times] = await Promise.all([
    answered(context, 'figures', () =>
      readDeliverability(store, { ...span, by, firstDay: lastDay - days + 1, compareDays: days }),
    ),
    answered(context, 'figures', () =>
      readDeliverability(store, { ...span, by: 'day', firstDay: lastDay - chartDays + 1, compareDays: 7 }),
    ),
    answered(context, 'events', () => deliveryTimes(store, source, nowMs)),
  ])
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
      <Part
        id="rates"
        title={`By ${WORDS[by]}`}
        lead={
          figures?.before &&
          `UTC days of storing: ${spanWords(figures.period)}, beside ${spanWords(figures.before)}. Today is not over: compare rates, not counts.`
        }
        aside={<Sorts query={query} sort={sort} />}
      >
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
function seriesOf(timeline: Timeline, { values }: Deliverability): readonly Series[] {
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
  ]
}

type Row = Deliverability['values'][number] & {
  readonly isTotal?: true
  /** The same events in the list of all, of one type or of any; undefined where they have no filter. */
  readonly linkTo: (type?: EventType) => string | undefined
}

/** Filters of the list of events by what is counted. */
const FILTERS: Readonly<Record<Grouping, string | undefined>> = {
  mailbox_provider: 'mailbox',
  campaign: 'campaign',
  source: 'source',
  bounce_type: 'bounce',
  day: undefined,
}

const SORT_RATES = { bounced: 'bounce', complaints: 'complaint', deferred: 'deferral' } as const

function rowsOf(
  { values, total, period }: Deliverability,
  by: Grouping,
  sort: (typeof SORTS)[number],
  source: string | undefined,
  actor: Actor,
): readonly Row[] {
  const linked = (value: string | null, isNamed: boolean) => (type?: EventType) => {
    const filter = FILTERS[by]
    // A mailbox provider is told by the address, which viewers do not see.
    if (by === 'mailbox_provider' && !may(actor, 'operator')) return undefined
    // A name of the full length may be cut, and events are found by the whole name.
    if (by === 'campaign' && (value?.length ?? 0) >= CAMPAIGN_MAX_CHARACTERS) return undefined
    const day = by === 'day' ? value : null
    if (!isNamed || (filter === undefined && day === null)) return undefined
    return listAddress(
      '/activity',
      new URLSearchParams({
        show: 'accepted',
        ...(source !== undefined && { source }),
        ...(filter !== undefined && value !== null && { [filter]: value }),
        ...(type !== undefined && { types: type }),
        from: `${day ?? period.first_day}T00:00:00Z`,
        to: `${dayOf(Date.parse(day ?? period.last_day) + DAY_MS)}T00:00:00Z`,
      }),
    )
  }
  const rows = values.map((one): Row => ({
    ...one,
    linkTo: linked(one.value, !one.is_other && one.value !== null),
  }))
  const rate = ({ rates }: Row) => (sort === 'size' ? 0 : (rates[SORT_RATES[sort]] ?? -1))
  const sorted = sort === 'size' ? rows : rows.toSorted((a, b) => rate(b) - rate(a))
  if (values.length < 2) return sorted
  return [...sorted, { ...total, value: null, is_other: false, isTotal: true, linkTo: () => undefined }]
}

const spanWords = ({ first_day: first, last_day: last }: Deliverability['period']): string =>
  first === last ? first : `${first} to ${last}`

const columnsOf = (by: Grouping, days: number): readonly Column<Row>[] => [
  { label: capital(WORDS[by]), kind: 'long', cell: (row) => <Value row={row} by={by} /> },
  { label: 'Delivered', kind: 'number', cell: (row) => <Count row={row} of="delivered" /> },
  { label: 'Bounced', kind: 'number', cell: (row) => <Count row={row} of="bounced" /> },
  { label: 'Share bounced', kind: 'number', cell: (row) => <Bounced row={row} /> },
  {
    label: days === 7 ? 'The week before' : 'Before',
    kind: 'number',
    cell: ({ before }) => <Share share={before?.rates.bounce} />,
  },
  { label: 'Complaints', kind: 'number', cell: (row) => <Count row={row} of="spam_reported" /> },
  { label: 'Share complained', kind: 'number', cell: ({ rates }) => <Share share={rates.complaint} /> },
  { label: 'Deferred', kind: 'number', cell: (row) => <Count row={row} of="deferred" /> },
  { label: 'Deferrals', kind: 'number', cell: ({ rates }) => <Share share={rates.deferral} /> },
]

const capital = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`

const Value: FC<{ row: Row; by: Grouping }> = ({ row: { value, is_other, isTotal, linkTo }, by }) => {
  if (isTotal) return <strong>All</strong>
  if (is_other) return <span class="soft">all others</span>
  if (value === null) return <span class="soft">no {WORDS[by]}</span>
  const shown = <Shown text={value} max={100} />
  const href = linkTo()
  return href === undefined ? shown : <a href={href}>{shown}</a>
}

/** A number of events, which leads to them. */
const Count: FC<{ row: Row; of: CountName }> = ({ row: { counts, linkTo }, of }) => {
  const text = counts[of].toLocaleString('en')
  const href = counts[of] === 0 ? undefined : linkTo(`email.${of}`)
  return href === undefined ? <>{text}</> : <a href={href}>{text}</a>
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

const Share: FC<{ share: number | null | undefined }> = ({ share }) =>
  typeof share === 'number' ? <>{percent(share)}</> : <Nothing />

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
