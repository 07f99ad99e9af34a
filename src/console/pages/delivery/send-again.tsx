/** The ways to the plans of a message's replays, one for each destination. */
import type { FC } from 'hono/jsx'
import { DESTINATIONS } from '../destinations/resource.ts'
import { narrowedTo } from '../plan.tsx'
import { useMay } from '../view.ts'

interface Props {
  readonly to: readonly { readonly name: string }[]
  readonly source: string
  /** Null of an event that names none: then nothing is offered. */
  readonly messageId: string | null
  /** When the first of its events was received. */
  readonly since: string
}

export const SendAgain: FC<Props> = ({ to, source, messageId, since }) => {
  const mayAsk = useMay('operator')
  if (messageId === null || !mayAsk) return null
  const asked = { from: since, source, message: messageId }
  const links = to.map(({ name }) => ({
    name,
    href: narrowedTo(`${DESTINATIONS.pathOf(name)}/send-again`, asked),
  }))
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
