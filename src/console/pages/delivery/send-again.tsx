/** The ways to the plans of a message's replays, one for each destination. */
import type { FC } from 'hono/jsx'
import type { DestinationView } from '../../../registry/destinations/destination.ts'
import { DESTINATIONS } from '../destinations/resource.ts'

interface Props {
  readonly to: readonly Pick<DestinationView, 'name'>[]
  readonly source: string
  /** Null of an event that names none: then nothing is offered. */
  readonly messageId: string | null
  /** When the first of its events was received. */
  readonly since: string
}

export const SendAgain: FC<Props> = ({ to, source, messageId, since }) => {
  if (messageId === null) return null
  const query = new URLSearchParams({ from: since, source, message: messageId }).toString()
  const links = to.map(({ name }) => ({ name, href: `${DESTINATIONS.pathOf(name)}/send-again?${query}` }))
  const [only] = links
  if (only === undefined) return null
  if (links.length === 1)
    return (
      <a class="button" data-open="dialog" href={only.href}>
        Send again to {only.name}
      </a>
    )
  return (
    <details class="menu">
      <summary class="button">Send again</summary>
      <div>
        {links.map(({ name, href }) => (
          <a data-open="dialog" href={href}>
            To {name}
          </a>
        ))}
      </div>
    </details>
  )
}
