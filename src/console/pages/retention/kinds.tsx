/** Kinds of stored things: their names, and what the next night removes of each. */
import type { FC } from 'hono/jsx'
import type { RetentionKindAnswer } from '../../../api/retention.ts'
import { kindRow } from '../../../registry/retention/kinds.ts'

export const KindCell: FC<{ kind: RetentionKindAnswer['kind'] }> = ({ kind }) => (
  <>
    {kindRow(kind).things}
    <span class="under">
      <code>{kind}</code>
    </span>
  </>
)

export function goesWords({ next, is_held: isHeld }: RetentionKindAnswer): string {
  if (next === null) return 'not known'
  const about = next.is_estimate && next.count > 0 ? 'about ' : ''
  return `${about}${next.count}${next.is_more ? ' or more' : ''}${isHeld ? ', some held' : ''}`
}
