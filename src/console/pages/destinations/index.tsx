/** Pages of destinations and their forms. Each form does what a route of the API does, and leads back to the destination. */
import { notChanged } from '../../api/changes.ts'
import { statusOf } from '../../../api/problem.ts'
import {
  endReplay,
  retryWaiting,
  setPaused,
  skipDelivery,
  testDestination,
} from '../../destination-actions.ts'
import { answerNotice, answerPage } from '../answer.tsx'
import { Shown } from '../components.tsx'
import { Form, Reason, field, whoWithReason } from '../form.tsx'
import type { PageRoute } from '../route.ts'
import { showDestination } from './destination.tsx'
import { redrive, showRedrive } from './redrive.tsx'
import { replay, showReplay } from './replay.tsx'
import { destinationList } from './list.tsx'
import { DESTINATIONS } from './resource.ts'

const test = DESTINATIONS.with(async (c, destination) => {
  const { attempt } = await testDestination(c.get('context'), destination.name, null)
  return DESTINATIONS.leadTo(c, destination, attempt.outcome === 'delivered' ? 'tested' : 'test_failed')
})

const pauseOrResume = (paused: boolean) =>
  DESTINATIONS.with(async (c, destination) => {
    const put = await setPaused(c.get('context'), destination.name, paused)
    if (put.ok) return DESTINATIONS.leadTo(c, destination, paused ? 'paused' : 'resumed')
    const { code, detail } = notChanged(put, 'destination')
    return answerNotice(c, statusOf(code), 'Not changed', detail)
  })

/** One delivery, or all. */
const retry = DESTINATIONS.with(async (c, destination) => {
  const id = c.get('form').get('id')
  const retried = await retryWaiting(c.get('context'), destination.name, id === null ? null : [id])
  return retried === 0
    ? DESTINATIONS.leadTo(c, destination, 'delivery_unknown')
    : DESTINATIONS.leadTo(c, destination, 'retried', retried)
})

/** Asks before it gives up one waiting delivery. */
const showSkip = DESTINATIONS.with((c, { name }) => {
  const id = c.req.query('id') ?? ''
  const path = DESTINATIONS.pathOf(name)
  return answerPage(
    c,
    { title: 'Skip a delivery', narrow: true },
    <>
      <p class="soft">Destination {name}</p>
      <p class="lead">
        The delivery <Shown text={id} max={80} code /> becomes a dead letter: it is not tried again, and those
        that it holds back are sent. To send it later, redrive it.
      </p>
      <Form action={`${path}/skip`} label="Skip" back={path} hidden={{ id }}>
        <Reason />
      </Form>
    </>,
  )
})

const skip = DESTINATIONS.with(async (c, destination) => {
  const context = { ...c.get('context'), who: whoWithReason(c) }
  const skipped = await skipDelivery(context, destination.name, field(c, 'id'))
  return DESTINATIONS.leadTo(c, destination, skipped ? 'skipped' : 'delivery_unknown')
})

const stopReplay = DESTINATIONS.with(async (c, destination) => {
  await endReplay(c.get('context'), destination.name)
  return DESTINATIONS.leadTo(c, destination, 'replay_ended')
})

const { one } = DESTINATIONS
const operator = { who: 'operator', allSources: true } as const

export const destinationPages: readonly PageRoute[] = [
  destinationList.route,
  { ...operator, path: `${one}/test`, post: test },
  { ...operator, path: `${one}/pause`, post: pauseOrResume(true) },
  { ...operator, path: `${one}/resume`, post: pauseOrResume(false) },
  { ...operator, path: `${one}/retry`, post: retry },
  // These ask first.
  { ...operator, path: `${one}/skip`, get: showSkip, post: skip },
  { ...operator, path: `${one}/redrive`, get: showRedrive, post: redrive },
  { ...operator, path: `${one}/replay`, get: showReplay, post: replay },
  { ...operator, path: `${one}/replay/end`, post: stopReplay },
  { path: one, who: 'viewer', allSources: true, get: showDestination },
]
