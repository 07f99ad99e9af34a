import type { FC } from 'hono/jsx'
import { may } from '../../access/actor.ts'
import { quarantineWord } from '../../messages/quarantine.ts'
import type { QuarantineRow } from '../load-dashboard.ts'
import { Action, type Column, Empty, Section, Table, When } from '../components.tsx'
import type { PageProps } from '../props.ts'

/** Authentic deliveries that nobody understood. */
export const Quarantine: FC<{ props: PageProps }> = ({ props }) => (
  <Section
    id="quarantine"
    lead="Authentic, but not understood. Nothing of it is lost: scan at it, and read it again when the provider’s code is better."
    notice={props.notice}
  >
    <Listed props={props} />
  </Section>
)

const Listed: FC<{ props: PageProps }> = ({ props }) => {
  const { quarantine } = props.dashboard
  if (quarantine === undefined) return <Empty>The store did not answer.</Empty>
  if (quarantine.rows.length === 0) return <Empty>Nothing is in quarantine.</Empty>
  return (
    <>
      <Table caption="Quarantined deliveries" columns={columns(props)} rows={quarantine.rows} />
      {quarantine.more ? (
        <p class="more">
          There are more in <code>GET /api/quarantine</code>.
        </p>
      ) : (
        ''
      )}
    </>
  )
}

const columns = ({ formToken, actor, nowMs }: PageProps): Column<QuarantineRow>[] => [
  ...facts(nowMs),
  ...(may(actor, 'operator') ? [actions(formToken)] : []),
]

const facts = (nowMs: number): Column<QuarantineRow>[] => [
  {
    label: 'Received',
    kind: 'name',
    cell: ({ received_at }) => <When ms={Date.parse(received_at)} nowMs={nowMs} />,
  },
  { label: 'Source', kind: 'name', cell: ({ source }) => source },
  {
    label: 'What is wrong',
    kind: 'long',
    cell: ({ problem, item }) => (
      <>
        {quarantineWord(problem)}
        <span class="under">
          {item ? 'one item; the rest of its batch went through' : 'a whole delivery'}
        </span>
      </>
    ),
  },
  { label: 'Size', kind: 'number', cell: ({ bytes }) => `${bytes.toLocaleString('en')} B` },
]

const actions = (formToken: string): Column<QuarantineRow> => ({
  label: 'Actions',
  kind: 'name',
  cell: ({ id, source }) => (
    <div class="buttons">
      <a href={`/quarantine/${encodeURIComponent(id)}`}>
        Scan<span class="visually-hidden"> at what {source} sent</span>
      </a>
      <Action
        action="/quarantine/replay"
        formToken={formToken}
        fields={{ id }}
        label="Read again"
        on={`what ${source} sent`}
        quiet
      />
    </div>
  ),
})
