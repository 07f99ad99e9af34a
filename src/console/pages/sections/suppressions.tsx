import type { FC } from 'hono/jsx'
import type { Suppression } from '../../../store/suppressions.ts'
import { reasonWord } from '../../messages/suppressions.ts'
import { Action, Badge, type Column, Empty, Section, Shown, Table, When } from '../components.tsx'
import type { PageProps } from '../props.ts'
import { visibleText } from '../../../platform/visible.ts'

/** Addresses that must not be written to. */
export const Suppressions: FC<{ props: PageProps }> = ({ props }) => (
  <Section
    id="suppressions"
    lead="Who must not be written to. Ask the API before you send."
    notice={props.notice}
    aside={
      <a class="button" href="/suppressions/new">
        Suppress an address
      </a>
    }
  >
    <Listed props={props} />
  </Section>
)

const Listed: FC<{ props: PageProps }> = ({ props }) => {
  const { suppressions } = props.dashboard
  if (suppressions === undefined) return <Empty>The store did not answer.</Empty>
  if (suppressions.rows.length === 0) return <Empty>Nobody is suppressed.</Empty>
  return (
    <>
      <Table caption="Suppressed addresses" columns={columns(props)} rows={suppressions.rows} />
      {suppressions.more ? (
        <p class="more">
          There are more in <code>GET /api/suppressions</code>.
        </p>
      ) : (
        ''
      )}
    </>
  )
}

const columns = ({ formToken, nowMs }: PageProps): Column<Suppression>[] => [
  { label: 'Address', kind: 'address', cell: ({ recipient }) => <Shown text={recipient} max={120} /> },
  {
    label: 'Why',
    kind: 'long',
    cell: ({ reasons }) => (
      <ul class="plain-list">
        {reasons.map(({ reason, since, source, evidence, note }) => (
          <li>
            <Badge tone="warn">{reasonWord(reason)}</Badge> <When ms={Date.parse(since)} nowMs={nowMs} />
            {source === null ? '' : <> from {source}</>}
            {[note, evidence].map((words) =>
              words === null ? (
                ''
              ) : (
                <span class="under">
                  <Shown text={words} max={200} />
                </span>
              ),
            )}
          </li>
        ))}
      </ul>
    ),
  },
  {
    label: 'Actions',
    kind: 'name',
    cell: ({ recipient }) => (
      <Action
        action="/suppressions/remove"
        formToken={formToken}
        fields={{ address: recipient }}
        label="Lift"
        on={`the suppression of ${visibleText(recipient, 120)}`}
        quiet
      />
    ),
  },
]
