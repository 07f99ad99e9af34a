/** When a restore was last practiced. Whether a backup can be restored is known only by that. */
import type { FC } from 'hono/jsx'
import type { Drills } from '../../../api/health.ts'
import { When } from '../components.tsx'

export const Practiced: FC<{ drills: Drills | undefined }> = ({ drills }) => {
  if (drills === undefined) return null
  const { last_restore_at: last, due_at: due, problems } = drills
  return (
    <p class={problems.length > 0 ? 'notice warn' : 'lead'}>
      {last === null ? (
        'No restore was ever practiced.'
      ) : (
        <>
          A restore was last practiced <When at={last} />.
        </>
      )}{' '}
      {problems.length > 0 ? 'It is due since' : 'The next is due on'}{' '}
      <time datetime={due}>{due.slice(0, 10)}</time>. In a checkout: <code>npx postern drill restore</code>
    </p>
  )
}
