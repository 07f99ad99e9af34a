/** Pauses and resumes a destination. Its document says which, so that exports and backups have it. */
import type { DestinationResult } from '../registry/destinations/destination.ts'
import { destinationDocument } from './api/destinations.ts'
import { actOn, deliveryObject } from './destinations.ts'
import type { RequestContext } from './request-context.ts'

/** Resuming also closes an open circuit, and ends that a destination is disabled. */
export async function setPaused(
  context: RequestContext,
  name: string,
  paused: boolean,
): Promise<DestinationResult> {
  const { registry, who } = context
  const before = await registry.destination(name)
  if (before === null) return { ok: false, code: 'destination_unknown' }
  const document = { ...destinationDocument(before), paused }
  const put = await registry.putDestination(name, document, who, before.version)
  if (!put.ok) return put
  if (!paused) await actOn(context, name, 'destination.resumed')
  await (paused ? deliveryObject(context, name).changed() : deliveryObject(context, name).resume())
  return put
}
