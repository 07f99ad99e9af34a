import type { FC } from 'hono/jsx'
import { Shown } from './components.tsx'
import { deliveryPath } from './delivery/paths.ts'

/** A request id in a table, as a link to what became of that delivery. */
export const RequestLink: FC<{ requestId: string }> = ({ requestId }) => (
  <a href={deliveryPath(requestId)}>
    <Shown text={requestId} max={60} code />
  </a>
)
