import type { FC } from 'hono/jsx'
import { PRESETS } from './range.ts'

/** Links to spans of time that end now. All else in the address stays. */
export const Presets: FC<{ path: string; query: URLSearchParams; chosen?: string }> = ({
  path,
  query,
  chosen = query.get('from') ?? '',
}) => (
  <nav class="presets" aria-label="Span of time">
    {PRESETS.map(([from, words]) => {
      const to = new URLSearchParams(query)
      for (const dropped of ['cursor', 'notice', 'count', 'to']) to.delete(dropped)
      to.set('from', from)
      return (
        <a
          class="button"
          href={`${path}?${to.toString()}`}
          aria-current={from === chosen ? 'page' : undefined}
        >
          {words}
        </a>
      )
    })}
  </nav>
)
