/** Holds of retention on a person. */
import { toInstant } from '../../../platform/time.ts'
import { type Part, onlyPage } from './part.ts'

export const holds: Part<'holds'> = async ({ registry }, { address }) => {
  const hers = (await registry.retention.read()).holds.filter(({ person }) => person === address)
  return onlyPage(hers.map(({ sinceMs, reason }) => ({ since: toInstant(sinceMs), reason })))
}
