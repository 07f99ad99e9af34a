/** Whether somebody has decided for how long data about people is kept. */
import { retentionRoutes } from '../../../api/retention.ts'
import type { RetentionKind } from '../../../registry/retention/kinds.ts'
import type { Probe } from '../probe.ts'

/** Kinds that hold data about people. */
const PERSONAL: ReadonlySet<RetentionKind> = new Set([
  'events',
  'archive',
  'quarantine',
  'dead_letters',
  'attempts',
  'incidents',
])

export const retentionUnset: Probe = {
  id: 'retention-unset',
  title: 'Data about people is kept for a time that somebody has chosen.',
  severity: 'low',
  remedy: 'Choose the days and save them: postern retention set FILE, see docs/retention.md.',
  needs: 'token',
  async *run({ api }) {
    const { version, kinds } = await api.call(retentionRoutes.getRetention)
    if (version === 0)
      yield { evidence: 'No retention document was ever saved, so the defaults decide what is removed.' }
    for (const { kind, days } of kinds)
      if (days === null && PERSONAL.has(kind))
        yield {
          subject: kind,
          severity: 'medium',
          evidence: `What is of the kind ${kind} is kept without limit.`,
        }
  },
}
