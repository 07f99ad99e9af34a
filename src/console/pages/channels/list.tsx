/** All channels, and whether each works. */
import type { FC } from 'hono/jsx'
import type { ChannelView } from '../../../registry/channels/channel.ts'
import { CHANNEL_KINDS, adapterOf } from '../../../channels/index.ts'
import type { ChannelStatus } from '../../../watch/incidents/api.ts'
import { may } from '../../access/actor.ts'
import { channelStatus } from '../../channels.ts'
import type { ConsoleContext } from '../../context.ts'
import { channelWords } from '../../messages/channels.ts'
import { answerPage } from '../answer.tsx'
import { Badge, type Column, Empty, Nothing, Table, When } from '../components.tsx'
import { channelNotice } from './notices.ts'
import { CHANNELS_PATH, channelPath, newChannelPath } from './path.ts'

export async function showChannels(c: ConsoleContext): Promise<Response> {
  const context = c.get('context')
  const [channels, status] = await Promise.all([context.registry.channels(), channelStatus(context)])
  const notice = channelNotice(c.req.query('notice'))
  return answerPage(
    c,
    { title: 'Channels · Postern', corner: <a href={CHANNELS_PATH}>Refresh</a> },
    <>
      <p>
        <a href="/">Back to the console</a>
      </p>
      <h1>Channels</h1>
      <p class="lead">
        They tell people about incidents. A channel that fails is told by the others, so set up two.
      </p>
      {notice === undefined ? (
        ''
      ) : (
        <p class={`notice after ${notice.tone}`} role="status">
          {notice.text}
        </p>
      )}
      <div class="after">
        {channels.length === 0 ? (
          <Empty>Nobody is told about incidents yet.</Empty>
        ) : (
          <Table caption="Channels" columns={columns(status, context.nowMs)} rows={channels} />
        )}
      </div>
      {may(context.actor, 'admin') ? <NewChannel /> : ''}
    </>,
  )
}

const NewChannel: FC = () => (
  <section id="new" aria-labelledby="new-title" tabindex={-1}>
    <h2 id="new-title">New channel</h2>
    <div class="buttons after">
      {CHANNEL_KINDS.map((kind) => (
        <a class="button" href={newChannelPath(kind)}>
          {adapterOf(kind).label}
        </a>
      ))}
    </div>
  </section>
)

const columns = (status: ReadonlyMap<string, ChannelStatus> | null, nowMs: number): Column<ChannelView>[] => [
  {
    label: 'Channel',
    kind: 'name',
    cell: ({ name, config }) => (
      <>
        <a href={channelPath(name)}>
          <strong>{name}</strong>
        </a>
        <span class="under">{adapterOf(config.kind).label}</span>
      </>
    ),
  },
  {
    label: 'State',
    kind: 'long',
    cell: ({ name, config }) => {
      const own = status === null ? null : status.get(name)
      const { tone, state, remedy } = channelWords(own, config.paused)
      return (
        <>
          <Badge tone={tone}>{state}</Badge>
          {remedy === null ? '' : <span class="under">{remedy}</span>}
        </>
      )
    },
  },
  { label: 'Minimum severity', kind: 'name', cell: ({ config }) => config.minimum_severity },
  {
    label: 'Last success',
    kind: 'name',
    cell: ({ name }) => {
      const ms = status?.get(name)?.lastSuccessMs ?? null
      return ms === null ? <Nothing /> : <When ms={ms} nowMs={nowMs} />
    },
  },
]
