/** Rotates secrets that are due, forgets those whose time is over, and tells of those that somebody has to fetch or bring. */
import type { MaintenanceReport } from '../../registry/rotation/contract.ts'
import type { Job } from './job.ts'

export const rotateSecrets: Job = {
  name: 'rotate_secrets',
  async run({ registry, who, log }) {
    let changed = 0
    for (let after: string | null = ''; after !== null;) {
      const page: Awaited<ReturnType<typeof registry.rotateDueSecrets>> = await registry.rotateDueSecrets(
        after,
        who,
      )
      for (const report of page.reports) {
        log({
          event: eventOf(report),
          source: report.source,
          handler: report.slot,
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

/** What the operator should do is in the event's name. */
function eventOf({ state, version }: MaintenanceReport): string {
  if (state === 'waiting') return 'secret_waiting'
  if (state === 'installing') return 'secret_not_installed'
  return version === null ? 'secret_due' : 'secret_rotated'
}
