/** One log line of a Worker, from the local file or from Wrangler. */
import { isObject, parseJsonText } from '../../platform/json.ts'

export interface LogRecord {
  readonly atMs: number
  /** The fields of a structured line of ours; undefined for anything else. */
  readonly fields: Readonly<Record<string, unknown>> | undefined
}

/** A line of the local log: `{at, level, message}`. */
export function localRecord(line: string): LogRecord | undefined {
  const json = parseJsonText(line)
  if (!isObject(json)) return undefined
  const { at, message } = json
  if (typeof at !== 'string' || typeof message !== 'string') return undefined
  return recordOf(Date.parse(at), message)
}

/** An event of `wrangler tail --format json`: its logs, and what was thrown. */
export function tailRecords(text: string): LogRecord[] {
  const json = parseJsonText(text)
  if (!isObject(json)) return []
  const logs = listOf(json['logs']).map((log) => recordOf(timeOf(log, json), wordsIn(log['message'])))
  const thrown = listOf(json['exceptions']).map((one) => ({
    atMs: timeOf(one, json),
    fields: { event: 'fault', fault: String(one['name']) },
  }))
  return [...logs, ...thrown]
}

type JsonObject = Readonly<Record<string, unknown>>

const listOf = (value: unknown): JsonObject[] => (Array.isArray(value) ? value.filter(isObject) : [])

/** Text of one call of `console.log`. */
const wordsIn = (message: unknown): string =>
  (Array.isArray(message) ? message : [message])
    .map((word) => (typeof word === 'string' ? word : JSON.stringify(word)))
    .join(' ')

function timeOf({ timestamp }: JsonObject, event: JsonObject): number {
  const ms = timestamp ?? event['eventTimestamp']
  return typeof ms === 'number' ? ms : Number.NaN
}

function recordOf(atMs: number, text: string): LogRecord {
  const json = parseJsonText(text)
  const isOurs = isObject(json) && typeof json['event'] === 'string'
  return { atMs, fields: isOurs ? json : undefined }
}
