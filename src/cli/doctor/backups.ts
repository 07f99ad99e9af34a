/** Backups: whether the last night's is there, and complete. */
import { type Outline, lackedBy } from '../../api/backups.ts'
import { type Finding, note, ok, wrong } from './finding.ts'

/** One is made every night; a day and a half leaves room for a late one. */
const AGE_MAX_HOURS = 36

/** @param backups the newest first */
export function backupFindings(
  backups: readonly (Pick<Outline, 'id' | 'made_at'> & Partial<Outline>)[],
  nowMs: number,
): Finding[] {
  const [newest] = backups
  const lacked = newest === undefined ? [] : lackedBy(newest)
  const incomplete =
    newest === undefined || lacked.length === 0
      ? []
      : [
          wrong(
            'backups',
            `The newest, ${newest.id}, lacks the ${lacked.join(' and the ')}. It is not restored by default.`,
            'postern backup make makes another one now. If that lacks them too, look for dependency_unavailable in the log of the console.',
          ),
        ]
  return [
    ...incomplete,
    ...ageFindings(
      backups.find((one) => lackedBy(one).length === 0),
      nowMs,
    ),
  ]
}

function ageFindings(complete: Pick<Outline, 'made_at'> | undefined, nowMs: number): Finding[] {
  if (complete === undefined)
    return [
      note(
        'backups',
        'There is no complete one yet: one is made every night.',
        'postern backup make makes one now.',
      ),
    ]
  const hours = Math.round((nowMs - Date.parse(complete.made_at)) / 3_600_000)
  return hours <= AGE_MAX_HOURS
    ? [ok('backups', `The newest complete one is ${hours} h old.`)]
    : [
        wrong(
          'backups',
          `The newest complete one is ${hours} h old.`,
          'Look at the cron job in the log of the console; postern backup make makes one now.',
        ),
      ]
}
