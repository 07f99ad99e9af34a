/** Pages of channels and their forms. Each form does what a route of the API does, with the same role. */
import { isGone } from '../../api/owners.ts'
import { setChannelPaused, testChannel } from '../../channels.ts'
import { answerNotChanged } from '../answer.tsx'
import type { PageRoute } from '../route.ts'
import { showChannel } from './channel.tsx'
import { editPage, newPage, removePage } from './edit.tsx'
import { channelList } from './list.tsx'
import { CHANNELS, newChannelPath } from './resource.ts'

const test = CHANNELS.with(async (c, channel) => {
  const tested = await testChannel(c.get('context'), channel.name)
  return tested === null
    ? CHANNELS.noneOf(c)
    : CHANNELS.leadTo(c, channel, tested.delivered ? 'tested' : 'test_failed')
})

const pauseOrResume = (paused: boolean) =>
  CHANNELS.with(async (c, channel) => {
    const put = await setChannelPaused(c.get('context'), channel.name, paused)
    if (put.ok) return CHANNELS.leadTo(c, channel, paused ? 'paused' : 'resumed')
    return isGone(put) ? CHANNELS.noneOf(c) : answerNotChanged(c, put, 'channel')
  })

const { one } = CHANNELS

const operator = { who: 'operator', allSources: true } as const
const admin = { who: 'admin', allSources: true } as const

export const channelPages: readonly PageRoute[] = [
  { ...operator, path: `${one}/test`, post: test },
  { ...operator, path: `${one}/pause`, post: pauseOrResume(true) },
  { ...operator, path: `${one}/resume`, post: pauseOrResume(false) },
  { ...admin, path: `${one}/edit`, ...editPage },
  { ...admin, path: `${one}/remove`, ...removePage },
  // After those above: a channel may be named `new`, and no kind is named as one of them.
  { ...admin, path: newChannelPath(':kind'), ...newPage },
  channelList.route,
  { path: one, who: 'viewer', allSources: true, get: showChannel },
]
