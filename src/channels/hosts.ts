/** Secret URLs of vendors: their hosts are a table, not a test of the text. */
import type { HttpAnswer } from '../outbound/post.ts'
import { outboundUrlProblem } from '../platform/outbound-url.ts'

export interface VendorHosts {
  /** Whole host names. */
  readonly exact: readonly string[]
  /** Ends of host names, each with its first dot. */
  readonly below?: readonly string[]
  /** The form of a path that receives messages. */
  readonly path: RegExp
  /** Wrong values that people often paste, and the sentence that they get. */
  readonly mistaken: readonly { readonly form: RegExp; readonly problem: string }[]
  /** Example of the URL: `https://hooks.slack.com/services/…`. */
  readonly example: string
}

/** A server on this machine stands in for a vendor under `npm start`. */
const LOOPBACK = /^https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?\//

/** One sentence that quotes nothing; undefined if it is such a URL. @param allowPrivate only under `npm start` */
export function vendorUrlProblem(
  text: string,
  { exact, below = [], path, mistaken, example }: VendorHosts,
  allowPrivate: boolean,
): string | undefined {
  const problem = outboundUrlProblem(text)
  if (problem !== undefined) return problem
  const url = new URL(text)
  if (allowPrivate && LOOPBACK.test(url.href)) return undefined
  const known = mistaken.find(({ form }) => form.test(url.host + url.pathname))
  if (known !== undefined) return known.problem
  const isHost = exact.includes(url.host) || below.some((end) => url.host.endsWith(end))
  return isHost && url.protocol === 'https:' && path.test(url.pathname)
    ? undefined
    : `Must be a URL such as ${example}.`
}

/** Whether the status is one of these. */
export const hasStatus =
  (...statuses: readonly number[]) =>
  ({ status }: HttpAnswer): boolean =>
    statuses.includes(status)
