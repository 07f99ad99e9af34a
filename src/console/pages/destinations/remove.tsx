/** Asks before a destination is removed, and says what is lost. */
import { destinationRoutes } from '../../../api/destinations.ts'
import { deliveryStatus } from '../../destinations.ts'
import { confirmRoute } from '../form-route.tsx'
import { things } from '../notices.ts'
import type { Finder } from '../route.ts'
import { DESTINATIONS, answerDestination } from './resource.ts'

interface Doomed {
  readonly name: string
  readonly lost: string
}

const withLoss: Finder<Doomed> = (work) =>
  DESTINATIONS.with(async (c, { name }) => {
    const delivery = await deliveryStatus(c.get('context'), name)
    const lost =
      delivery === null
        ? 'What waits for it or was given up, and its attempts'
        : `${things(delivery.backlog, 'event')} to be read, ${delivery.waiting} waiting, ${delivery.given_up.toLocaleString('en')} given up, and its attempts`
    return work(c, { name, lost })
  })

export const removePage = confirmRoute({
  of: withLoss,
  shown: ({ name, lost }) => ({
    title: 'Remove',
    label: `Remove ${name}`,
    back: [`${DESTINATIONS.pathOf(name)}/settings`, name],
    lead: `If you remove it, nothing is sent to it any more, and this is deleted for good: ${lost}. The events stay in the store.`,
  }),
  nameOf: ({ name }) => name,
  answer: (c, { name }, content, { title, isWrong }, status) =>
    answerDestination(c, name, title, content, { isWrong }, status),
  route: destinationRoutes.deleteDestination,
  given: ({ name }) => ({ params: { name } }),
  done: (c) => DESTINATIONS.leadToList(c, 'removed'),
})
