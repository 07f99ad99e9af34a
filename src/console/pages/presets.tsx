import type { FC } from 'hono/jsx'
import { listAddress } from './address.ts'
import { PRESETS } from './range.ts'

/** Links to spans of time that end now. All else in the address stays. */
export const Presets: FC<{ path: string; query: URLSearchParams; chosen?: string }> = ({
  path,
  query,
  chosen = query.get('from') ?? '',
}) => (
  <nav class="presets" aria-label="Span of time">
    {PRESETS.map(([from, words]) => (
      <a
        class="button"
        href={listAddress(path, query, { from, to: '' })}
        aria-current={from === chosen ? 'page' : undefined}
      >
        {words}
      </a>
    ))}
  </nav>
)
