/** A destination has no success, or is disabled. */
import type { DisabledReason } from '../../destinations/pace/health.ts'
import { measured } from '../patterns/pattern.ts'
import type { DestinationFact } from './facts.ts'
import type { OperationPattern } from './operation-pattern.ts'

/** An endpoint that is deployed anew fails for a few minutes. */
const WARNING_MINUTES = 15
const CRITICAL_MINUTES = 24 * 60

const DISABLED_BY: Readonly<Record<DisabledReason, string>> = {
  gone: 'its endpoint answered 410, which says that it wants no more deliveries',
  asked: 'its endpoint answered `webhook-delivery: disable`',
  no_success: 'no delivery succeeded for five days',
}

export const destinationFailing: OperationPattern<DestinationFact> = {
  kind: 'destination_failing',
  quietHours: 1,
  advice: [
    'Look at its latest attempts: the status and the time of each are there.',
    'If it is disabled, nothing is lost: mend the endpoint, then `postern destinations resume NAME`. It continues where it was.',
  ],
  notDrilled: 'Make a destination whose endpoint refuses, and wait for 15 minutes.',
  factsOf: ({ destinations }) => destinations,
  find({ name, state, reason, sinceMinute }, minute) {
    const minutes = minute - sinceMinute
    if (state === 'working' || (state === 'failing' && !(minutes >= WARNING_MINUTES))) return undefined
    return {
      subject: name,
      severity: state === 'disabled' || minutes >= CRITICAL_MINUTES ? 'critical' : 'warning',
      fromMinute: Math.min(sinceMinute, minute),
      ...measured('minutes_without_success', Math.max(minutes, 0), 0),
      evidence:
        reason === null
          ? `${name} has had no success for ${Math.max(minutes, 0)} min`
          : `${name} gets nothing more: ${DISABLED_BY[reason]}`,
    }
  },
}
