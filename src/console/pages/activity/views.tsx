/** Views of Activity: what people often narrow it to. */
import type { FC } from 'hono/jsx'
import { ACTIVITY } from './kind.ts'

const VIEWS: readonly { readonly name: string; readonly query: string }[] = [
  { name: 'Bounces today', query: 'types=email.bounced&from=now/d' },
  { name: 'Hard bounces of the week', query: 'types=email.bounced&bounce=hard&from=now/w' },
  { name: 'Complaints and unsubscribes', query: 'types=email.spam_reported,email.unsubscribed' },
  { name: 'Deferred this hour', query: 'types=email.deferred&from=now/h' },
  { name: 'Signatures that do not fit', query: 'show=refused&code=signature_mismatch' },
  { name: 'Tokens that were used twice', query: 'show=refused&code=token_reused' },
  { name: 'What waits for a mended cause', query: 'show=quarantined' },
]

export const Views: FC = () => (
  <details class="menu">
    <summary class="button">Views</summary>
    <div>
      {VIEWS.map(({ name, query }) => (
        <div class="buttons">
          <a href={`${ACTIVITY}?${query}`}>{name}</a>
        </div>
      ))}
    </div>
  </details>
)
