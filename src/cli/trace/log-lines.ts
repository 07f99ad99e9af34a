/**
 * The lines of a log about a delivery. A log is what `npm start` wrote, what `wrangler tail --format json` prints, or a JSON export of
 * Workers Logs. Only the lines of Postern in it are looked for, wherever they are, since the form around them is not ours.
 */
import { isObject, parseJsonText } from '../../platform/json.ts'
import { LOG_EVENTS } from '../../platform/log-events.ts'
import { rfc3339Ms } from '../../platform/time.ts'
import { jsonParts } from '../tail/json-parts.ts'
import type { Entry, TraceIds } from './entry.ts'

type Line = Readonly<Record<string, unknown>>

interface Found {
  readonly atMs: number
  readonly line: Line
}

/** An export can be one document. */
const PART_MAX_CHARACTERS = 64 * 1024 * 1024

/** Deeper in a document there is no line. */
const DEPTH_MAX = 8

/** Names of times around a line: those of the local log, of `wrangler tail`, and of Workers Logs. */
const TIMES = ['at', 'timestamp', 'eventTimestamp'] as const

const REQUESTS = ['request_id', 'request_ids'] as const
const EVENTS = ['event_id', 'event_ids', 'webhook_id'] as const

/** All lines of Postern in a log, which comes in pieces. */
export async function linesIn(pieces: AsyncIterable<string>): Promise<Found[]> {
  const found: Found[] = []
  for await (const part of jsonParts(pieces, PART_MAX_CHARACTERS))
    collect(parseJsonText(part), Number.NaN, 0, found)
  return found
}

function collect(value: unknown, atMs: number, depth: number, found: Found[]): void {
  if (depth > DEPTH_MAX) return
  if (typeof value === 'string') {
    if (value.startsWith('{')) collect(parseJsonText(value), atMs, depth + 1, found)
    return
  }
  if (Array.isArray(value)) {
    for (const one of value) collect(one, atMs, depth + 1, found)
    return
  }
  if (!isObject(value)) return
  if (typeof value['event'] === 'string' && Object.hasOwn(LOG_EVENTS, value['event']))
    found.push({ atMs, line: value })
  else for (const one of Object.values(value)) collect(one, timeIn(value) ?? atMs, depth + 1, found)
}

function timeIn(value: Line): number | undefined {
  for (const name of TIMES) {
    const time = value[name]
    const ms = typeof time === 'number' ? time : typeof time === 'string' ? rfc3339Ms(time) : undefined
    if (ms !== undefined) return ms
  }
  return undefined
}

/** Lines about a delivery. If only an event is known, the line of an attempt tells of which delivery it is. */
export function entriesIn(lines: readonly Found[], { requests, events }: TraceIds): Entry[] {
  const known = new Set(requests)
  if (known.size === 0)
    for (const { line } of lines)
      if (typeof line['request_id'] === 'string' && idsIn(line, EVENTS).some((id) => events.has(id)))
        known.add(line['request_id'])
  const isOf = (line: Line) =>
    idsIn(line, REQUESTS).some((id) => known.has(id)) || idsIn(line, EVENTS).some((id) => events.has(id))
  const seen = new Set<string>()
  return lines.flatMap(({ atMs, line }) => {
    const key = JSON.stringify([atMs, line])
    if (!isOf(line) || seen.has(key)) return []
    seen.add(key)
    const { event, ...facts } = line
    const shown = Object.entries(facts).filter(([name]) => name !== 'request_id' && name !== 'request_ids')
    return [{ atMs, from: 'log', what: String(event), facts: Object.fromEntries(shown) }]
  })
}

const idsIn = (line: Line, names: readonly string[]): string[] =>
  names.flatMap((name) => line[name] ?? []).filter((id) => typeof id === 'string')
