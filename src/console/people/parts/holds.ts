/** Holds of retention on a person. */
import { toInstant } from '../../../platform/time.ts'
import { wholePart } from './part.ts'

export const holds = wholePart<'holds'>(
  async ({ registry }, { address }) =>
    (await registry.retention.read()).holds
      .filter(({ person }) => person === address)
      .map(({ sinceMs, reason }) => ({ since: toInstant(sinceMs), reason })),
  () => null,
  ({ since }) => [since],
)
