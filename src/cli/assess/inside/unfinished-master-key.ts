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
  async run({ api }) {
    const {
      newest,
      versions,
      still_needed: needed,
    } = await api.call(masterKeyRoutes.getMasterKey, {
      deadlineMs: DEADLINE_MS,
    })
    const old = versions.filter((version) => version !== newest)
    if (needed.length > 0)
      return [
        {
          evidence: `The newest master key is version ${newest}, and something is still sealed with version ${needed.join(', ')}.`,
        },
      ]
    if (old.length === 0) return []
    return [
      {
        severity: 'low',
        evidence: `Version ${old.join(', ')} of the master key is still configured, and nothing that was counted needs it.`,
        remedy:
          'Fourteen days after the change, npm run rotate-master-key removes it. Keep it with the backups that it encrypted.',
      },
    ]
  },
}
