/** Compares the newest incidents of the deployment with those that were restored. */
import { incidentRoutes } from '../../../src/api/incidents.ts'
import type { Api } from '../../../src/cli/connection/api.ts'
import { type Check, checkOf } from './compare.ts'

/** The backup has hundreds of the newest at least. */
const COMPARED_MAX = 200
/** Incidents that the temporary deployment may have opened by itself. */
const OWN_MAX = 50
/** An incident is stored within a minute of the time at which it was opened. */
const STORED_WITHIN_MS = 120_000

export async function compareIncidents(real: Api, temporary: Api, madeAtMs: number): Promise<Check> {
  const theirs = await real.list(incidentRoutes.listIncidents, {}, COMPARED_MAX)
  const ours = await temporary.list(incidentRoutes.listIncidents, {}, COMPARED_MAX + OWN_MAX)
  const restored = new Set(ours.map(({ opened_at: openedAt }) => openedAt))
  const before = theirs.filter(({ opened_at: at }) => Date.parse(at) < madeAtMs - STORED_WITHIN_MS)
  const lost = before.filter(({ opened_at: openedAt }) => !restored.has(openedAt))
  return checkOf(
    'incidents',
    before.length,
    lost.map(({ number }) => `incident ${number}`),
  )
}
