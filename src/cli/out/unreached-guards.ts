/** Guards that a change did not reach, a line each. */
import type { UnreachedGuard } from '../../api/sources.ts'

export const unreachedLines = ({
  unreached_guards: guards,
}: {
  readonly unreached_guards: readonly UnreachedGuard[]
}): string[] =>
  guards.map(
    ({ guard, old_value_may_live_seconds: seconds }) =>
      `One guard was not reached: ${guard} may use the old value for ${seconds} s more.`,
  )
