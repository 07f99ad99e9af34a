/** Pages of channels and their forms. Each form does what a route of the API does, with the same role. */
import { notChanged } from '../../api/changes.ts'
import { isGone } from '../../api/owners.ts'
import { statusOf } from '../../../api/problem.ts'
import { notifyChannels, setChannelPaused, testChannel } from '../../channels.ts'
import { answerNotice, answerPage } from '../answer.tsx'
import { Form, Reason, whoWithReason } from '../form.tsx'
import type { PageRoute } from '../route.ts'
import { showChannel } from './channel.tsx'
import { changeChannel, createChannel, showEditChannel, showNewChannel } from './edit.tsx'
import { showChannels } from './list.tsx'
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
    if (isGone(put)) return CHANNELS.noneOf(c)
    const { code, detail } = notChanged(put, 'channel')
    return answerNotice(c, statusOf(code), 'Not changed', detail)
  })

const showRemove = CHANNELS.with((c, { name }) => {
  const path = CHANNELS.pathOf(name)
  return answerPage(
    c,
    { title: 'Remove a channel', heading: `Remove ${name}`, narrow: true },
    <>
      <p class="lead">Nothing is sent to it any more, not even that an incident is over.</p>
      <Form action={`${path}/remove`} label="Remove" back={path}>
        <Reason />
      </Form>
    </>,
  )
})

const remove = CHANNELS.with(async (c, { name }) => {
  const context = c.get('context')
  const removed = await context.registry.channels.remove(name, whoWithReason(c), null)
  if (!removed.ok) {
    const { code, detail } = notChanged(removed, 'channel')
    return answerNotice(c, statusOf(code), 'Not removed', detail)
  }
  await notifyChannels(context)
  return CHANNELS.leadToList(c, 'removed')
})

const { path, one } = CHANNELS
const viewer = { who: 'viewer', allSources: true } as const
const operator = { who: 'operator', allSources: true } as const
const admin = { who: 'admin', allSources: true } as const

export const channelPages: readonly PageRoute[] = [
  { ...operator, path: `${one}/test`, post: test },
  { ...operator, path: `${one}/pause`, post: pauseOrResume(true) },
  { ...operator, path: `${one}/resume`, post: pauseOrResume(false) },
  { ...admin, path: `${one}/edit`, get: showEditChannel, post: changeChannel },
  { ...admin, path: `${one}/remove`, get: showRemove, post: remove },
  // After those above: a channel may be named `new`, and no kind is named as one of them.
  { ...admin, path: newChannelPath(':kind'), get: showNewChannel, post: createChannel },
  { ...viewer, path, get: showChannels },
  { ...viewer, path: one, get: showChannel },
]
