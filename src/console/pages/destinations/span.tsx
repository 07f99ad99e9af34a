/** A span of time in a form: presets, or two moments in UTC. */
import type { FC } from 'hono/jsx'
import type { DocumentProblem } from '../../../platform/document-problems.ts'
import { TextField } from '../form.tsx'
import { fieldTime, momentMs } from '../range.ts'

export interface TypedSpan {
  readonly from: string
  readonly to: string
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
  from: (fields.get('from') ?? '').trim(),
  to: (fields.get('to') ?? '').trim(),
})

export const isProblem = (read: Span | DocumentProblem): read is DocumentProblem => 'problem' in read

/** The span, or what is wrong with it. */
export function readSpan(
  { from, to }: TypedSpan,
  otherwise: Otherwise,
  nowMs: number,
): Span | DocumentProblem {
  const sinceMs = from === '' ? otherwise.sinceMs : momentMs(from, nowMs)
  const untilMs = to === '' ? otherwise.untilMs : momentMs(to, nowMs)
  const form = 'Choose a day and a time of day in UTC.'
  if (sinceMs === undefined) return { path: 'from', problem: form }
  if (untilMs === undefined) return { path: 'to', problem: form }
  return sinceMs < untilMs ? { sinceMs, untilMs } : { path: 'to', problem: 'Must be after “From”.' }
}

/** The value of a `datetime-local` field. @param text a moment in any form that {@link momentMs} reads */
const shown = (text: string, nowMs: number): string => {
  const ms = text === '' ? undefined : momentMs(text, nowMs)
  return ms === undefined ? '' : fieldTime(ms)
}

export const SpanFields: FC<{ typed: TypedSpan; nowMs: number; required?: boolean; otherwise: string }> = ({
  typed: { from, to },
  nowMs,
  required = false,
  otherwise,
}) => (
  <div class="pair">
    <div>
      <TextField
        name="from"
        label="From (UTC)"
        type="datetime-local"
        value={shown(from, nowMs)}
        required={required}
      />
    </div>
    <div>
      <TextField
        name="to"
        label="To (UTC)"
        type="datetime-local"
        value={shown(to, nowMs)}
        remark={otherwise}
      />
    </div>
  </div>
)
