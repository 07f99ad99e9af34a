/** Pages of destinations and their forms. Each form does what a route of the API does, and leads back to the destination. */
import { destinationRoutes } from '../../../api/destinations.ts'
import { moved } from '../moved.ts'
import type { PageRoute } from '../route.ts'
import { redrive, replay, showAgain } from './again.tsx'
import { showDestination } from './destination.tsx'
import { pausePage, removePage, skipPage, testPage } from './dialogs.tsx'
import { editPage, newPage } from './edit.tsx'
import { showFilter } from './filter.tsx'
import { destinationList } from './list.tsx'
import { GIVEN_UP, WAITING } from './lists.tsx'
import { DESTINATIONS, NEW_DESTINATION } from './resource.ts'

const { act, one } = DESTINATIONS
const routes = destinationRoutes
const IN_QUEUE = `?show=${WAITING}`

/** One delivery, or all. */
const retry = act(
  routes.retryWaiting,
  ({ retried }) =>
    retried === 0 ? ['delivery_unknown', undefined, IN_QUEUE] : ['retried', retried, IN_QUEUE],
  (c) => {
    const id = c.get('form').get('id')
    return { body: id === null ? {} : { ids: [id] } }
  },
)

const viewer = { who: 'viewer', allSources: true } as const
const operator = { who: 'operator', allSources: true } as const

export const destinationPages: readonly PageRoute[] = [
  destinationList.route,
  { ...operator, path: NEW_DESTINATION, kind: 'dialog', ...newPage },
  { ...operator, path: `${one}/test`, kind: 'dialog', ...testPage },
  { ...operator, path: `${one}/pause`, kind: 'dialog', ...pausePage },
  { ...operator, path: `${one}/resume`, post: act(routes.resumeDestination, 'resumed') },
  { ...operator, path: `${one}/retry`, post: retry },
  { ...operator, path: `${one}/skip`, kind: 'dialog', ...skipPage },
  { ...operator, path: `${one}/send-again`, kind: 'dialog', get: showAgain },
  { ...moved(`${one}/redrive`, `${one}/send-again?what=${GIVEN_UP}`), ...operator, post: redrive },
  { ...moved(`${one}/replay`, `${one}/send-again`), ...operator, post: replay },
  { ...operator, path: `${one}/replay/end`, post: act(routes.endReplay, 'replay_ended') },
  { ...operator, path: `${one}/filter`, kind: 'dialog', get: showFilter },
  { ...operator, path: `${one}/settings/remove`, kind: 'dialog', ...removePage },
  { ...moved(`${one}/settings/edit`, `${one}/settings`), ...operator, post: editPage.post },
  { ...viewer, path: `${one}/settings`, kind: 'tab', get: editPage.get },
  { ...moved(`${one}/secrets`, `${one}/settings#secrets`), ...viewer },
  { ...moved(`${one}/waiting`, `${one}?show=${WAITING}#queue`), ...viewer },
  { ...moved(`${one}/dead-letters`, `${one}?show=${GIVEN_UP}#queue`), ...viewer },
  { ...viewer, path: one, get: showDestination },
]
