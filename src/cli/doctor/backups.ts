/** Backups: whether the last night's is there. */
import { type Finding, note, ok, wrong } from './finding.ts'

/** One is made every night; a day and a half leaves room for a late one. */
const AGE_MAX_HOURS = 36

export function backupFindings(backups: readonly { readonly made_at: string }[], nowMs: number): Finding[] {
  const newest = backups.map(({ made_at: made }) => Date.parse(made)).toSorted((a, b) => b - a)[0]
  if (newest === undefined)
    return [
      note('backups', 'There is none yet: one is made every night.', 'postern backup make makes one now.'),
    ]
  const hours = Math.round((nowMs - newest) / 3_600_000)
  return hours <= AGE_MAX_HOURS
    ? [ok('backups', `The newest is ${hours} h old.`)]
    : [
        wrong(
          'backups',
          `The newest is ${hours} h old.`,
          'Look at the cron job in the log of the console; postern backup make makes one now.',
        ),
      ]
}
