/** Pages of destinations and their forms. Each form does what a route of the API does, and leads back to the destination. */
import { destinationRoutes } from '../../../api/destinations.ts'
import type { DestinationView } from '../../../registry/destinations/destination.ts'
import { Shown } from '../components.tsx'
import { field } from '../form.tsx'
import { confirmRoute } from '../form-route.tsx'
import type { PageRoute } from '../route.ts'
import { showDestination, showSecrets, showSettings, testPage } from './destination.tsx'
import { editPage, newPage } from './edit.tsx'
import { showFilter } from './filter.tsx'
import { listed } from './lists.tsx'
import { removePage } from './remove.tsx'
import { redrive, replay, showRedrive, showReplay } from './again.tsx'
import { destinationList } from './list.tsx'
import { DEAD_TAB, DESTINATIONS, NEW_DESTINATION, WAITING_TAB, answerDestination } from './resource.ts'

const { act, one } = DESTINATIONS
const routes = destinationRoutes

/** One delivery, or all. */
const retry = act(
  routes.retryWaiting,
  ({ retried }) =>
    retried === 0 ? ['delivery_unknown', undefined, WAITING_TAB] : ['retried', retried, WAITING_TAB],
  (c) => {
    const id = c.get('form').get('id')
    return { body: id === null ? {} : { ids: [id] } }
  },
)

/** Asks before it gives up one waiting delivery. */
const skipPage = confirmRoute({
  of: (work) =>
    DESTINATIONS.with((c, of) => {
      const id = c.req.method === 'POST' ? field(c, 'id') : (c.req.query('id') ?? '')
      return work(c, { of, id })
    }),
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
  answer: (c, { of }, content, { title, isWrong }, status) =>
    answerDestination(c, of.name, title, content, { isWrong }, status),
  route: routes.skipDelivery,
  given: ({ of: { name }, id }) => ({ params: { name }, body: { id } }),
  done: (c, { of }) => DESTINATIONS.leadTo(c, of.name, 'skipped', undefined, WAITING_TAB),
})

const viewer = { who: 'viewer', allSources: true } as const
const operator = { who: 'operator', allSources: true } as const

export const destinationPages: readonly PageRoute[] = [
  destinationList.route,
  { ...operator, path: NEW_DESTINATION, ...newPage },
  { ...operator, path: `${one}/settings/edit`, ...editPage },
  { ...operator, path: `${one}/test`, ...testPage },
  { ...operator, path: `${one}/pause`, post: act(routes.pauseDestination, 'paused') },
  { ...operator, path: `${one}/resume`, post: act(routes.resumeDestination, 'resumed') },
  { ...operator, path: `${one}/retry`, post: retry },
  // These ask first.
  { ...operator, path: `${one}/settings/remove`, ...removePage },
  { ...operator, path: `${one}/skip`, ...skipPage },
  { ...operator, path: `${one}/redrive`, get: showRedrive, post: redrive },
  { ...operator, path: `${one}/replay`, get: showReplay, post: replay },
  { ...operator, path: `${one}/replay/end`, post: act(routes.endReplay, 'replay_ended') },
  { ...viewer, path: `${one}${WAITING_TAB}`, get: listed(WAITING_TAB) },
  { ...viewer, path: `${one}${DEAD_TAB}`, get: listed(DEAD_TAB) },
  { ...operator, path: `${one}/filter`, get: showFilter },
  { ...viewer, path: `${one}/settings`, get: showSettings },
  { ...viewer, path: `${one}/secrets`, get: showSecrets },
  { ...viewer, path: one, get: showDestination },
]
