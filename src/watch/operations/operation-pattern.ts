/** Interface of a pattern of operation: facts in, findings out. It keeps no state, since each fact says since when it is so. */
import type { Finding, Found, Kind } from '../patterns/pattern.ts'
import type { NotedFacts, OperationFacts } from './facts.ts'

export interface OperationPattern<Fact = unknown> extends Kind {
  /** Why `postern drill` does not play it: no request from outside causes it. Absent if it does. */
  readonly notDrilled?: string
  /** Facts that it looks at one by one. */
  factsOf(facts: OperationFacts): readonly Fact[]
  find(fact: Fact, minute: number): Found
}

/** Findings that make no incident, and tell no channel: they are in the list of findings only. */
export interface NotedPattern<Fact = unknown> {
  readonly kind: string
  factsOf(facts: NotedFacts): readonly Fact[]
  /** With what to do. */
  find(
    fact: Fact,
    minute: number,
  ): (Omit<Finding, 'kind' | 'features'> & { readonly todo: string }) | undefined
}
