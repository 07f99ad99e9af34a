/** Log record, in one line for a person. */
import { visibleText } from '../../platform/visible.ts'
import type { Paint } from '../command.ts'
import type { LogRecord } from './record.ts'

type Fields = NonNullable<LogRecord['fields']>
type Style = Parameters<Paint>[0]
type Format = (fields: Fields) => readonly [style: Style, words: string]

/** Log events that are printed. All others are of no delivery. */
const FORMATS: ReadonlyMap<string, Format> = new Map<string, Format>([
  ['delivery_accepted', (f) => ['green', accepted(f)]],
  ['delivery_refused', (f) => ['yellow', `refused ${text(f, 'status')} ${text(f, 'code')}`]],
  ['alarm', (f) => ['red', `ALARM ${text(f, 'code')}`]],
  ['refusals_not_logged', (f) => ['dim', `${text(f, 'count')} more refused, not logged one by one`]],
  [
    'lines_not_logged',
    (f) => ['dim', `${text(f, 'count')} more not logged one by one (${text(f, 'outcome')})`],
  ],
  [
    'message_retried',
    (f) => ['yellow', `retried in ${text(f, 'delay_seconds')} s: ${text(f, 'code')} ${text(f, 'fault')}`],
  ],
  ['message_dead_lettered', (f) => ['red', `given up: ${text(f, 'code')} ${text(f, 'fault')}`]],
  [
    'refusals_unavailable',
    () => ['yellow', 'the refusal log does not answer: refusals are in this output alone'],
  ],
  ['setup_incomplete', (f) => ['red', `not set up: ${text(f, 'message')}`]],
  ['fault', (f) => ['red', `FAULT ${text(f, 'fault')}`]],
])

/** The line, or `undefined` for what is no news of a delivery. */
export function lineOf({ atMs, fields }: LogRecord, paint: Paint): string | undefined {
  if (fields === undefined) return undefined
  const teller = FORMATS.get(text(fields, 'event'))
  if (teller === undefined) return undefined
  const [style, words] = teller(fields)
  const facts = [
    ...list(fields, 'alerts').map((alert) => `alert ${alert}`),
    ...list(fields, 'failed_checks').map((check) => `failed ${check}`),
    ...(fields['degraded'] === undefined ? [] : [`degraded: ${text(fields, 'degraded')}`]),
  ]
  const parts = [
    paint('dim', clockOf(atMs)),
    visibleText(text(fields, 'source') || '–', 64).padEnd(SOURCE_WIDTH),
    paint(style, visibleText(words.trim(), 300)),
    ...(facts.length === 0 ? [] : [visibleText(facts.join(', '), 300)]),
    paint(
      'dim',
      visibleText(
        [text(fields, 'provider'), duration(fields), text(fields, 'request_id')]
          .filter((part) => part !== '')
          .join(' '),
        200,
      ),
    ),
  ]
  return parts.join('  ').trimEnd()
}

const SOURCE_WIDTH = 20

function accepted(fields: Fields): string {
  const count = (name: string): number => Number(fields[name] ?? 0)
  const accepted = count('accepted')
  if (fields['outcome'] !== 'receipt') return `answered (${text(fields, 'outcome')})`
  const parts = [
    ...(accepted > 0 ? [`${accepted} ${accepted === 1 ? 'event' : 'events'}`] : []),
    ...(count('duplicates') > 0 ? ['a copy'] : []),
    ...(count('quarantined') > 0 ? [`${count('quarantined')} not understood`] : []),
    ...(count('dropped') > 0 ? [`${count('dropped')} about no mail`] : []),
  ]
  const word = text(fields, 'processing') === 'observed' ? 'observed' : 'accepted'
  return `${word}: ${parts.length === 0 ? 'nothing in it' : parts.join(', ')}`
}

const duration = (fields: Fields): string =>
  fields['duration_ms'] === undefined ? '' : `${text(fields, 'duration_ms')} ms`

const clockOf = (atMs: number): string =>
  Number.isNaN(atMs) ? '--:--:--' : new Date(atMs).toISOString().slice(11, 19)

const list = (fields: Fields, name: string): string[] => {
  const value = fields[name]
  // A list of anything else is not ours: not every value can be made text.
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
}

function text(fields: Fields, name: string): string {
  const value = fields[name]
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}
