/** What the console does for channels beside the registry. */
import type { ChannelStatus } from '../watch/incidents/api.ts'
import type { RequestContext } from './request-context.ts'

type Context = Pick<RequestContext, 'incidents' | 'missing'>

/** Tells the object that sends. If it does not answer, it asks the registry within a minute. */
export async function notifyChannels({ incidents, missing }: Context): Promise<void> {
  try {
    await incidents.channelsChanged()
  } catch (cause) {
    missing('incidents', cause)
  }
}

/** How each channel stands, by name; null if the object that sends does not answer. */
export async function channelStatus({
  incidents,
  missing,
}: Context): Promise<ReadonlyMap<string, ChannelStatus> | null> {
  try {
    return new Map((await incidents.channelStatus()).map((one) => [one.name, one]))
  } catch (cause) {
    missing('incidents', cause)
    return null
  }
}
