/** Deliverability: which share bounced, by campaign and mailbox provider, beside the same days before, and how long delivery takes. */
import type { FC } from 'hono/jsx'
import { DAY_MS } from '../../../platform/time.ts'
import { providerTitle } from '../../../providers/facts.ts'
import type { Grouping } from '../../../store/deliverability.ts'
import { type DeliveryTimes, TIMES_SAMPLE, deliveryTimes } from '../../../store/delivery-times.ts'
import { type Deliverability, readDeliverability } from '../../api/deliverability.ts'
import type { ConsoleContext } from '../../context.ts'
import { answered } from '../../request-context.ts'
import { listAddress } from '../address.ts'
import { answerPage } from '../answer.tsx'
import { percent } from '../charts/percent.ts'
import { Badge, type Column, List, Nothing, Part, Shown } from '../components.tsx'
import { type Filter, Filters, textIn } from '../filters.tsx'
import { optionsOf } from '../options.ts'
import { oneOf } from '../preferences.ts'
import type { PageRoute } from '../route.ts'
import { sourceFilter } from '../sources/names.ts'
import { useMay } from '../view.ts'

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

const filters = async (c: ConsoleContext): Promise<readonly Filter[]> => [
  { name: 'by', label: 'By', isChoice: true, options: optionsOf(BY, (by) => WORDS[by]) },
  {
    name: 'days',
    label: 'Days',
    isChoice: true,
    options: [
      ['7', '7 beside 7 before'],
      ['1', '1 beside 1 before'],
      ['28', '28 beside 28 before'],
    ],
  },
  ...(await sourceFilter(c)),
]

/** A change of the bounce rate by less than this is not worth a word: half a percentage point. */
const WORSE = 0.005

async function showDeliverability(c: ConsoleContext): Promise<Response> {
  const context = c.get('context')
  const { store, nowMs } = context
  const query = new URL(c.req.url).searchParams
  const by = oneOf(BY, query.get('by') ?? undefined)
  const days = Number(oneOf(DAYS, query.get('days') ?? undefined))
  const source = textIn(query, 'source')
  const today = Math.floor(nowMs / DAY_MS)
  const [figures, times] = await Promise.all([
    answered(context, 'figures', () =>
      readDeliverability(store, {
        by,
        source,
        firstDay: today - days + 1,
        lastDay: today,
        compareDays: days,
      }),
    ),
    answered(context, 'events', () => deliveryTimes(store, source, nowMs)),
  ])
  const rows = figures && [...figures.values, ...totalOf(figures)]
  return answerPage(
    c,
    { title: 'Deliverability', aside: <a href={`${PATH}?${query.toString()}`}>Refresh</a> },
    <>
      <p class="lead">
        Events and rates by the UTC day on which they were stored.{' '}
        {figures?.before &&
          `${spanWords(figures.period)}, beside ${spanWords(figures.before)}. Today is not over: compare rates, not counts.`}
      </p>
      <Filters action={PATH} filters={await filters(c)} query={query} />
      <Part id="rates" title={`By ${WORDS[by]}`}>
        <List
          caption={`Rates by ${WORDS[by]}`}
          columns={columnsOf(by, days)}
          rows={rows}
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

type Row = Deliverability['values'][number] & { readonly isTotal?: true }

const totalOf = ({ values, total }: Deliverability): Row[] =>
  values.length < 2 ? [] : [{ ...total, value: null, is_other: false, isTotal: true }]

const spanWords = ({ first_day: first, last_day: last }: Deliverability['period']): string =>
  first === last ? first : `${first} to ${last}`

const columnsOf = (by: Grouping, days: number): readonly Column<Row>[] => [
  { label: capital(WORDS[by]), kind: 'long', cell: (row) => <Value row={row} by={by} /> },
  { label: 'Delivered', kind: 'number', cell: ({ counts }) => counts.delivered.toLocaleString('en') },
  { label: 'Bounced', kind: 'number', cell: ({ counts }) => counts.bounced.toLocaleString('en') },
  { label: 'Share bounced', kind: 'number', cell: (row) => <Bounced row={row} /> },
  {
    label: days === 7 ? 'The week before' : 'Before',
    kind: 'number',
    cell: ({ before }) => <Share share={before?.rates.bounce} />,
  },
  { label: 'Complaints', kind: 'number', cell: ({ rates }) => <Share share={rates.complaint} /> },
  { label: 'Deferrals', kind: 'number', cell: ({ rates }) => <Share share={rates.deferral} /> },
]

const capital = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`

/** Filters of Activity by what the table is grouped by. */
const FILTERS: Readonly<Partial<Record<Grouping, string>>> = {
  source: 'source',
  campaign: 'campaign',
  bounce_type: 'bounce',
  mailbox_provider: 'mailbox',
}

const Value: FC<{ row: Row; by: Grouping }> = ({ row: { value, is_other, isTotal }, by }) => {
  if (isTotal) return <strong>All</strong>
  if (is_other) return <span class="soft">all others</span>
  if (value === null) return <span class="soft">no {WORDS[by]}</span>
  const shown = <Shown text={value} max={100} />
  const filter = FILTERS[by]
  // A mailbox provider is told by the address, which viewers do not see.
  if (filter === undefined || (filter === 'mailbox' && !useMay('operator'))) return shown
  return <a href={listAddress('/activity', new URLSearchParams({ [filter]: value }))}>{shown}</a>
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
