/** Actions of operators on the delivery to a destination, for the API and the pages. Each writes its audit line first. */
import type { ReplayBegun, Tested } from '../api/destinations.ts'
import type { ReplayRequest } from '../destinations/api.ts'
import type { RedriveFilter } from '../destinations/memory/waiting.ts'
import type { EventType } from '../event/mail-event.ts'
import { toInstant } from '../platform/time.ts'
import type { DestinationView } from '../registry/destinations/destination.ts'
import type { ChangeResult } from '../registry/owners/changed.ts'
import { destinationDocument } from './destinations.ts'
import { note } from './note.ts'
import type { RequestContext } from './request-context.ts'

type Context = Pick<RequestContext, 'registry' | 'who' | 'destinations'>

/** Sends a signed example event. @param type null for one that the filter lets pass */
export async function testDestination(
  context: Context,
  name: string,
  type: EventType | null,
): Promise<Tested> {
  await note(context, 'destination.tested', `destination/${name}`)
  return context.destinations.getByName(name).test(type)
}

/** Pauses or resumes. The document says which, so that exports and backups have it. Resuming also ends an open circuit and a disabling. */
export async function setPaused(
  context: Context,
  name: string,
  paused: boolean,
): Promise<ChangeResult<DestinationView>> {
  const { registry, who } = context
  const before = await registry.destinations.find(name)
  if (before === null) return { ok: false, code: 'destination_unknown' }
  const document = { ...destinationDocument(before), paused }
  const put = await registry.destinations.put(name, document, who, before.version)
  if (!put.ok) return put
  if (!paused) await note(context, 'destination.resumed', `destination/${name}`)
  const object = context.destinations.getByName(name)
  await (paused ? object.changed() : object.resume())
  return put
}

/** Null if a replay is running. A plan changes nothing and has no line in the log. */
export async function replayEvents(
  context: Context,
  name: string,
  request: ReplayRequest,
): Promise<ReplayBegun | null> {
  const { sinceMs, untilMs, plan } = request
  if (!plan)
    await note(context, 'destination.replayed', `destination/${name}`, {
      since: toInstant(sinceMs),
      until: toInstant(untilMs),
    })
  return context.destinations.getByName(name).replay(request)
}

/** False if none was running. */
export async function endReplay(context: Context, name: string): Promise<boolean> {
  await note(context, 'replay.ended', `destination/${name}`)
  return context.destinations.getByName(name).cancelReplay()
}

/** @param ids null for all @returns how many are tried now */
export async function retryWaiting(
  context: Context,
  name: string,
  ids: readonly string[] | null,
): Promise<number> {
  await note(context, 'delivery.retried', `destination/${name}`, ids === null ? null : { ids: [...ids] })
  return context.destinations.getByName(name).retryNow(ids)
}

/** False if no delivery of this id waits. */
export async function skipDelivery(context: Context, name: string, id: string): Promise<boolean | 'held'> {
  const { holds } = await context.registry.retention.read()
  await note(context, 'delivery.skipped', `destination/${name}`, { id })
  return context.destinations.getByName(name).skip(
    id,
    holds.flatMap(({ source }) => source ?? []),
  )
}

/** A plan changes nothing and has no line in the log. @returns how many dead letters there are */
export async function redriveUndelivered(
  context: Context,
  name: string,
  filter: RedriveFilter,
  plan: boolean,
): Promise<number> {
  if (!plan) await note(context, 'destination.redriven', `destination/${name}`)
  return context.destinations.getByName(name).redrive(filter, plan)
}
