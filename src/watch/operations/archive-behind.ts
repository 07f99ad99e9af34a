/** Events wait for the archive, so nothing old can be removed from the store. */
import { ARCHIVE_LATE_HOURS } from '../../store/archive-backlog.ts'
import { MINUTES_A_DAY, measured, sentence } from '../patterns/pattern.ts'
import type { ArchiveFact } from './facts.ts'
import type { OperationPattern } from './operation-pattern.ts'

export const archiveBehind: OperationPattern<ArchiveFact> = {
  kind: 'archive_behind',
  quietHours: 1,
  advice: [
    'Look at the log of the consumer: npx wrangler tail postern-consumer shows archive_claim_failed with the segments and the fault, or reader_failed of the reader archive.',
    'If the bucket was bound today, it catches up by itself: postern archive status says how far it is.',
    'No event is lost. Until it catches up, the store grows: postern doctor says when it is full.',
  ],
  notDrilled: 'It needs a bucket that takes nothing for hours.',
  factsOf: ({ archive }) => (archive === undefined ? [] : [archive]),
  find({ eventsBehind, oldestMinute }, minute) {
    const minutes = minute - (oldestMinute ?? minute)
    if (!(minutes >= ARCHIVE_LATE_HOURS * 60)) return undefined
    return {
      subject: 'the archive',
      severity: minutes >= MINUTES_A_DAY ? 'error' : 'warning',
      fromMinute: minute - minutes,
      ...measured('minutes_behind', minutes, 60),
      evidence: sentence`the archive is ${eventsBehind} events and ${Math.floor(minutes / 60)} h behind, usually an hour`,
    }
  },
}
