/** Requests to a URL that an operator named, whose host may lead anywhere. */
import { type Answer, request } from '../../platform/bounded-request.ts'
import { hostOf } from '../../platform/outbound-url.ts'
import type { SchemeContext } from './scheme.ts'

/** Sends one request, unless the host leads to a private address or to none: then the server counts as down. */
export async function requestNamed(
  { fetch, hosts, nowSeconds }: Pick<SchemeContext, 'fetch' | 'hosts' | 'nowSeconds'>,
  url: string,
  init: RequestInit,
  maxBytes: number,
): Promise<Answer> {
  const verdict = await hosts.check(hostOf(url), nowSeconds * 1_000)
  return verdict === 'public' ? request(fetch, url, init, maxBytes) : { kind: 'unavailable' }
}
