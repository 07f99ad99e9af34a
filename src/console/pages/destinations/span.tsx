/** A span of time, as a person types it into a form. */
import type { FC } from 'hono/jsx'
import { rfc3339Ms } from '../../../platform/time.ts'
import { TextField } from '../form.tsx'

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

export const SpanFields: FC<{ needsSince?: boolean }> = ({ needsSince = false }) => (
  <>
    <TextField name="since" label="From, as 2026-11-27T10:00:00Z" required={needsSince} isBlamed />
    <TextField name="until" label="Until, as 2026-11-27T10:00:00Z" isBlamed />
  </>
)
