/** What the forms of channels do. Each does what a route of the API does, with the same role. */
import { testChannel } from '../../channels.ts'
import type { FormRoute } from '../forms.tsx'
import { changeChannel, createChannel, showEditChannel, showNewChannel } from './edit.tsx'
import { leadBack, noChannel, withChannel } from './found.ts'
import { CHANNELS_PATH } from './path.ts'
import { removeChannel, showRemoveChannel } from './remove.tsx'

const test = withChannel(async (c, { name }) => {
  const tested = await testChannel(c.get('context'), name)
  return tested === null ? noChannel(c) : leadBack(c, name, tested.ok ? 'tested' : 'test_failed')
})

const BASE = `${CHANNELS_PATH}/:channel`
const admin = { role: 'admin', allSources: true } as const

export const CHANNEL_FORMS: readonly (FormRoute & { readonly get?: FormRoute['act'] })[] = [
  { path: `${BASE}/test`, role: 'operator', allSources: true, act: test },
  { ...admin, path: `${BASE}/edit`, get: showEditChannel, act: changeChannel },
  { ...admin, path: `${BASE}/remove`, get: showRemoveChannel, act: removeChannel },
  // After those above: a channel may be named `new`, and no kind is named as one of them.
  { ...admin, path: `${CHANNELS_PATH}/new/:kind`, get: showNewChannel, act: createChannel },
]
