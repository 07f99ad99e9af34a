import type { FC } from 'hono/jsx'
import { may } from '../../access/actor.ts'
import type { DeadLetter } from '../../../store/dead-letters.ts'
import { deadLetterWord } from '../../messages/dead-letters.ts'
import { eventWord } from '../../messages/events.ts'
import { Action, type Column, Empty, Section, Shown, Table, When } from '../components.tsx'
import type { PageProps } from '../props.ts'

/** Messages that the consumer gave up on. */
export const DeadLetters: FC<{ props: PageProps }> = ({ props }) => {
  const { dashboard, formToken, actor, notice } = props
  const any = may(actor, 'operator') && (dashboard.deadLetters?.rows.length ?? 0) > 0
  return (
    <Section
      id="dead-letters"
      lead="Messages whose handling kept failing. Mend the cause, then put them back: what was done already is not done twice."
      notice={notice}
      aside={
        any ? <Action action="/dead-letters/redrive-all" formToken={formToken} label="Redrive all" /> : ''
      }
    >
      <Listed props={props} />
    </Section>
  )
}

const Listed: FC<{ props: PageProps }> = ({ props }) => {
  const { deadLetters } = props.dashboard
  if (deadLetters === undefined) return <Empty>The store did not answer.</Empty>
  if (deadLetters.rows.length === 0) return <Empty>There are no dead letters.</Empty>
  return (
    <>
      <Table caption="Dead letters" columns={columns(props)} rows={deadLetters.rows} />
      {deadLetters.more ? (
        <p class="more">
          There are more in <code>GET /api/dead-letters</code>.
        </p>
      ) : (
        ''
      )}
    </>
  )
}

const columns = ({ formToken, actor, nowMs }: PageProps): Column<DeadLetter>[] => [
  ...facts(nowMs),
  ...(may(actor, 'operator') ? [actions(formToken)] : []),
]

const facts = (nowMs: number): Column<DeadLetter>[] => [
  {
    label: 'Given up',
    kind: 'name',
    cell: ({ first_failed_at, last_failed_at }) => (
      <>
        <When ms={Date.parse(last_failed_at)} nowMs={nowMs} />
        <span class="under">
          failing since <When ms={Date.parse(first_failed_at)} nowMs={nowMs} />
        </span>
      </>
    ),
  },
  { label: 'Source', kind: 'name', cell: ({ source }) => <Shown text={source} max={80} /> },
  {
    label: 'Events',
    kind: 'name',
    cell: ({ event_types }) => <Shown text={event_types?.map(eventWord).join(', ')} max={200} />,
  },
  {
    label: 'Why',
    kind: 'long',
    cell: ({ reason, fault }) => (
      <>
        <Shown text={deadLetterWord(reason)} max={200} />
        {fault === null ? (
          ''
        ) : (
          <span class="under">
            error <Shown text={fault} max={80} code />
          </span>
        )}
      </>
    ),
  },
  { label: 'Tries', kind: 'number', cell: ({ attempts }) => String(attempts) },
  { label: 'Message', kind: 'long', cell: ({ id }) => <Shown text={id} max={80} code /> },
]

const actions = (formToken: string): Column<DeadLetter> => ({
  label: 'Actions',
  kind: 'name',
  // A message that is not ours has no source, and cannot be put back.
  cell: ({ id, source }) =>
    source === null ? (
      <Action
        action="/dead-letters/remove"
        formToken={formToken}
        fields={{ id }}
        label="Throw away"
        on={id}
        quiet
      />
    ) : (
      <Action
        action="/dead-letters/redrive"
        formToken={formToken}
        fields={{ id }}
        label="Redrive"
        on={id}
        quiet
      />
    ),
})
