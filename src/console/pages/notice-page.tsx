/** A page that says one thing: not found, not allowed, not set up. */
import type { FC } from 'hono/jsx'

export const NoticePage: FC<{ title: string; detail: string; requestId: string }> = ({
  title,
  detail,
  requestId,
}) => (
  <div class="narrow">
    <h1>{title}</h1>
    <p class="lead">{detail}</p>
    <p class="soft">
      Request <code>{requestId}</code>
    </p>
    <p>
      <a href="/">Back to the console</a>
    </p>
  </div>
)
