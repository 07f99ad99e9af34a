/** When a restore was last practiced. Whether a backup can be restored is known only by that. */
import type { FC } from 'hono/jsx'
import type { DrillState } from '../../../registry/drills/drills.ts'
import { Clock, When } from '../components.tsx'

export const Practiced: FC<{ drills: (DrillState & { readonly nowMs: number }) | undefined }> = ({
  drills,
}) => {
  if (drills === undefined) return null
  const { restoredMs, dueMs, nowMs } = drills
  return (
    <p class={nowMs >= dueMs ? 'notice warn' : 'lead'}>
      {restoredMs === null ? (
        'No restore was ever practiced.'
      ) : (
        <>
          A restore was last practiced <When at={restoredMs} />.
        </>
      )}{' '}
      {nowMs >= dueMs ? 'It is due since' : 'The next is due on'} <Clock at={dueMs} />. In a checkout:{' '}
      <code>npx postern drill restore</code>
    </p>
  )
}
