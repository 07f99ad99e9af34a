/** All channels, and whether each works. */
import type { ChannelView } from '../../../registry/channels/channel.ts'
import { CHANNEL_KINDS, adapterOf } from '../../../channels/index.ts'
import type { ChannelStatus } from '../../../watch/incidents/api.ts'
import { channelStatus } from '../../channels.ts'
import type { ConsoleContext } from '../../context.ts'
import { channelWords } from '../../messages/channels.ts'
import { answerPage } from '../answer.tsx'
import { Badge, type Column, For, List, NoticeLine, When } from '../components.tsx'
import { CHANNELS, newChannelPath } from './resource.ts'

export async function showChannels(c: ConsoleContext): Promise<Response> {
  const context = c.get('context')
  const [channels, status] = await Promise.all([context.registry.channels.list(), channelStatus(context)])
  return answerPage(
    c,
    { title: 'Channels', aside: <a href={CHANNELS.path}>Refresh</a> },
    <>
      <p class="lead">
        They tell people about incidents. A channel that fails is told by the others, so set up two.
      </p>
      <div class="after">
        <NoticeLine notice={CHANNELS.noticeIn(c)} />
        {channels.length === 0 && (
          <p class="notice warn">Nobody is told about incidents yet. Choose how, below.</p>
        )}
        <List caption="Channels" columns={columns(status)} rows={channels} empty="There is no channel." />
      </div>
      <For role="admin">
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
      </For>
    </>,
  )
}

const columns = (status: ReadonlyMap<string, ChannelStatus> | null): Column<ChannelView>[] => [
  {
    label: 'Channel',
    kind: 'name',
    cell: ({ name, config }) => (
      <>
        <a href={CHANNELS.pathOf(name)}>
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
          {remedy !== null && <span class="under">{remedy}</span>}
        </>
      )
    },
  },
  { label: 'Minimum severity', kind: 'name', cell: ({ config }) => config.minimum_severity },
  { label: 'Last success', kind: 'name', cell: ({ name }) => <When at={status?.get(name)?.lastSuccessMs} /> },
]
