import type { FC } from 'hono/jsx'
import { toInstant } from '../../../platform/time.ts'
import { providerNamed } from '../../../providers/index.ts'
import { webhookUrl } from '../../api/sources.ts'
import { explainRefusal } from '../../messages/refusals.ts'
import { needsSomebody } from '../../messages/rotation.ts'
import type { SourceHealth } from '../load-dashboard.ts'
import { Badge, type Column, Empty, Nothing, Section, Shown, Table, When } from '../components.tsx'
import type { PageProps } from '../props.ts'
import { sourcePath } from '../source-path.ts'

/** Sources with the URL to enter at the ESP, and whether deliveries come through. */
export const Sources: FC<{ props: PageProps }> = ({ props }) => (
  <Section
    id="sources"
    lead={`Who may send, and where to. Counted since ${toInstant(props.dashboard.sinceMs).slice(11, 16)} UTC.`}
    notice={props.notice}
  >
    <Listed props={props} />
  </Section>
)

const Listed: FC<{ props: PageProps }> = ({ props }) => {
  const { sources } = props.dashboard
  if (sources === undefined)
    return <Empty>The registry did not answer. Deliveries go on with what the gateway remembers.</Empty>
  if (sources.total === 0) {
    return (
      <Empty>
        No source yet. Make one with <code>PUT /api/sources/&lt;name&gt;</code>; its webhook URL then stands
        here. It needs no secret at first: until it has one, it refuses everything.
      </Empty>
    )
  }
  const hidden = sources.total - sources.rows.length
  return (
    <>
      <Table caption="Sources" columns={columns(props)} rows={sources.rows} />
      {hidden === 0 ? (
        ''
      ) : (
        <p class="more">
          {hidden} more are in <code>GET /api/sources</code>.
        </p>
      )}
    </>
  )
}

const columns = ({ gatewayUrl, nowMs }: PageProps): Column<SourceHealth>[] => [
  {
    label: 'Source',
    kind: 'name',
    cell: ({ source }) => (
      <>
        <a href={sourcePath(source.name)}>
          <strong>{source.name}</strong>
        </a>
        {source.missingSecrets === null ? (
          ''
        ) : (
          <>
            {' '}
            <Badge tone="bad">refuses everything</Badge>
          </>
        )}
        {source.rotations.some(needsSomebody) ? (
          <>
            {' '}
            <Badge tone="warn">secret</Badge>
          </>
        ) : (
          ''
        )}
        <span class="under">{providerNamed(source.config.provider)?.title ?? source.config.provider}</span>
      </>
    ),
  },
  {
    label: 'Webhook URL',
    kind: 'address',
    cell: ({ source }) => <Shown text={webhookUrl(source, gatewayUrl)} code />,
  },
  { label: 'Last event', kind: 'name', cell: ({ lastEventMs }) => <When ms={lastEventMs} nowMs={nowMs} /> },
  { label: 'Events', kind: 'number', cell: ({ accepted }) => accepted?.toLocaleString('en') ?? <Nothing /> },
  { label: 'Refused', kind: 'number', cell: ({ refused }) => refused?.toLocaleString('en') ?? <Nothing /> },
  {
    label: 'Last refusal',
    kind: 'long',
    cell: ({ lastRefusal }) =>
      lastRefusal === undefined ? (
        <Nothing />
      ) : (
        <>
          <Shown text={explainRefusal(lastRefusal)} max={240} />
          <span class="under">
            <When ms={lastRefusal.atMs} nowMs={nowMs} />
          </span>
        </>
      ),
  },
]
