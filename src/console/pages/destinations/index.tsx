/** Pages of destinations and their forms. Each form does what a route of the API does, and leads back to the destination. */
import type { DestinationView } from '../../../registry/destinations/destination.ts'
import { endReplay, retryWaiting, setPaused, skipDelivery } from '../../destination-actions.ts'
import { answerNotChanged } from '../answer.tsx'
import { Shown } from '../components.tsx'
import { Reason, field, whoWithReason } from '../form.tsx'
import { formRoute } from '../form-route.tsx'
import type { PageRoute } from '../route.ts'
import { showDestination, showSecrets, showSettings, testPage } from './destination.tsx'
import { editPage, newPage } from './edit.tsx'
import { showFilter } from './filter.tsx'
import { listed } from './lists.tsx'
import { removePage } from './remove.tsx'
import { redrive, replay, showRedrive, showReplay } from './again.tsx'
import { destinationList } from './list.tsx'
import { DEAD_TAB, DESTINATIONS, NEW_DESTINATION, WAITING_TAB, answerDestination } from './resource.ts'

const pauseOrResume = (paused: boolean) =>
  DESTINATIONS.with(async (c, destination) => {
    const put = await setPaused(c.get('context'), destination.name, paused)
    if (put.ok) return DESTINATIONS.leadTo(c, destination, paused ? 'paused' : 'resumed')
    return answerNotChanged(c, put, 'destination')
  })

/** One delivery, or all. */
const retry = DESTINATIONS.with(async (c, destination) => {
  const id = c.get('form').get('id')
  const retried = await retryWaiting(c.get('context'), destination.name, id === null ? null : [id])
  const [notice, count] = retried === 0 ? (['delivery_unknown'] as const) : (['retried', retried] as const)
  return DESTINATIONS.leadTo(c, destination, notice, count, WAITING_TAB)
})

/** Asks before it gives up one waiting delivery. */
const skipPage = formRoute({
  of: (work) => DESTINATIONS.with((c, of) => work(c, { of, id: c.req.query('id') ?? field(c, 'id') })),
  shown: ({ of, id }: { readonly of: DestinationView; readonly id: string }) => ({
    title: 'Skip a delivery',
    label: 'Skip',
    back: [`${DESTINATIONS.pathOf(of.name)}${WAITING_TAB}`, 'Waiting'],
    lead: (
      <>
        The delivery <Shown text={id} max={80} code /> becomes a dead letter: it is not tried again, and those
        that it holds back are sent. To send it later, redrive it.
      </>
    ),
    hidden: { id },
  }),
  values: () => ({}),
  Fields: () => <Reason />,
  answer: (c, { of }, content, { title }) => answerDestination(c, of.name, title, content),
  async save(c, { of, id }) {
    const skipped = await skipDelivery({ ...c.get('context'), who: whoWithReason(c) }, of.name, id)
    const notice = skipped === 'held' ? skipped : skipped ? 'skipped' : 'delivery_unknown'
    return DESTINATIONS.leadTo(c, of, notice, undefined, WAITING_TAB)
  },
})

const stopReplay = DESTINATIONS.with(async (c, destination) => {
  await endReplay(c.get('context'), destination.name)
  return DESTINATIONS.leadTo(c, destination, 'replay_ended')
})

const { one } = DESTINATIONS
const viewer = { who: 'viewer', allSources: true } as const
const operator = { who: 'operator', allSources: true } as const

export const destinationPages: readonly PageRoute[] = [
  destinationList.route,
  { ...operator, path: NEW_DESTINATION, ...newPage },
  { ...operator, path: `${one}/settings/edit`, ...editPage },
  { ...operator, path: `${one}/test`, ...testPage },
  { ...operator, path: `${one}/pause`, post: pauseOrResume(true) },
  { ...operator, path: `${one}/resume`, post: pauseOrResume(false) },
  { ...operator, path: `${one}/retry`, post: retry },
  // These ask first.
  { ...operator, path: `${one}/settings/remove`, ...removePage },
  { ...operator, path: `${one}/skip`, ...skipPage },
  { ...operator, path: `${one}/redrive`, get: showRedrive, post: redrive },
  { ...operator, path: `${one}/replay`, get: showReplay, post: replay },
  { ...operator, path: `${one}/replay/end`, post: stopReplay },
  { ...viewer, path: `${one}${WAITING_TAB}`, get: listed(WAITING_TAB) },
  { ...viewer, path: `${one}${DEAD_TAB}`, get: listed(DEAD_TAB) },
  { ...operator, path: `${one}/filter`, get: showFilter },
  { ...viewer, path: `${one}/settings`, get: showSettings },
  { ...viewer, path: `${one}/secrets`, get: showSecrets },
  { ...viewer, path: one, get: showDestination },
]
