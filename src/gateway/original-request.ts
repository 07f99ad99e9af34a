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
  'keep-alive', 'te', 'trailer', 'transfer-encoding', 'true-client-ip', 'upgrade', 'via', 'x-real-ip',
]) // prettier-ignore
const NOT_SENT_ON_PREFIXES = ['cf-', 'postern-', 'proxy-', 'x-forwarded-'] as const

const isSentOn = (name: string): boolean =>
  !NOT_SENT_ON.has(name) && !NOT_SENT_ON_PREFIXES.some((prefix) => name.startsWith(prefix))

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
    headers: Object.fromEntries([...headers].filter(([name]) => isSentOn(name))),
    body: toBase64(body),
  }
}
