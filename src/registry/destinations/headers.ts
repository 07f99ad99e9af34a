/** Custom headers of a destination: their names, which are shown, and their values, which are sealed. */
import { isObject } from '../../platform/json.ts'
import { isStoredMarker } from '../../platform/stored-marker.ts'
import type { DocumentProblem } from '../sources/source.ts'

export const HEADERS_MAX = 20
/** Of all names and values together. */
const HEADERS_MAX_BYTES = 4_096

/** RFC 9110 section 5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/
/** Visible ASCII, and spaces inside: RFC 9110 section 5.5 without obsolete text. */
const VALUE = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/

/** Headers that belong to the connection (RFC 9110 section 7.6.1), or that Postern or the platform sets. */
const RESERVED: ReadonlySet<string> = new Set([
  'accept', 'accept-encoding', 'cdn-loop', 'connection', 'content-encoding', 'content-length', 'content-type', 'cookie',
  'date', 'expect', 'forwarded', 'host', 'keep-alive', 'origin', 'referer', 'set-cookie', 'te', 'trailer',
  'transfer-encoding', 'true-client-ip', 'upgrade', 'user-agent', 'via', 'x-real-ip',
]) // prettier-ignore
const RESERVED_PREFIXES = ['cf-', 'postern-', 'proxy-', 'sec-', 'webhook-', 'x-forwarded-'] as const

const isReserved = (name: string): boolean =>
  RESERVED.has(name) || RESERVED_PREFIXES.some((prefix) => name.startsWith(prefix))

/** Words with hyphens. A name of another form may be a misplaced value, so it is not repeated. */
const REPEATABLE = /^[A-Za-z]{1,20}(?:-[A-Za-z]{1,20}){0,4}$/

export interface ReadHeaders {
  /** By name in lower case, sorted by name. */
  readonly values: Readonly<Record<string, string>>
  readonly problems: readonly DocumentProblem[]
}

/**
 * @param given the document's `headers`
 * @param stored values that may be kept; undefined if the URL is another one, which must not get them
 */
export function readHeaders(
  given: unknown,
  stored: Readonly<Record<string, string>> | undefined,
): ReadHeaders {
  if (given === undefined) return { values: {}, problems: [] }
  if (!isObject(given)) return { values: {}, problems: [{ path: 'headers', problem: 'Must be an object.' }] }
  const entries = Object.entries(given)
  if (entries.length > HEADERS_MAX) return failed(`Has too many headers: at most ${HEADERS_MAX}.`)
  const problems: DocumentProblem[] = []
  const values = new Map<string, string>()
  for (const [written, value] of entries) {
    const name = written.toLowerCase()
    const path = REPEATABLE.test(written) ? `headers.${written}` : 'headers'
    const read = readValue(value, stored, name)
    if (!TOKEN.test(name)) problems.push({ path, problem: 'Has a name that no header can have.' })
    else if (isReserved(name)) problems.push({ path, problem: 'Is reserved: it cannot be set.' })
    else if (values.has(name)) problems.push({ path, problem: 'Is there twice: case makes no difference.' })
    else if (!read.ok) problems.push({ path, problem: read.problem })
    else values.set(name, read.value)
  }
  const bytes = [...values].reduce((sum, [name, value]) => sum + name.length + value.length, 0)
  if (bytes > HEADERS_MAX_BYTES)
    problems.push({ path: 'headers', problem: `Are too long: at most ${HEADERS_MAX_BYTES} bytes together.` })
  return {
    values: Object.fromEntries([...values].toSorted(([a], [b]) => (a < b ? -1 : 1))),
    problems,
  }
}

type ReadValue =
  | { readonly ok: true; readonly value: string }
  | { readonly ok: false; readonly problem: string }

function readValue(
  value: unknown,
  stored: Readonly<Record<string, string>> | undefined,
  name: string,
): ReadValue {
  if (value === null || isStoredMarker(value)) {
    if (stored === undefined) return { ok: false, problem: ANOTHER_URL }
    const kept = Object.hasOwn(stored, name) ? stored[name] : undefined
    return kept === undefined ? { ok: false, problem: NOTHING_STORED } : { ok: true, value: kept }
  }
  if (typeof value !== 'string') return { ok: false, problem: 'Must be text.' }
  if (value.length > HEADERS_MAX_BYTES)
    return { ok: false, problem: `Is too long: at most ${HEADERS_MAX_BYTES} characters.` }
  return VALUE.test(value)
    ? { ok: true, value }
    : { ok: false, problem: 'Must be visible ASCII, with spaces only inside.' }
}

const NOTHING_STORED = 'No value of this header is stored: send one.'
const ANOTHER_URL =
  'The URL has changed, and the new one must not get the stored value: send the value again.'

const failed = (problem: string): ReadHeaders => ({ values: {}, problems: [{ path: 'headers', problem }] })
