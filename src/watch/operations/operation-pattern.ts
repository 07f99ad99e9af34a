/** Interface of a pattern of operation: facts in, findings out. It keeps no state, since each fact says since when it is so. */
import type { Found, Kind } from '../patterns/pattern.ts'
import type { OperationFacts } from './facts.ts'

export interface OperationPattern<Fact = unknown> extends Kind {
  /** Why `postern drill` does not play it: no request from outside causes it. */
  readonly notDrilled: string
  /** Facts that it looks at one by one. */
  factsOf(facts: OperationFacts): readonly Fact[]
  find(fact: Fact, minute: number): Found
}
