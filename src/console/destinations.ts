/** What the console does for destinations beside the registry. */
import type { DeliveryStatus, DestinationApi } from '../destinations/api.ts'
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
