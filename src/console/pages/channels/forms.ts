/** Handlers of the forms of channels. Each does what a route of the API does, with the same role. */
import { notChanged } from '../../api/changes.ts'
import { isGone } from '../../api/owners.ts'
import { statusOf } from '../../../api/problem.ts'
import { setChannelPaused, testChannel } from '../../channels.ts'
import { answerNotice } from '../answer.tsx'
import type { FormRoute } from '../forms.tsx'
import { changeChannel, createChannel, showEditChannel, showNewChannel } from './edit.tsx'
import { leadBack, noChannel, withChannel } from './found.ts'
import { CHANNELS_PATH } from './path.ts'
import { removeChannel, showRemoveChannel } from './remove.tsx'

const test = withChannel(async (c, { name }) => {
  const tested = await testChannel(c.get('context'), name)
  return tested === null ? noChannel(c) : leadBack(c, name, tested.ok ? 'tested' : 'test_failed')
})

const pauseOrResume = (paused: boolean) =>
  withChannel(async (c, { name }) => {
    const put = await setChannelPaused(c.get('context'), name, paused)
    if (put.ok) return leadBack(c, name, paused ? 'paused' : 'resumed')
    if (isGone(put)) return noChannel(c)
    const { code, detail } = notChanged(put, 'channel')
    return answerNotice(c, statusOf(code), 'Not changed', detail)
  })

const BASE = `${CHANNELS_PATH}/:channel`
const admin = { role: 'admin', allSources: true } as const

export const CHANNEL_FORMS: readonly (FormRoute & { readonly get?: FormRoute['act'] })[] = [
  { path: `${BASE}/test`, role: 'operator', allSources: true, act: test },
  { role: 'operator', allSources: true, path: `${BASE}/pause`, act: pauseOrResume(true) },
  { role: 'operator', allSources: true, path: `${BASE}/resume`, act: pauseOrResume(false) },
  { ...admin, path: `${BASE}/edit`, get: showEditChannel, act: changeChannel },
  { ...admin, path: `${BASE}/remove`, get: showRemoveChannel, act: removeChannel },
  // After those above: a channel may be named `new`, and no kind is named as one of them.
  { ...admin, path: `${CHANNELS_PATH}/new/:kind`, get: showNewChannel, act: createChannel },
]
