/** The contract of a verification service: data and pure functions. It sends nothing. */
import { type JsonObject, isObject, parseJsonText } from '../../platform/json.ts'
import {
  type Flags,
  type Judgment,
  NO_FLAGS,
  REASONS,
  type Reason,
  type Verdict,
  judgment,
} from '../verdict.ts'

export const REGIONS = ['us', 'eu'] as const
export type Region = (typeof REGIONS)[number]

export interface ServiceRequest {
  /** On a fixed host of the service. */
  readonly url: string
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Why a service gave no verdict. That says nothing of the address. `not_done`: it is still at work on this one, or was too slow. */
export const FAILURES = ['key_refused', 'no_credit', 'slow_down', 'later', 'unreadable', 'not_done'] as const
export type Failure = (typeof FAILURES)[number]

/** Why a service was not asked, or gave no verdict. The address then has what is known without it. */
export const PENDING = [...FAILURES, 'asked_already', 'budget_used_up', 'no_time'] as const
export type Pending = (typeof PENDING)[number]

/** Reasons that concern the service and not one address: then no other address is sent. */
export const STOPS_ALL: ReadonlySet<Pending> = new Set(
  PENDING.filter((one) => one !== 'not_done' && one !== 'asked_already' && one !== 'unreadable'),
)

export type Read = Judgment | Failure

export interface Service {
  readonly name: string
  /** For people. */
  readonly label: string
  /** By region of the account. */
  readonly hosts: Readonly<Partial<Record<Region, string>>>
  /** @param address in its envelope form */
  readonly request: (host: string, key: string, address: string) => ServiceRequest
  /** Meaning of an HTTP status, where it differs from {@link STATUSES}. A function where the body decides. */
  readonly statuses?: Readonly<Record<number, Failure | ((json: JsonObject) => Read)>>
  /** Reads the body of a 200. */
  readonly read: (json: JsonObject) => Read
}

const STATUSES: Readonly<Record<number, Failure>> = {
  401: 'key_refused',
  402: 'no_credit',
  403: 'key_refused',
  429: 'slow_down',
}

export function readAnswer({ statuses = {}, read }: Service, status: number, text: string): Read {
  const parsed = parseJsonText(text)
  const json = isObject(parsed) ? parsed : {}
  const own = statuses[status]
  if (typeof own === 'function') return own(json)
  const failure = own ?? STATUSES[status]
  if (failure !== undefined) return failure
  if (status >= 500) return 'later'
  return status === 200 ? read(json) : 'unreadable'
}

/** Words of a service, each with ours. */
export type Words = Readonly<Record<string, readonly [Verdict, ...Reason[]]>>

/** Longer than any word of a service; what is longer is none. */
const WORD_MAX = 60

export const textIn = (json: JsonObject, name: string): string => {
  const value = json[name]
  return typeof value === 'string' ? value : ''
}

export const objectIn = (json: JsonObject, name: string): JsonObject => {
  const value = json[name]
  return isObject(value) ? value : {}
}

/** Null where the service does not say. */
export function flagIn(json: JsonObject, name: string): boolean | null {
  const value = json[name]
  return typeof value === 'boolean' ? value : null
}

/**
 * A judgment by the words of a service. An unknown word is no verdict and no fault: services add words without a version.
 *
 * @param detail words that only give reasons
 */
export function judgedByWords(
  word: string,
  words: Words,
  {
    detail = [],
    reasons = {},
    flags = {},
    suggestion = '',
  }: {
    readonly detail?: readonly string[]
    readonly reasons?: Readonly<Record<string, Reason>>
    readonly flags?: Partial<Flags>
    readonly suggestion?: string
  },
): Read {
  if (word === '') return 'unreadable'
  const [verdict, ...own] = Object.hasOwn(words, word)
    ? (words[word] ?? (['unknown'] as const))
    : (['unknown', 'other'] as const)
  const more = detail.flatMap((one) => (Object.hasOwn(reasons, one) ? (reasons[one] ?? []) : []))
  const all = new Set<Reason>([...own, ...more])
  return judgment(verdict, all.size === 0 ? ['other'] : REASONS.filter((one) => all.has(one)), {
    flags: { ...NO_FLAGS, ...flags },
    suggestion: suggestion === '' || suggestion.length > 320 ? null : suggestion,
    words: [word, ...detail].filter((one) => one !== '').map((one) => one.slice(0, WORD_MAX)),
  })
}

export const form = (fields: Readonly<Record<string, string>>) => ({
  headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
  body: new URLSearchParams(fields).toString(),
})

/** A plus is percent-encoded, too: it would be read as a space. */
export const query = (fields: Readonly<Record<string, string>>): string =>
  new URLSearchParams(fields).toString()
