/** Requests and answers as drivers make and read them. */
import { toBase64, utf8 } from '../platform/bytes.ts'
import type { Json } from '../platform/json.ts'
import { unixSeconds } from '../platform/time.ts'
import { valueAt } from '../providers/shared/native.ts'
import type { ApiRequest, SeenWebhook, Suppressed } from './driver.ts'

export const getJson = (url: string, headers: ApiRequest['headers']): ApiRequest => ({
  method: 'GET',
  url,
  headers: { accept: 'application/json', ...headers },
})

export const sendJson = (
  method: ApiRequest['method'],
  url: string,
  headers: ApiRequest['headers'],
  json: unknown,
): ApiRequest => ({
  method,
  url,
  headers: { accept: 'application/json', 'content-type': 'application/json', ...headers },
  body: JSON.stringify(json),
})

/** Whether the parser of URLs leaves the path as it is. `.` and `..` in the place of a name lead to another call: `DELETE …/bounces/.` empties a list. */
export const keepsPath = (url: string): boolean =>
  URL.canParse(url) && new URL(url).pathname === (/^https:\/\/[^/?#]*(\/[^?#]*)?/.exec(url)?.[1] ?? '/')

/** The list at a place; undefined if there is none. */
export function itemsAt(json: Json | undefined, ...path: readonly string[]): readonly Json[] | undefined {
  const value = path.length === 0 ? json : valueAt(json, ...path)
  return Array.isArray(value) ? value : undefined
}

/** Address and credentials of our URL, for ESPs that want each in a field of its own. */
export function parted(url: string): {
  readonly url: string
  readonly username: string
  readonly password: string
} {
  const { username, password } = new URL(url)
  const bare = new URL(url)
  bare.username = bare.password = ''
  return { url: bare.href, username: decodeURIComponent(username), password: decodeURIComponent(password) }
}

/** A webhook's URL without the credentials that it may hold. */
export function bareUrl(url: string | undefined): string | null {
  return url !== undefined && URL.canParse(url) ? parted(url).url : (url ?? null)
}

/** Whether a webhook is ours: protocol, host and path are, whatever credentials and query it has. */
export function isAtOurUrl(theirs: string | null | undefined, ours: string): boolean {
  if (!theirs || !URL.canParse(theirs) || !URL.canParse(ours)) return false
  const [place, own] = [theirs, ours].map((text) => {
    const { protocol, host, pathname } = new URL(text)
    return `${protocol}//${host}${pathname.replace(/\/+$/, '')}`
  })
  return place === own
}

/** The header of a user name and a password, `NAME:PASSWORD`. */
export const basic = (pair: string): string => `Basic ${toBase64(utf8(pair))}`

/** Whether a webhook's URL holds credentials. */
export const hasCredentials = (url: string | undefined): boolean =>
  url !== undefined && URL.canParse(url) && new URL(url).username !== ''

/** The HTTP status in an ESP's words of a failure, which may quote our URL or an address. */
export const statusIn = (words = ''): string => /\b[1-5]\d\d\b/.exec(words)?.[0] ?? 'no answer'

/** Types to set: those that are wanted, and those that somebody else chose. */
export const typesWith = (wanted: readonly string[], seen: SeenWebhook | null): string[] => [
  ...new Set([...wanted, ...(seen?.types ?? [])]),
]

/**
 * The value of a parameter in the address of the next page; null without one. Only the value is taken from an answer, so no answer leads to
 * another host.
 */
export function cursorIn(link: string | undefined, parameter: string): string | null {
  if (link === undefined) return null
  const base = 'https://esp.invalid'
  return URL.canParse(link, base) ? new URL(link, base).searchParams.get(parameter) : null
}

/** Where an entry holds that blocks the mail of one sender. Bounces and complaints hold for all mail, whoever met them. */
export const senderScope = (reason: Suppressed['reason'], sender: string | undefined): string | null =>
  sender !== undefined && (reason === 'unsubscribe' || reason === 'manual')
    ? `sender:${sender.toLowerCase()}`
    : null

/** A cursor for an API that is read in windows of time: Unix seconds and width of the window, and how far it has been read. */
export interface Place {
  readonly from: number
  readonly width: number
  readonly mark: string
}

export const placeText = ({ from, width, mark }: Place): string => `${from} ${width} ${mark}`

export function placeOf(cursor: string | null): Place | undefined {
  const [from, width, mark = ''] = cursor?.split(' ') ?? []
  const [start, seconds] = [unixSeconds(from), unixSeconds(width)]
  return start === undefined || seconds === undefined ? undefined : { from: start, width: seconds, mark }
}
