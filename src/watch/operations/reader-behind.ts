/** A reader of the store stands still while events come. */
import { MINUTES_A_DAY, measured, sentence } from '../patterns/pattern.ts'
import type { ReaderFact } from './facts.ts'
import type { OperationPattern } from './operation-pattern.ts'

const WARNING_MINUTES = 30

export const readerBehind: OperationPattern<ReaderFact> = {
  kind: 'reader_behind',
  quietHours: 1,
  advice: [
    'Look at the log of that reader. It continues where it stands; retention may remove what it has not read.',
  ],
  notDrilled: 'It needs a reader that cannot keep up.',
  factsOf: ({ readers }) => readers,
  find({ name, eventsBehind, oldestMinute }, minute) {
    const minutes = minute - (oldestMinute ?? minute)
    if (!(eventsBehind > 0) || !(minutes >= WARNING_MINUTES)) return undefined
    return {
      subject: name,
      severity: minutes >= MINUTES_A_DAY ? 'critical' : 'warning',
      fromMinute: minute - minutes,
      ...measured('minutes_behind', minutes, 1),
      evidence: sentence`${name} is ${eventsBehind} events and ${minutes} min behind, usually less than 1 min`,
    }
  },
}
