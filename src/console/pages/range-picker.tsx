/** The choice of a span of time, the same on all pages, in the zone of the reader. */
import type { FC } from 'hono/jsx'
import { listAddress } from './address.ts'
import { Hidden } from './components.tsx'
import { textIn } from './filters.tsx'
import { PRESETS, type Reader, fieldTime, isRelative, momentMs, readerIn } from './range.ts'
import { useView } from './view.ts'

interface PathProps {
  readonly path: string
  readonly query: URLSearchParams
}

/** Links to spans of time that end now. All else in the address stays. @param chosen that of the page, if the address has none */
export const Presets: FC<PathProps & { chosen?: string }> = ({
  path,
  query,
  chosen = query.get('from') ?? '',
}) => (
  <nav class="presets" aria-label="Span of time">
    {PRESETS.map(([from, words]) => (
      <a
        class="button"
        href={listAddress(path, query, { from, to: '', zone: '' })}
        aria-current={from === chosen ? 'page' : undefined}
      >
        {words}
      </a>
    ))}
  </nav>
)

/** Parameters of the address that are its span of time. */
export const SPAN = ['from', 'to', 'zone'] as const

export const isSpanned = (query: URLSearchParams): boolean =>
  (textIn(query, 'from') ?? textIn(query, 'to')) !== undefined

/** Properties of a field for a moment. */
export const momentField = (name: 'from' | 'to', text: string, reader: Reader) => {
  const ms = momentMs(text, reader)
  const value = ms === undefined ? '' : fieldTime(ms, reader.zone)
  return { name, type: 'datetime-local', value } as const
}

/** Presets, and below them fields for any other span. */
export const RangePicker: FC<PathProps & { chosen?: string }> = ({ path, query, chosen }) => {
  const reader = readerIn(query, useView())
  const [from, to] = [query.get('from') ?? '', query.get('to') ?? '']
  const isFixed = isSpanned(query) && !(isRelative(from) && (to === '' || to === 'now'))
  const others = [...new URLSearchParams(listAddress('', query).slice(1))].filter(
    ([name]) => !SPAN.some((one) => one === name),
  )
  return (
    <>
      <Presets path={path} query={query} {...(chosen !== undefined && { chosen })} />
      <details class="fold" open={isFixed}>
        <summary>Other times</summary>
        <form method="get" action={path} class="filters">
          <div>
            <label for="from">From, {reader.zone}</label>
            <input id="from" {...momentField('from', from || (chosen ?? ''), reader)} />
          </div>
          <div>
            <label for="to">To, {reader.zone}</label>
            <input id="to" {...momentField('to', to, reader)} />
          </div>
          {others.map(([name, value]) => (
            <input type="hidden" name={name} value={value} />
          ))}
          <Hidden fields={{ zone: reader.zone }} />
          <button type="submit" class="quiet">
            Show
          </button>
          {isSpanned(query) && (
            <a href={listAddress(path, query, { from: '', to: '', zone: '' })}>Any time</a>
          )}
        </form>
      </details>
    </>
  )
}
