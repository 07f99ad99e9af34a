/** The ways to the plans of a message's replays, one for each destination. */
import type { FC } from 'hono/jsx'
import type { StoredEvent } from '../../../store/stored-event.ts'
import { DESTINATIONS } from '../destinations/resource.ts'
import { narrowedTo } from '../plan.tsx'
import { useMay } from '../view.ts'

interface Props {
  readonly to: readonly { readonly name: string }[]
  /** Events of the message; none if nothing names it. */
  readonly message: readonly StoredEvent[]
}

export const SendAgain: FC<Props> = ({ to, message }) => {
  const mayAsk = useMay('operator')
  const { source, message_id: id = null } = message[0] ?? {}
  if (source === undefined || id === null || !mayAsk || to.length === 0) return null
  const [from = ''] = message.map(({ received_at: at }) => at).toSorted()
  return (
    <details class="menu">
      <summary class="button">Send again</summary>
      <div>
        {to.map(({ name }) => (
          <a
            data-open="dialog"
            href={narrowedTo(`${DESTINATIONS.pathOf(name)}/send-again`, { from, source, message: id })}
          >
            To {name}
          </a>
        ))}
      </div>
    </details>
  )
}
