/** Meaning of an endpoint's answer. */
import { retryAfterSeconds } from '../../outbound/retry-after.ts'

export interface Answer {
  readonly status: number
  readonly headers: Pick<Headers, 'get'>
}

export interface Verdict {
  readonly delivered: boolean
  /** One sentence; null if it was delivered. */
  readonly error: string | null
  readonly retryAfterSeconds: number | null
  /** Whether the endpoint asks for no more deliveries. */
  readonly disable: 'gone' | 'asked' | null
}

/** A 2xx is a success. All else is a failure, redirects too: they could lead anywhere. */
export function judge({ status, headers }: Answer, nowMs: number): Verdict {
  const disable =
    headers.get('webhook-delivery')?.trim().toLowerCase() === 'disable'
      ? 'asked'
      : status === 410
        ? 'gone'
        : null
  const delivered = status >= 200 && status < 300
  return {
    delivered,
    error: delivered ? null : errorOf(status, headers.get('location')),
    retryAfterSeconds: delivered ? null : retryAfterSeconds(headers, nowMs),
    disable,
  }
}

function errorOf(status: number, location: string | null): string {
  if (status >= 300 && status < 400) return `The endpoint redirects${hostOf(location)}: enter the final URL.`
  if (status === 410) return 'The endpoint answered 410: it wants no more deliveries.'
  return `The endpoint answered ${status}.`
}

/** The longest name that DNS has (RFC 1035 section 2.3.4). A longer one is the endpoint's invention. */
const HOST_MAX_CHARACTERS = 253

/** The host alone: the rest of a URL can hold a secret. */
function hostOf(location: string | null): string {
  const host = location !== null && URL.canParse(location) ? new URL(location).hostname : ''
  return host === '' || host.length > HOST_MAX_CHARACTERS ? '' : ` to ${host}`
}
