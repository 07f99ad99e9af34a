/** The ESP's own request, as destinations of the form `original` send it on. */
import type { Contents } from '../event/envelope.ts'
import { toBase64 } from '../platform/bytes.ts'
import type { Delivery } from '../providers/shared/presented-credentials.ts'
import type { Source } from '../registry/sources/source.ts'

/**
 * Headers of the connection (RFC 9110 section 7.6.1), of proxies on the way, and of the encoding of a body that is kept unpacked. All others
 * are the ESP's, also its credentials: the application has checked them so far, and goes on.
 */
const NOT_SENT_ON: ReadonlySet<string> = new Set([
  'accept-encoding', 'cdn-loop', 'connection', 'content-encoding', 'content-length', 'cookie', 'expect', 'forwarded', 'host',
  'keep-alive', 'range', 'te', 'trailer', 'transfer-encoding', 'true-client-ip', 'upgrade', 'via', 'x-real-ip',
]) // prettier-ignore
const NOT_SENT_ON_PREFIXES = ['cf-', 'postern-', 'proxy-', 'x-forwarded-'] as const

/** Servers refuse a request whose headers are larger. */
const HEADERS_MAX_CHARACTERS = 16_384

/** The shortest first, so that a long header that nobody signed displaces none of the ESP's. */
function sentOn(headers: Headers): Record<string, string> {
  const connection = (headers.get('connection') ?? '').split(',').map((name) => name.trim().toLowerCase())
  const isSentOn = (name: string): boolean =>
    !NOT_SENT_ON.has(name) &&
    !connection.includes(name) &&
    !NOT_SENT_ON_PREFIXES.some((prefix) => name.startsWith(prefix))
  let left = HEADERS_MAX_CHARACTERS
  const sent = [...headers]
    .filter(([name]) => isSentOn(name))
    .toSorted(([, one], [, other]) => one.length - other.length)
    .filter(([name, value]) => (left -= name.length + value.length) >= 0)
  return Object.fromEntries(sent)
}

/** Undefined if no destination gets it, as for nearly all sources. */
export function originalRequest(
  { method, url, headers, body }: Delivery,
  { forwardsTo = [] }: Source,
): Contents['request'] {
  if (forwardsTo.length === 0) return undefined
  return {
    destinations: [...forwardsTo],
    method,
    query: new URL(url).search.slice(1),
    headers: sentOn(headers),
    body: toBase64(body),
  }
}
