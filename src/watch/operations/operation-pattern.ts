/** A pattern of operation: facts in, findings out. It keeps no state, since each fact says since when it is so. */
import type { Finding } from '../patterns/pattern.ts'
import type { OperationFacts } from './facts.ts'

export interface OperationPattern<K extends string = string> {
  readonly kind: K
  readonly quietHours: number
  readonly advice: readonly string[]
  find(facts: OperationFacts, minute: number): readonly Omit<Finding<K>, 'kind'>[]
}

/** A single number against its limit. */
export const measured = (name: string, observed: number, expected: number): Pick<Finding, 'features'> => ({
  features: [{ name, observed, expected, share: 1 }],
})
