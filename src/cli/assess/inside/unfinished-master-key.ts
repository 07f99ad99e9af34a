/** A change of the master key that was begun and not finished: the old key still opens what is stored. */
import { masterKeyRoutes } from '../../../api/master-key.ts'
import type { Probe } from '../probe.ts'

/** Every row is read. */
const DEADLINE_MS = 120_000

export const unfinishedMasterKey: Probe = {
  id: 'unfinished-master-key',
  title: 'One master key opens what is stored.',
  severity: 'medium',
  remedy: 'npm run rotate-master-key goes on where the last run ended: docs/deploying.md.',
  needs: 'token',
  async *run({ api }) {
    const found = await api.call(masterKeyRoutes.getMasterKey, { deadlineMs: DEADLINE_MS })
    const needed = found.still_needed.join(', ')
    const old = found.versions.filter((version) => version !== found.newest).join(', ')
    if (needed !== '')
      yield {
        evidence: `The newest master key is version ${found.newest}, and something is still sealed with version ${needed}.`,
      }
    else if (old !== '')
      yield {
        severity: 'low',
        evidence: `Version ${old} of the master key is still configured, and nothing that was counted needs it.`,
        remedy:
          'Fourteen days after the change, npm run rotate-master-key removes it. Keep it with the backups that it encrypted.',
      }
  },
}
