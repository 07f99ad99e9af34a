/** Rotates due secrets, deletes expired ones, and logs those that need an operator. */
import type { MaintenanceReport } from '../../registry/rotation/contract.ts'
import type { LogEventName } from '../../platform/log-events.ts'
import type { Job } from './job.ts'

export const rotateSecrets: Job = {
  name: 'rotate_secrets',
  async run({ registry, who, log }) {
    let changed = 0
    for (let after: string | null = ''; after !== null;) {
      const page: Awaited<ReturnType<typeof registry.secrets.rotateDue>> = await registry.secrets.rotateDue(
        after,
        who,
      )
      for (const report of page.reports) {
        log({
          event: eventOf(report),
          source: report.source,
          slot: report.slot,
          outcome: report.state,
          ...(report.problem === null ? {} : { code: report.problem }),
        })
      }
      changed += page.swept + page.reports.filter(({ version }) => version !== null).length
      after = page.next
    }
    return changed
  },
}

/** The name of the log event tells the operator what to do. */
function eventOf({ state, version }: MaintenanceReport): LogEventName {
  if (state === 'waiting') return 'secret_waiting'
  if (state === 'installing') return 'secret_not_installed'
  return version === null ? 'secret_due' : 'secret_rotated'
}
