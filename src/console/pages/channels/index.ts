/** Pages of channels and their forms. Each form does what a route of the API does, with the same role. */
import { channelRoutes } from '../../../api/channels.ts'
import type { PageRoute } from '../route.ts'
import { showChannel } from './channel.tsx'
import { editPage, newPage, removePage } from './edit.tsx'
import { channelList } from './list.tsx'
import { CHANNELS, newChannelPath } from './resource.ts'

const { act, one } = CHANNELS

const operator = { who: 'operator', allSources: true } as const
const admin = { who: 'admin', allSources: true } as const

export const channelPages: readonly PageRoute[] = [
  {
    ...operator,
    path: `${one}/test`,
    post: act(channelRoutes.testChannel, ({ delivered }) => [delivered ? 'tested' : 'test_failed']),
  },
  { ...operator, path: `${one}/pause`, post: act(channelRoutes.pauseChannel, 'paused') },
  { ...operator, path: `${one}/resume`, post: act(channelRoutes.resumeChannel, 'resumed') },
  { ...admin, path: `${one}/edit`, kind: 'dialog', ...editPage },
  { ...admin, path: `${one}/remove`, kind: 'dialog', ...removePage },
  // After those above: a channel may be named `new`, and no kind is named as one of them.
  { ...admin, path: newChannelPath(':kind'), kind: 'dialog', ...newPage },
  { ...channelList.route, kind: 'tab' },
  { path: one, who: 'viewer', kind: 'dialog', allSources: true, get: showChannel },
]
