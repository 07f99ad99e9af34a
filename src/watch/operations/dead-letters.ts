/** Dead letters of the queues, and deliveries that a destination was not given, wait for a person. */
import { measured, sentence } from '../patterns/pattern.ts'
import { OF_QUEUES } from './facts.ts'
import type { OperationPattern } from './operation-pattern.ts'

const CRITICAL_LETTERS = 1000

export const deadLetters: OperationPattern<[queueOrDestination: string, letters: number]> = {
  kind: 'dead_letters',
  quietHours: 24,
  advice: ['Read why the first of them failed, remove the cause, and redrive all of them.'],
  notDrilled: 'A delivery is given up after ten tries in three days.',
  factsOf: (facts) => Object.entries(facts.deadLetters),
  find([subject, letters], minute) {
    if (!(letters > 0)) return undefined
    const isOne = letters === 1
    return {
      subject,
      severity: letters >= CRITICAL_LETTERS ? 'critical' : 'warning',
      fromMinute: minute,
      ...measured('dead_letters', letters, 0),
      evidence:
        subject === OF_QUEUES
          ? sentence`${letters} ${isOne ? 'dead letter' : 'dead letters'} of ${subject} ${isOne ? 'waits' : 'wait'}, usually none`
          : sentence`${letters} ${isOne ? 'delivery' : 'deliveries'} to ${subject} ${isOne ? 'was' : 'were'} given up, usually none`,
    }
  },
}
