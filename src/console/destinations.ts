/** Destinations for the API and the pages: their documents, and calls to the objects that deliver. */
import * as v from 'valibot'
import type { ShownFilter, WaitingDelivery } from '../api/destinations.ts'
import type { DeliveryStatus, DestinationApi, Listed } from '../destinations/api.ts'
import type { DestinationView } from '../registry/destinations/destination.ts'
import { DestinationConfigSchema } from '../registry/destinations/document.ts'
import { knownId, shownId } from '../store/shown-id.ts'
import { type Actor, may } from './access/actor.ts'
import { type RequestContext, answered } from './request-context.ts'

/** Hosts of this installation, as far as they are known. Events sent there would come back. */
export const ownHosts = ({
  gatewayUrl,
  consoleUrl,
}: Pick<RequestContext, 'gatewayUrl' | 'consoleUrl'>): string[] =>
  [gatewayUrl, consoleUrl].flatMap((url) => (URL.canParse(url) ? [new URL(url).host] : []))

type Context = Pick<RequestContext, 'destinations' | 'reportUnavailable'>

/** Tells the object that delivers that its destination has changed or is gone. If it does not answer, its next alarm finds out. */
export const notifyDestination = (context: Context, name: string): Promise<void> =>
  answered(context, 'destination', () => context.destinations.getByName(name).changed())

/**
 * The deliveries of a destination. Who may see no address gets the ids of viewers: otherwise these lists would say which event of one
 * audience is which of another. What an endpoint answered may quote an address.
 */
export function shownDeliveries(
  context: Pick<RequestContext, 'destinations' | 'store'>,
  name: string,
): Pick<DestinationApi, 'attempts' | 'waiting' | 'givenUp'> {
  const { destinations, store } = context
  const object = destinations.getByName(name)
  if (store.scope.personal) return object
  const shown = async <T extends Pick<WaitingDelivery, 'id' | 'event_ids'>>({
    entries,
    next,
  }: Listed<T>) => ({
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
    async attempts({ event_id: id, ...query }) {
      const known = id === undefined ? undefined : await knownId(store, id)
      const { entries, next } = await shown(await object.attempts({ ...query, event_id: known }))
      return { entries: entries.map((one) => ({ ...one, response: null })), next }
    },
    waiting: async (query) => shown(await object.waiting(query)),
    givenUp: async (query) => shown(await object.givenUp(query)),
  }
}

/** How delivery stands; null if the object does not answer. */
export const deliveryStatus = async (context: Context, name: string): Promise<DeliveryStatus | null> =>
  (await answered(context, 'destination', () => context.destinations.getByName(name).status())) ?? null

/** The URL and the filter, with null for a token or an address that the actor must not see. */
export function shownTarget(
  { config: { url, filter } }: DestinationView,
  actor: Actor,
): { readonly url: string | null; readonly filter?: ShownFilter } {
  if (may(actor, 'operator')) return { url, ...(filter && { filter }) }
  return { url: null, ...(filter && { filter: { ...filter, ...(filter.where && { where: null }) } }) }
}

export const storedHeaders = ({ config }: DestinationView) =>
  Object.fromEntries(config.headers.map((name) => [name, { stored: true as const }]))

/** The document of a destination. Settings with their default are left out, so that a new setting changes no file. */
export function destinationDocument(destination: DestinationView): Record<string, unknown> {
  const { config, secrets } = destination
  const defaults: Readonly<Record<string, unknown>> = v.parse(DestinationConfigSchema, { url: config.url })
  const chosen = Object.entries(config).filter(
    ([name, value]) =>
      name !== 'restored_at' && (name === 'url' || JSON.stringify(value) !== JSON.stringify(defaults[name])),
  )
  const signing = secrets.filter(({ slot, state }) => slot !== 'headers' && state !== 'revoked')
  const slots = [...new Set(signing.map(({ slot }) => slot))].toSorted()
  return {
    ...Object.fromEntries(chosen),
    ...(config.headers.length === 0 ? {} : { headers: storedHeaders(destination) }),
    secrets: Object.fromEntries(slots.map((slot) => [slot, { stored: true }])),
  }
}
