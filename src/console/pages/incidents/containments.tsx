/** Containments of an incident, and the buttons that lift them. */
import type { FC } from 'hono/jsx'
import type { Containment } from '../../../registry/containment/containment.ts'
import type { Incident } from '../../../watch/incidents/incident.ts'
import { actorName } from '../../messages/actor.ts'
import { measureWords } from '../../messages/containments.ts'
import { Action, type Column, Empty, Shown, Table, When } from '../components.tsx'
import { Part, type PartView } from '../destinations/part.tsx'

export const Containments: FC<{ incident: Incident; view: PartView }> = ({
  incident: { containments },
  view,
}) => (
  <Part
    id="containments"
    title="Containments"
    lead="What gateways do for a time because of it. Lifted, they stop within a second."
  >
    {containments.length === 0 ? (
      <Empty>Nothing was contained.</Empty>
    ) : (
      <Table caption="Containments" columns={columns(view)} rows={containments.toReversed()} />
    )}
  </Part>
)

const lasts = ({ liftedAtMs, endsAtMs }: Containment, nowMs: number): boolean =>
  liftedAtMs === null && endsAtMs > nowMs

const columns = ({ path, formToken, mayAct, nowMs }: PartView): Column<Containment>[] => [
  {
    label: 'What',
    kind: 'long',
    cell: (one) => (
      <>
        <Shown text={measureWords(one)} max={200} />
        <span class="under">{one.source}</span>
      </>
    ),
  },
  { label: 'Since', kind: 'name', cell: ({ startedAtMs }) => <When ms={startedAtMs} nowMs={nowMs} /> },
  {
    label: 'Ends',
    kind: 'name',
    cell: ({ liftedAtMs, endsAtMs }) => (
      <>
        <When ms={liftedAtMs ?? endsAtMs} nowMs={nowMs} />
        {liftedAtMs === null ? '' : <span class="under">lifted</span>}
      </>
    ),
  },
  {
    label: 'By',
    kind: 'name',
    cell: ({ by }) =>
      by === 'policy' ? 'the policy of the source' : <Shown text={actorName(by)} max={200} />,
  },
  ...(mayAct
    ? [
        {
          label: 'Actions',
          kind: 'name',
          cell: (one: Containment) =>
            lasts(one, nowMs) ? (
              <Action
                action={`${path}/lift`}
                formToken={formToken}
                fields={{ id: one.id }}
                label="Lift"
                on={measureWords(one)}
                quiet
              />
            ) : (
              'over'
            ),
        } as const,
      ]
    : []),
]
