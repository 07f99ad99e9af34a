import type { FC } from 'hono/jsx'
import { Shown } from './components.tsx'

/** A request id in a table, as a link to what became of that delivery. */
export const RequestLink: FC<{ requestId: string }> = ({ requestId }) => (
  <a href={`/requests/${encodeURIComponent(requestId)}`}>
    <Shown text={requestId} max={60} code />
  </a>
)
