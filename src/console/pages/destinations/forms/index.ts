/** Handlers of a destination's forms. Each does what a route of the API does, and leads back to the destination. */
import type { FormRoute } from '../../forms.tsx'
import { notChanged } from '../../../api/changes.ts'
import { statusOf } from '../../../../api/problem.ts'
import { endReplay, retryWaiting, setPaused, testDestination } from '../../../destination-actions.ts'
import { answerNotice } from '../../answer.tsx'
import { leadBack, withDestination } from '../found.ts'
import { redrive, showRedrive } from './redrive.tsx'
import { replay, showReplay } from './replay.tsx'
import { showSkip, skip } from './skip.tsx'

const test = withDestination(async (c, destination) => {
  const { attempt } = await testDestination(c.get('context'), destination.name, null)
  return leadBack(c, destination, attempt.outcome === 'delivered' ? 'tested' : 'test_failed')
})

const pauseOrResume = (paused: boolean) =>
  withDestination(async (c, destination) => {
    const put = await setPaused(c.get('context'), destination.name, paused)
    if (put.ok) return leadBack(c, destination, paused ? 'paused' : 'resumed')
    const { code, detail } = notChanged(put, 'destination')
    return answerNotice(c, statusOf(code), 'Not changed', detail)
  })

/** One delivery, or all. */
const retry = withDestination(async (c, destination) => {
  const id = c.get('form').get('id')
  const retried = await retryWaiting(c.get('context'), destination.name, id === null ? null : [id])
  return retried === 0
    ? leadBack(c, destination, 'delivery_unknown')
    : leadBack(c, destination, 'retried', retried)
})

const stopReplay = withDestination(async (c, destination) => {
  await endReplay(c.get('context'), destination.name)
  return leadBack(c, destination, 'replay_ended')
})

const BASE = '/destinations/:destination'
const operator = { role: 'operator', allSources: true } as const

export const DESTINATION_FORMS: readonly (FormRoute & { readonly get?: FormRoute['act'] })[] = [
  { ...operator, path: `${BASE}/test`, act: test },
  { ...operator, path: `${BASE}/pause`, act: pauseOrResume(true) },
  { ...operator, path: `${BASE}/resume`, act: pauseOrResume(false) },
  { ...operator, path: `${BASE}/retry`, act: retry },
  // These ask first.
  { ...operator, path: `${BASE}/skip`, get: showSkip, act: skip },
  { ...operator, path: `${BASE}/redrive`, get: showRedrive, act: redrive },
  { ...operator, path: `${BASE}/replay`, get: showReplay, act: replay },
  { ...operator, path: `${BASE}/replay/end`, act: stopReplay },
]
