/** The sync of suppressions of a night waits for a person: it would change too much, or the ESP refuses it. */
import { MINUTES_A_DAY, measured } from '../patterns/pattern.ts'
import { type DownPart, SYNCS } from './facts.ts'
import type { OperationPattern } from './operation-pattern.ts'

/** Each night tells anew. */
const FORGOTTEN_MINUTES = 2 * MINUTES_A_DAY

export const syncStopped: OperationPattern<DownPart> = {
  kind: 'sync_stopped',
  quietHours: 0.25,
  advice: [
    'Look at how the lists differ, then go on: with the button of this incident, or by postern suppressions sync NAME. Both ask before a change.',
    'If so many changes a night are usual, raise suppressionSync.atMost of the source.',
    'If the key is refused, make one with the rights that the set-up of the source lists, and add it: postern secrets rotate NAME esp_api_token.',
  ],
  notDrilled: 'It needs a night.',
  factsOf: ({ down }) => down.filter(({ part }) => part.startsWith(SYNCS)),
  find({ part, fault, sinceMinute, lastMinute }, minute) {
    if (minute - lastMinute >= FORGOTTEN_MINUTES) return undefined
    const source = part.slice(SYNCS.length)
    return {
      subject: source,
      source,
      severity: 'warning',
      fromMinute: sinceMinute,
      ...measured('minutes_waiting', Math.max(minute - sinceMinute, 0), 0),
      evidence: `the nightly sync of suppressions of ${source} has stopped: ${fault}`,
    }
  },
}
