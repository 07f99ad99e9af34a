/** What the console does for destinations beside the registry. */
import type { RequestContext } from './request-context.ts'

/** Hosts of this installation, as far as they are known. Events sent there would come back. */
export const ownHosts = ({
  gatewayUrl,
  consoleUrl,
}: Pick<RequestContext, 'gatewayUrl' | 'consoleUrl'>): string[] =>
  [gatewayUrl, consoleUrl].flatMap((url) => (URL.canParse(url) ? [new URL(url).host] : []))

/** Tells the object that delivers that its destination has changed or is gone. If it does not answer, its next alarm finds out. */
export async function wakeDestination(
  { destinations, missing }: Pick<RequestContext, 'destinations' | 'missing'>,
  name: string,
): Promise<void> {
  try {
    await destinations?.getByName(name).wake()
  } catch (cause) {
    missing('destination', cause)
  }
}
