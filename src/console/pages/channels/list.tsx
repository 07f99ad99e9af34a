/** All channels, and whether each works. */
import type { ChannelView } from '../../../registry/channels/channel.ts'
import { CHANNEL_KINDS, adapterOf } from '../../../channels/index.ts'
import { channelStatus } from '../../channels.ts'
import { answered } from '../../request-context.ts'
import { channelWords } from '../../messages/channels.ts'
import { type Column, For, Part, State, When } from '../components.tsx'
import { listPage } from '../list-page.tsx'
import { CHANNELS, newChannelPath } from './resource.ts'

interface Row extends ChannelView {
  readonly words: ReturnType<typeof channelWords>
  readonly lastSuccessMs: number | null | undefined
}

const COLUMNS: readonly Column<Row>[] = [
  {
    label: 'Channel',
    cell: ({ name, words: { tone } }) => (
      <a class="row-link" href={CHANNELS.pathOf(name)} data-open="panel">
        <State tone={tone}>{name}</State>
      </a>
    ),
  },
  { label: 'Kind', cell: ({ config }) => adapterOf(config.kind).label },
  {
    label: 'State',
    kind: 'long',
    cell: ({ words: { state, remedy } }) => (remedy === null ? state : `${state}: ${remedy}`),
  },
  { label: 'Minimum severity', cell: ({ config }) => config.minimum_severity },
  { label: 'Last success', cell: ({ lastSuccessMs }) => <When at={lastSuccessMs} /> },
]

export const channelList = listPage({
  path: CHANNELS.path,
  title: 'Who is told',
  who: 'viewer',
  allSources: true,
  lead: 'They tell people about incidents. If a channel fails, the others report it, so set up two.',
  async read(c) {
    const context = c.get('context')
    const [channels, all] = await Promise.all([
      answered(context, 'registry', () => context.registry.channels.list()),
      channelStatus(context),
    ])
    const rows = channels?.map((channel) => {
      const status = all === null ? null : all.get(channel.name)
      const words = channelWords(status, channel.config.paused)
      return { ...channel, words, lastSuccessMs: status?.lastSuccessMs }
    })
    return { rows, next: null, extra: undefined }
  },
  unread: 'The registry did not answer.',
  empty: 'Nobody is told about incidents yet. Choose how, below.',
  After: () => (
    <For role="admin">
      <Part id="new" title="New channel">
        <div class="buttons after">
          {CHANNEL_KINDS.map((kind) => (
            <a class="button" href={newChannelPath(kind)} data-open="dialog">
              {adapterOf(kind).label}
            </a>
          ))}
        </div>
      </Part>
    </For>
  ),
  notices: CHANNELS.notices,
  caption: 'Channels',
  columns: COLUMNS,
})
