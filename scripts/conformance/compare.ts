/** Compares the outcome of a case with its expectation. Each difference is one line with the expected and the actual value. */
import { isDeepStrictEqual } from 'node:util'
import type { Case } from './case.ts'

export interface Outcome {
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
  readonly json: unknown
  /** Queue messages that this request sent. */
  readonly sent: number
  /** URLs that were fetched although the case does not allow it. */
  readonly strayFetches: readonly string[]
  /** Confirming calls that were made. */
  readonly confirmed: readonly string[]
  /** The source's events in the store at the end. */
  readonly events: readonly Readonly<Record<string, unknown>>[]
  readonly quarantined: number
}

type Expect = Case['expect']
type Fields = Readonly<Record<string, unknown>>

/** All differences. The list is empty if the case passes. */
export function differences({ expect, precondition }: Case, outcome: Outcome): string[] {
  return [
    ...outcome.strayFetches.map((url) => `fetched ${url}, which the case does not allow`),
    ...(expect.verdict === 'reject'
      ? ofRejection(outcome, precondition !== undefined)
      : ofAcceptance(expect, outcome)),
    ...ofResponse(expect, outcome),
  ]
}

function ofRejection({ status, sent, events, quarantined }: Outcome, hasPrecondition: boolean): string[] {
  return [
    ...(status >= 400 && status < 500 ? [] : [`status: expected 4xx, got ${status}`]),
    ...(sent === 0 ? [] : [`queue messages: expected none, got ${sent}`]),
    // If there was a delivery before, the rows in the store may be from that one.
    ...(events.length === 0 || hasPrecondition ? [] : [`events: expected none, got ${show(events)}`]),
    ...(quarantined === 0 || hasPrecondition ? [] : [`quarantine: expected none, got ${quarantined}`]),
  ]
}

function ofAcceptance({ events: expected, response }: Expect, { status, json, events }: Outcome): string[] {
  return [
    ...(status === 200 || response?.status !== undefined
      ? []
      : [`status: expected 200, got ${status} ${show(json)}`]),
    ...ofEvents(expected, events),
  ]
}

function ofResponse({ response }: Expect, { status, headers, json, confirmed }: Outcome): string[] {
  const lines: string[] = []
  if (response?.status !== undefined && response.status !== status)
    lines.push(`status: expected ${response.status}, got ${status} ${show(json)}`)
  if (response?.json !== undefined && !holds(response.json, json))
    lines.push(`answer: expected ${show(response.json)}, got ${show(json)}`)
  for (const [name, value] of Object.entries(response?.headers ?? {}))
    if (headers.get(name.toLowerCase()) !== value)
      lines.push(`header ${name}: expected ${value}, got ${headers.get(name.toLowerCase()) ?? 'none'}`)
  if (response?.action === 'confirm_subscription' && confirmed.length !== 1)
    lines.push(`confirming call: expected ${show(response.get)}, got ${show(confirmed)}`)
  return lines
}

/** Expected and actual events must match one to one, in any order. */
function ofEvents(expected: readonly Fields[], actual: readonly Fields[]): string[] {
  if (expected.length === actual.length && pairUp(expected, actual)) return []
  const lines: string[] = []
  if (expected.length !== actual.length)
    lines.push(`number of events: expected ${expected.length}, got ${actual.length}`)
  for (const one of expected.filter((one) => !actual.some((event) => matches(one, event)))) {
    const [closest] = actual
      .map((event) => fieldDifferences(one, event))
      .toSorted((a, b) => a.length - b.length)
    lines.push(...(closest ?? [`event: expected ${show(one)}, got none`]))
  }
  if (expected.length < actual.length)
    for (const event of actual.filter((event) => !expected.some((one) => matches(one, event))))
      lines.push(`event: not expected ${show(event)}`)
  return lines.length > 0 ? lines : [`events: expected ${show(expected)}, got ${show(actual)}`]
}

/** Finds a perfect matching by backtracking, since recorded batches are small. */
function pairUp([first, ...others]: readonly Fields[], actual: readonly Fields[]): boolean {
  if (first === undefined) return true
  return actual.some((event, i) => matches(first, event) && pairUp(others, actual.toSpliced(i, 1)))
}

const matches = (expected: Fields, event: Fields): boolean => fieldDifferences(expected, event).length === 0

function fieldDifferences(expected: Fields, event: Fields): string[] {
  const fields = new Set(Object.keys(expected).map((key) => key.replace(/_any_of$/, '')))
  return [...fields].flatMap((field) => {
    const allowed = allowedValues(expected, field)
    return allowed.some((one) => same(field, one, event[field]))
      ? []
      : [`${field}: expected ${allowed.map(show).join(' or ')}, got ${show(event[field])}`]
  })
}

/** The field's expected value, and the alternatives in `<field>_any_of`. */
function allowedValues(expected: Fields, field: string): unknown[] {
  const others = expected[`${field}_any_of`]
  return [
    ...(field in expected ? [expected[field]] : []),
    ...(Array.isArray(others) ? (others as unknown[]) : []),
  ]
}

/** Compares times as instants, to the millisecond, and tags as a flat list, since recordings may nest them. */
function same(field: string, expected: unknown, actual: unknown): boolean {
  if (field.endsWith('_at') && typeof expected === 'string' && typeof actual === 'string')
    return Date.parse(expected) === Date.parse(actual)
  if (field === 'tags' && Array.isArray(expected)) return isDeepStrictEqual(expected.flat(), actual)
  return isDeepStrictEqual(expected, actual)
}

/** Whether the answer contains everything expected; it may contain more. */
function holds(expected: unknown, actual: unknown): boolean {
  if (typeof expected !== 'object' || expected === null || Array.isArray(expected))
    return isDeepStrictEqual(expected, actual)
  if (typeof actual !== 'object' || actual === null) return false
  return Object.entries(expected).every(([key, value]) => holds(value, (actual as Fields)[key]))
}

const show = (value: unknown): string => JSON.stringify(value) ?? 'nothing'
