/** A destination has no success, or is disabled. */
import { type OperationPattern, measured } from './operation-pattern.ts'

/** An endpoint that is deployed anew fails for a few minutes. */
const WARNING_MINUTES = 15
const CRITICAL_MINUTES = 24 * 60

export const destinationFailing: OperationPattern<'destination_failing'> = {
  kind: 'destination_failing',
  quietHours: 1,
  advice: [
    'Look at its latest attempts: the status and the time of each are there.',
    'A destination is disabled after five days without success. Nothing is lost: enable it, and it continues where it stood.',
  ],
  find: ({ destinations }, minute) =>
    destinations.flatMap(({ name, state, sinceMinute }) => {
      const minutes = minute - sinceMinute
      if (state === 'working' || (state === 'failing' && !(minutes >= WARNING_MINUTES))) return []
      return [
        {
          subject: name,
          severity: state === 'disabled' || minutes >= CRITICAL_MINUTES ? 'critical' : 'warning',
          fromMinute: Math.min(sinceMinute, minute),
          ...measured('minutes_without_success', Math.max(minutes, 0), 0),
          evidence: `${name} is ${state} for ${Math.max(minutes, 0)} min`,
        },
      ]
    }),
}
