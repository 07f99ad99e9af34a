/** Deliveries that failed for good wait for a person. */
import { type OperationPattern, measured } from './operation-pattern.ts'

const CRITICAL_LETTERS = 1000

export const deadLetters: OperationPattern<'dead_letters'> = {
  kind: 'dead_letters',
  quietHours: 24,
  advice: ['Read why the first of them failed, remove the cause, and redrive all of them.'],
  find: (facts, minute) =>
    Object.entries(facts.deadLetters).flatMap(([subject, letters]) =>
      letters > 0
        ? [
            {
              subject,
              severity: letters >= CRITICAL_LETTERS ? 'critical' : 'warning',
              fromMinute: minute,
              ...measured('dead_letters', letters, 0),
              evidence: `${letters} dead letters of ${subject} wait, usually none`,
            },
          ]
        : [],
    ),
}
