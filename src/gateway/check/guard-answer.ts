/** The guard's answer to a delivery, as far as the checks `rate` and `replay` read it. */
import type { GuardRefusal } from '../../event/refusal-code.ts'
import type { Outcome } from '../outcome.ts'

/** `degraded`: no guard answered, and the source admits deliveries all the same. */
export type GuardAnswer = Outcome<{ readonly kind: 'admitted' | 'duplicate' | 'degraded' }, GuardRefusal>

export const kindOf = (answer: GuardAnswer) => (answer.ok ? answer.value.kind : answer.refusal.code)
