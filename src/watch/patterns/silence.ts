/**
 * Alerts when almost no events come though some were expected. One rule serves 0.05 to 500 events a minute: it adds up the events
 * expected at the level before the run, and alerts on more than the source misses by chance once in ten weeks.
 */
import { outageEvents } from '../profile/silent-runs.ts'
import { LEARNING_MINUTES, type Pattern, measured } from './pattern.ts'

/** Shorter silences are breaks of an ESP, or of the machine, whatever was due in them. */
const LEAST_MINUTES = 6

export const silence: Pattern = {
  kind: 'silence',
  quietHours: 6,
  cause: 'volume',
  espSources: 2,
  advisedActions: [],
  policyActions: [],
  advice: [
    'Look whether the ESP still has the webhook, and whether it reports failed deliveries.',
    'Look at the status pages of the ESP and of Cloudflare.',
    'If you have stopped sending, nothing is wrong.',
  ],
  initial: () => ({}),
  step(_, { minute, profile }) {
    const { volume } = profile
    if (minute - profile.beganMinute < LEARNING_MINUTES) return undefined
    if (volume.runDue < outageEvents(volume.runs)) return undefined
    const due = Math.round(volume.runExpected)
    const came = volume.runCame
    const fromMinute = volume.runSince
    const minutes = minute + 1 - fromMinute
    if (minutes < LEAST_MINUTES) return undefined
    return {
      severity: 'warning',
      fromMinute,
      ...measured('volume', came, due),
      evidence: `${minutes} minutes ${cameInWords(came)}. ${due} were expected`,
    }
  },
}

const cameInWords = (came: number): string =>
  came === 0 ? 'without events' : `with ${came} ${came === 1 ? 'event' : 'events'}`
