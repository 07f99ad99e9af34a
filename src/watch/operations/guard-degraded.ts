/** The guard of a source does not answer, and something weaker stands in. */
import { measured } from '../patterns/pattern.ts'
import type { GuardFact } from './facts.ts'
import type { OperationPattern } from './operation-pattern.ts'

/** An object that moves to another machine is away for seconds. */
const WARNING_MINUTES = 2

export const guardDegraded: OperationPattern<GuardFact> = {
  kind: 'guard_degraded',
  quietHours: 1,
  advice: [
    'Look at the status page of Cloudflare for Durable Objects.',
    'Copies that are accepted meanwhile are harmless: event ids drop them. Senders repeat what is refused.',
  ],
  notDrilled: 'It needs a guard that does not answer.',
  factsOf: ({ guards }) => guards,
  find({ source, fallback, sinceMinute }, minute) {
    const minutes = minute - sinceMinute
    if (!(minutes >= WARNING_MINUTES)) return undefined
    return {
      subject: source,
      source,
      severity: fallback === 'none' ? 'critical' : 'warning',
      fromMinute: sinceMinute,
      ...measured('minutes_degraded', minutes, 0),
      evidence:
        fallback === 'none'
          ? `the guard of ${source} does not answer for ${minutes} min, and nothing stands in: deliveries are refused, or only the isolate that accepted one recognizes its copies`
          : `the guard of ${source} does not answer for ${minutes} min; ${fallback} stands in`,
    }
  },
}
