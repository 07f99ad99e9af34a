/** Failures by cause, each with its meaning, and crossed with the mailbox provider and the campaign. */
import type { FC } from 'hono/jsx'
import { CAUSES, causeWord, meaningOf } from '../../../event/cause/causes.ts'
import { capital } from '../../../platform/capital.ts'
import type { Deliverability } from '../../api/deliverability.ts'
import { type Column, List, Part, Shown } from '../components.tsx'
import { Count, type EventFilters, type LinkTo, Share, linkToNone } from './cells.tsx'

/** Causes that are crossed with another property, the largest first. */
const CROSSED_SHOWN = 30

interface CausesProps {
  readonly all: Deliverability | undefined
  readonly byProvider: Deliverability | undefined
  readonly byCampaign: Deliverability | undefined
  readonly lead: string | undefined
  /** The head of the column of the period before. */
  readonly before: string
  readonly linked: (filters: EventFilters) => LinkTo
}

export const Causes: FC<CausesProps> = ({ all, byProvider, byCampaign, lead, before, linked }) => (
  <>
    <Part id="rates" title="By cause" lead={lead}>
      <List
        caption="Failures by cause"
        columns={[
          { label: 'Cause', kind: 'long', cell: ({ cause }) => <CauseWord cause={cause} />, under: meaning },
          ...COUNTS,
          { label: before, kind: 'number', cell: ({ shareBefore }) => <Share share={shareBefore} /> },
        ]}
        rows={all && failuresIn(all, linked, ({ value }) => value)}
        unread="The store did not answer."
        empty="Nothing failed in these days."
      />
    </Part>
    <Crossed title="mailbox provider" filter="mailbox" figures={byProvider} linked={linked} />
    <Crossed title="campaign" filter="campaign" figures={byCampaign} linked={linked} />
  </>
)

interface CrossedProps extends Pick<CausesProps, 'linked'> {
  readonly title: string
  readonly filter: 'mailbox' | 'campaign'
  readonly figures: Deliverability | undefined
}

const Crossed: FC<CrossedProps> = ({ title, filter, figures, linked }) => (
  <Part id={`by-${filter}`} title={`Causes by ${title}`}>
    <List
      isDense
      caption={`Failures by cause and ${title}`}
      columns={[
        { label: 'Cause', cell: ({ cause }) => <CauseWord cause={cause} /> },
        {
          label: capital(title),
          kind: 'long',
          cell: ({ value, is_other }) =>
            is_other || value === null ? (
              <span class="soft">{is_other ? 'all others' : `no ${title}`}</span>
            ) : (
              <Shown text={value} max={100} />
            ),
        },
        ...COUNTS,
      ]}
      rows={
        figures && failuresIn(figures, linked, ({ cause = null }) => cause, filter).slice(0, CROSSED_SHOWN)
      }
      unread="The store did not answer."
      empty="Nothing failed in these days."
    />
  </Part>
)

type Value = Deliverability['values'][number]

type Failure = Value & {
  readonly cause: string | null
  /** Of all bounces. */
  readonly share: number | null
  readonly shareBefore: number | null
  readonly linkTo: LinkTo
}

function failuresIn(
  { values, total }: Deliverability,
  linked: CausesProps['linked'],
  causeIn: (one: Value) => string | null,
  filter?: CrossedProps['filter'],
): Failure[] {
  return values
    .filter((one) => {
      const { bounced, deferred, rejected, spam_reported: complaints } = one.counts
      return bounced + deferred + rejected > 0 || (causeIn(one) !== null && complaints > 0)
    })
    .toSorted((a, b) => b.counts.bounced - a.counts.bounced)
    .map((one) => {
      const [cause, { value, is_other }] = [causeIn(one), one]
      const isLinked = cause !== null && !is_other && value !== null
      return {
        ...one,
        cause,
        share: shareOf(one.counts.bounced, total.counts.bounced),
        shareBefore: shareOf(one.before?.counts.bounced, total.before?.counts.bounced),
        linkTo: isLinked ? linked({ cause, ...(filter !== undefined && { [filter]: value }) }) : linkToNone,
      }
    })
}

const shareOf = (part = 0, all = 0): number | null => (all === 0 ? null : part / all)

const COUNTS: readonly Column<Failure>[] = [
  { label: 'Bounced', kind: 'number', cell: (row) => <Count row={row} of="bounced" /> },
  { label: 'Of all bounces', kind: 'number', cell: ({ share }) => <Share share={share} /> },
  { label: 'Deferred', kind: 'number', cell: (row) => <Count row={row} of="deferred" /> },
  { label: 'Complaints', kind: 'number', cell: (row) => <Count row={row} of="spam_reported" /> },
  { label: 'Rejected', kind: 'number', cell: (row) => <Count row={row} of="rejected" /> },
]

const causeNamed = (name: string | null) => CAUSES.find((cause) => cause === name)

const CauseWord: FC<{ cause: string | null }> = ({ cause: name }) => {
  const cause = causeNamed(name)
  return cause === undefined ? <span class="soft">not known</span> : <>{causeWord(cause)}</>
}

function meaning({ cause: name }: Failure) {
  const cause = causeNamed(name)
  return cause !== undefined && meaningOf(cause).means
}
