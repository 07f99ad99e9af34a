/** Handlers of the sync of suppressions with an ESP. */
import { suppressionSyncRoutes } from '../../api/suppression-sync.ts'
import { driverOf } from '../../drivers/index.ts'
import type { SyncStatus } from '../../esp-accounts/api.ts'
import { capital } from '../../platform/capital.ts'
import { instantOrNull } from '../../platform/time.ts'
import { note } from '../note.ts'
import type { RequestContext } from '../request-context.ts'
import { notChanged } from './changes.ts'
import { answer, bindRoutes } from './route.ts'
import { keyMissing } from './webhooks.ts'

type Object = ReturnType<RequestContext['espAccounts']['getByName']>

/** An object exists for any name, so the registry is asked first. */
async function asked(
  { registry, espAccounts }: RequestContext,
  name: string,
  ask: (object: Object) => Promise<SyncStatus | null>,
  status = 200,
) {
  const source = await registry.sources.find(name)
  if (source === null) return notChanged({ ok: false, code: 'source_unknown' })
  const found = await ask(espAccounts.getByName(name))
  if (found !== null) return answer(shown(found), status)
  return keyMissing(source, driverOf(source.config.provider)?.suppressions !== undefined)
}

export const suppressionSync = bindRoutes(suppressionSyncRoutes, {
  getSuppressionSync: ({ params: { name } }, context) =>
    asked(context, name, (object) => object.suppressionSync()),

  beginSuppressionSync: ({ params: { name }, body: { plan, ...directions } }, context) =>
    asked(
      context,
      name,
      async (object) => {
        const { take = null, send = null } = directions
        if (!plan) await note(context, 'suppressions.synced', `source/${name}`, { take, send })
        return object.beginSuppressionSync({ isRun: !plan, ...directions })
      },
      202,
    ),

  endSuppressionSync: ({ params: { name } }, context) =>
    asked(context, name, (object) => object.endSuppressionSync()),
})

const shown = ({ startedMs, changedMs, untilMs, stopped, isCut, ...status }: SyncStatus) => ({
  ...status,
  started_at: instantOrNull(startedMs),
  changed_at: instantOrNull(changedMs),
  waits_until: instantOrNull(untilMs),
  stopped: stopped && { code: stopped.code, says: `${capital(stopped.says)}.` },
  is_cut: isCut,
  counts: [...status.counts],
  examples: [...status.examples],
  adds: [...status.adds],
})
