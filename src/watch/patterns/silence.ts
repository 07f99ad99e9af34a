/**
 * Nothing comes though some was due. One rule from 0.05 to 500 events a minute: it adds up what was due at the level before the run
 * while next to nothing comes, and asks for more than the source misses by itself once in ten weeks.
 */
import { outageEvents } from '../profile/silent-runs.ts'
import { LEARNING_MINUTES, type Pattern, features } from './pattern.ts'

export const silence: Pattern<'silence'> = {
  kind: 'silence',
  quietHours: 6,
  advice: [
    'Look whether the ESP still has the webhook, and whether it reports failed deliveries.',
    'Look at the status pages of the ESP and of Cloudflare.',
    'If you have stopped sending, nothing is wrong.',
  ],
  initial: () => ({}),
  step(_, { minute, profile }) {
    const { volume } = profile
    if (minute - profile.beganMinute < LEARNING_MINUTES) return undefined
    const enough = outageEvents(volume.runs)
    if (volume.runDue < enough) return undefined
    const due = Math.round(volume.runDue)
    const minutes = minute - volume.runSince
    return {
      severity: 'warning',
      fromMinute: volume.runSince,
      features: features({ name: 'volume', observed: 0, expected: due, weight: 1 }),
      evidence: `next to nothing for ${minutes} min, in which ${due} events were due; more than ${Math.round(enough)} are missing by themselves once in ten weeks`,
    }
  },
}
