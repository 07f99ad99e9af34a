/** A job of the night failed or was ended in the middle, or no night began. */
import { MINUTES_A_DAY, measured } from '../patterns/pattern.ts'
import { type DownPart, JOBS, NOT_FINISHED, SYNCS } from './facts.ts'
import type { OperationPattern } from './operation-pattern.ts'

/** Cloudflare ends a scheduled run after 15 minutes. */
const RUN_MINUTES = 16

/** Cron triggers come some minutes late at times. */
const LATE_MINUTES = 30

/** A job that no night has run since is one of an earlier version. */
const FORGOTTEN_MINUTES = 2 * MINUTES_A_DAY

type Fact = DownPart | { readonly nightMinute: number }

export const nightFailed: OperationPattern<Fact> = {
  kind: 'night_failed',
  quietHours: 1,
  advice: [
    'Look at the log of the console at 02:17 UTC: job_failed has the job and the fault. docs/logs.md says where past logs are.',
    'A backup needs no night: postern backup make. All else is tried again in the next night.',
    'If no night began, the cron trigger is missing: npm run deploy makes it again.',
  ],
  notDrilled: 'It needs a night.',
  factsOf: ({ down, nightMinute }) => [
    ...down.filter(({ part }) => part.startsWith(JOBS) && !part.startsWith(SYNCS)),
    ...(nightMinute === undefined ? [] : [{ nightMinute }]),
  ],
  find: (fact, minute) => ('part' in fact ? ofJob(fact, minute) : ofNight(fact.nightMinute, minute)),
}

function ofJob({ part, fault, sinceMinute, lastMinute }: DownPart, minute: number) {
  const ago = minute - lastMinute
  if (ago >= FORGOTTEN_MINUTES || (fault === NOT_FINISHED && ago < RUN_MINUTES)) return undefined
  const how = fault === NOT_FINISHED ? 'did not end' : `failed (${fault})`
  return {
    subject: part,
    severity: 'error' as const,
    fromMinute: sinceMinute,
    ...measured('minutes_failing', Math.max(minute - sinceMinute, 0), 0),
    evidence: `${part} ${how}`,
  }
}

function ofNight(nightMinute: number, minute: number) {
  const late = minute - nightMinute - MINUTES_A_DAY
  if (!(late >= LATE_MINUTES)) return undefined
  return {
    subject: 'the night',
    severity: 'error' as const,
    fromMinute: nightMinute + MINUTES_A_DAY,
    ...measured('minutes_late', late, 0),
    evidence: `no jobs of the night began for ${Math.floor((minute - nightMinute) / 60)} h: no backup, no retention`,
  }
}
