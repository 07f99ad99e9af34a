/** Calls for destinations beside the registry. */
import type { DeliveryStatus, DestinationApi, Listed, WaitingView } from '../destinations/api.ts'
import { knownId, shownId } from '../store/shown-id.ts'
import type { RequestContext } from './request-context.ts'

/** Hosts of this installation, as far as they are known. Events sent there would come back. */
export const ownHosts = ({
  gatewayUrl,
  consoleUrl,
}: Pick<RequestContext, 'gatewayUrl' | 'consoleUrl'>): string[] =>
  [gatewayUrl, consoleUrl].flatMap((url) => (URL.canParse(url) ? [new URL(url).host] : []))

/** Tells the object that delivers that its destination has changed or is gone. If it does not answer, its next alarm finds out. */
export async function notifyDestination(
  { destinations, missing }: Pick<RequestContext, 'destinations' | 'missing'>,
  name: string,
): Promise<void> {
  try {
    await destinations.getByName(name).changed()
  } catch (cause) {
    missing('destination', cause)
  }
}

export const deliveryObject = (
  { destinations }: Pick<RequestContext, 'destinations'>,
  name: string,
): DestinationApi => destinations.getByName(name)

/**
 * The deliveries of a destination. Who may see no address gets the ids of viewers: otherwise these lists would say which event of one
 * audience is which of another. What an endpoint answered may quote an address.
 */
export function shownDeliveries(
  context: Pick<RequestContext, 'destinations' | 'store'>,
  name: string,
): Pick<DestinationApi, 'attempts' | 'waiting' | 'deadLetters'> {
  const object = deliveryObject(context, name)
  const { store } = context
  if (store.scope.personal) return object
  const shown = async <T extends Pick<WaitingView, 'id' | 'event_ids'>>({ entries, next }: Listed<T>) => ({
    entries: await Promise.all(
      entries.map(async (one) => ({
        ...one,
        id: await shownId(store, one.id),
        event_ids: await Promise.all(one.event_ids.map((id) => shownId(store, id))),
      })),
    ),
    next,
  })
  return {
    async attempts({ eventId, ...query }) {
      const known = eventId === null ? null : await knownId(store, eventId)
      const { entries, next } = await shown(await object.attempts({ ...query, eventId: known }))
      return { entries: entries.map((one) => ({ ...one, response: null })), next }
    },
    waiting: async (query) => shown(await object.waiting(query)),
    deadLetters: async (query) => shown(await object.deadLetters(query)),
  }
}

/** How delivery stands; null if the object does not answer. */
export async function deliveryStatus(
  { destinations, missing }: Pick<RequestContext, 'destinations' | 'missing'>,
  name: string,
): Promise<DeliveryStatus | null> {
  try {
    return await destinations.getByName(name).status()
  } catch (cause) {
    missing('destination', cause)
    return null
  }
}
