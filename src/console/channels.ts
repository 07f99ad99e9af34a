/** Channels for the API and the pages: their documents, and calls to the object that sends. */
import * as v from 'valibot'
import { COMMON } from '../channels/document.ts'
import type { ChannelView } from '../registry/channels/channel.ts'
import type { ChannelStatus } from '../watch/incidents/api.ts'
import { type RequestContext, answered } from './request-context.ts'

type Context = Pick<RequestContext, 'incidents' | 'reportUnavailable'>

/** Tells the object that sends. If it does not answer, it asks the registry within a minute. */
export const notifyChannels = (context: Context): Promise<void> =>
  answered(context, 'incidents', () => context.incidents.channelsChanged())

/** How each channel stands, by name; null if the object that sends does not answer. */
export async function channelStatus(context: Context): Promise<ReadonlyMap<string, ChannelStatus> | null> {
  const all = await answered(context, 'incidents', () => context.incidents.channelStatus())
  return all === undefined ? null : new Map(all.map((one) => [one.name, one]))
}

export const storedSecrets = ({ secrets }: ChannelView) =>
  Object.fromEntries(secrets.map((slot) => [slot, { stored: true as const }]))

/** The document of a channel. Settings with their default are left out, so that a new setting changes no file. */
export function channelDocument(channel: ChannelView): Record<string, unknown> {
  const defaults: Readonly<Record<string, unknown>> = v.getDefaults(v.object(COMMON))
  const chosen = Object.entries(channel.config).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(defaults[name]),
  )
  return { ...Object.fromEntries(chosen), secrets: storedSecrets(channel) }
}
