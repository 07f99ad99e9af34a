/** Whether the watch does its work, in words and with what to do. The bounds of API, command line and pages are here. */
import type { WatchProblem } from '../../api/health.ts'
import { MINUTE_MS, toInstant } from '../../platform/time.ts'
import type { WatchStatus } from '../../watch/incidents/api.ts'

/** Of a watch that works: a minute is watched ten seconds after its end, and a run that fails is repeated within a minute. */
export const BEHIND_MAX_MINUTES = 5

/** A dependency that is down for a moment needs nobody: the minute is repeated. */
export const FAILING_MAX_MINUTES = 5

/** Minutes that were left out are told so long: somebody who looks once a day sees them. */
export const SKIPPED_TOLD_MINUTES = 48 * 60

const LOG = 'npx wrangler tail postern-consumer shows reader_failed of the reader watch, with the fault.'

/** Problems of the watch; empty if all is well. */
export function watchProblems(status: WatchStatus, nowMs: number): WatchProblem[] {
  if (status.minute === null && status.failing === null) return [NOT_BEGUN]
  return [...slow(status, nowMs), ...skipped(status, nowMs)]
}

const NOT_BEGUN: WatchProblem = {
  problem: 'not_begun',
  level: 'note',
  says: 'It has not begun.',
  todo: 'It begins when a source is put, when an event is stored, and each night.',
}

/** A watch that fails is behind as well: that is one problem. */
function slow({ failing, minutesBehind }: WatchStatus, nowMs: number): WatchProblem[] {
  if (failing !== null) {
    const isLong = nowMs - failing.sinceMs > FAILING_MAX_MINUTES * MINUTE_MS
    const says = `It fails since ${toInstant(failing.sinceMs)} (${failing.fault}), and is ${minutesBehind} min behind.`
    return [
      isLong
        ? {
            problem: 'failing',
            level: 'wrong',
            says,
            todo: `${LOG} No minute is left out unless it lasts for hours.`,
          }
        : { problem: 'failing', level: 'note', says, todo: 'The minute is tried again by itself.' },
    ]
  }
  if (minutesBehind <= BEHIND_MAX_MINUTES) return []
  const says = `It is ${minutesBehind} min behind, so incidents are found late.`
  return [
    {
      problem: 'behind',
      level: 'wrong',
      says,
      todo: `If it does not catch up within minutes: ${LOG} If there is no such line, put any source again: that wakes it.`,
    },
  ]
}

function skipped({ skipped: left }: WatchStatus, nowMs: number): WatchProblem[] {
  if (left === null || nowMs - left.untilMinute * MINUTE_MS > SKIPPED_TOLD_MINUTES * MINUTE_MS) return []
  const [from, until] = [left.fromMinute, left.untilMinute].map((minute) => toInstant(minute * MINUTE_MS))
  return [
    {
      problem: 'skipped',
      level: 'note',
      says: `It had stood still for hours and left out the time from ${from} until ${until}.`,
      todo: 'No incident of that time was found: look at refusals and events of it.',
    },
  ]
}
