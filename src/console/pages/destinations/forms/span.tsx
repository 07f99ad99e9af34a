/** A span of time, as a person types it into a form. */
import type { FC } from 'hono/jsx'
import { rfc3339Ms } from '../../../../platform/time.ts'

export interface TypedSpan {
  readonly since: string
  readonly until: string
}

interface Span {
  readonly sinceMs: number
  readonly untilMs: number
}

/** Values for empty fields. */
interface Otherwise {
  readonly sinceMs: number | undefined
  readonly untilMs: number
}

/** The fields of a form or of a query. */
export const typedSpan = (fields: URLSearchParams): TypedSpan => ({
  since: (fields.get('since') ?? '').trim(),
  until: (fields.get('until') ?? '').trim(),
})

/** The span, or what is wrong with it. */
export function readSpan({ since, until }: TypedSpan, otherwise: Otherwise): Span | string {
  const sinceMs = since === '' ? otherwise.sinceMs : rfc3339Ms(since)
  const untilMs = until === '' ? otherwise.untilMs : rfc3339Ms(until)
  if (sinceMs === undefined || untilMs === undefined)
    return 'Write a time with its zone, as 2026-11-27T10:00:00Z.'
  return sinceMs < untilMs ? { sinceMs, untilMs } : 'The time “from” must be before the time “until”.'
}

export const SpanFields: FC<{ typed: TypedSpan; optional: boolean; isWrong: boolean }> = ({
  typed,
  optional,
  isWrong,
}) => (
  <>
    <TimeField id="since" label="From" value={typed.since} optional={optional} isWrong={isWrong} />
    <TimeField id="until" label="Until" value={typed.until} optional isWrong={isWrong} />
  </>
)

interface TimeFieldProps {
  readonly id: string
  readonly label: string
  readonly value: string
  readonly optional: boolean
  readonly isWrong: boolean
}

const TimeField: FC<TimeFieldProps> = ({ id, label, value, optional, isWrong }) => (
  <>
    <label for={id}>
      {label}, as 2026-11-27T10:00:00Z {optional ? <span class="soft">(optional)</span> : ''}
    </label>
    <input
      id={id}
      name={id}
      type="text"
      autocomplete="off"
      spellcheck={false}
      required={!optional}
      value={value}
      aria-describedby={isWrong ? 'problem' : undefined}
      aria-invalid={isWrong ? 'true' : undefined}
    />
  </>
)

/** Problem of a form. */
export const Problem: FC<{ text: string | undefined }> = ({ text }) =>
  text === undefined ? (
    ''
  ) : (
    <p class="notice bad" role="alert" id="problem">
      {text}
    </p>
  )
