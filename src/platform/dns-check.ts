/**
 * Where a host name leads: asked before each connection to a host that an operator named, since whoever holds the name can change its answer at
 * any time. A Worker cannot pin the address that it then connects to, so a name can still change between the answer and the connection.
 * Workers reach no private network by `fetch`; this is the second wall, and says why.
 */
import { BoundedMap } from './bounded-map.ts'
import { OUTBOUND_TIMEOUT_MS, request } from './bounded-request.ts'
import { isObject, parseJson } from './json.ts'
import { type Address, parseAddress } from './network.ts'
import { isPrivateAddress } from './private-networks.ts'
import { SingleFlight } from './single-flight.ts'

/**
 * `private`: at least one of its addresses is in a private network. `no_answer`: it has no address, or the resolver does not say; try again
 * later.
 */
export type HostVerdict = 'public' | 'private' | 'no_answer'

export interface Resolver {
  readonly fetch: typeof fetch
  /** Only under `npm start`: every host is taken for public, and nobody is asked. */
  readonly allowPrivate: boolean
}

/** https://developers.cloudflare.com/1.1.1.1/encryption/dns-over-https/make-api-requests/dns-json/ */
const RESOLVER_URL = 'https://cloudflare-dns.com/dns-query'

/** Some hundred addresses. */
const ANSWER_MAX_BYTES = 16_384

/** The types of records that hold an address: RFC 1035 section 3.2.2 and RFC 3596 section 2.1. */
const A = 1
const AAAA = 28

/** RFC 1035 section 4.1.1: no error, and no such name. */
const NO_ERROR = 0
const NAME_ERROR = 3

/**
 * Resolves a name by DNS over HTTPS, with two requests at once: IPv4 and IPv6. Never throws, and ends after the time of
 * `bounded-request.ts`. If one of both gets no answer, the other alone proves nothing unless it is private.
 *
 * @param hostname a name, or an address without brackets
 */
export async function checkHost(hostname: string, { fetch, allowPrivate }: Resolver): Promise<HostVerdict> {
  if (allowPrivate) return 'public'
  const literal = parseAddress(hostname)
  if (literal !== undefined) return verdictOf([literal])
  const answers = await Promise.all([A, AAAA].map((type) => addressesOf(fetch, hostname, type)))
  const verdict = verdictOf(answers.flatMap((answer) => answer ?? []))
  return verdict === 'public' && answers.includes(undefined) ? 'no_answer' : verdict
}

function verdictOf(addresses: readonly Address[]): HostVerdict {
  if (addresses.length === 0) return 'no_answer'
  return addresses.some(isPrivateAddress) ? 'private' : 'public'
}

/** The addresses at the end of a name and its aliases; `undefined` if the resolver does not say. */
async function addressesOf(
  fetcher: typeof fetch,
  hostname: string,
  type: number,
): Promise<readonly Address[] | undefined> {
  const url = `${RESOLVER_URL}?name=${encodeURIComponent(hostname)}&type=${type}`
  const answer = await request(
    fetcher,
    url,
    { headers: { accept: 'application/dns-json' } },
    ANSWER_MAX_BYTES,
  )
  if (answer.kind !== 'answer' || answer.status !== 200) return undefined
  const json = parseJson(answer.body)
  // A truncated answer may lack the address that is private.
  if (!isObject(json) || json['TC'] === true) return undefined
  if (json['Status'] === NAME_ERROR) return []
  if (json['Status'] !== NO_ERROR) return undefined
  const records = json['Answer'] ?? []
  if (!Array.isArray(records)) return undefined
  // The resolver follows aliases (CNAME) and lists them beside the addresses that they lead to.
  const addresses = records
    .filter(isObject)
    .filter((record) => record['type'] === A || record['type'] === AAAA)
    .map(({ data }) => (typeof data === 'string' ? parseAddress(data) : undefined))
  return addresses.every((address) => address !== undefined) ? addresses : undefined
}

/**
 * How long an answer counts. A burst of deliveries then asks once, instead of twice a delivery, and each request counts against the Worker's
 * limit. A longer life would help whoever changes the answer; a shorter one would not hinder them, as the resolver's and
 * the platform's own caches live longer.
 */
const LIFETIME_MS = 10_000
/** Shorter than the first wait before a delivery is tried again. */
const NO_ANSWER_LIFETIME_MS = 2_000

const HOSTS_MAX = 500

/** Verdicts of the last seconds. Concurrent questions for one host are one question. */
export class HostChecks {
  readonly #resolver: Resolver
  readonly #known = new BoundedMap<string, { readonly verdict: HostVerdict; readonly atMs: number }>(
    HOSTS_MAX,
  )
  readonly #flights = new SingleFlight<HostVerdict>(OUTBOUND_TIMEOUT_MS + 500)

  constructor(resolver: Resolver) {
    this.#resolver = resolver
  }

  /** @param hostname in one spelling, as `hostOf` of `outbound-url.ts` gives it */
  async check(hostname: string, nowMs: number): Promise<HostVerdict> {
    const known = this.#known.get(hostname)
    const ageMs = nowMs - (known?.atMs ?? 0)
    // A clock that went back asks again, too.
    if (known !== undefined && ageMs >= 0 && ageMs < lifetimeMs(known.verdict)) return known.verdict
    const ask = async () => {
      const verdict = await checkHost(hostname, this.#resolver)
      this.#known.set(hostname, { verdict, atMs: nowMs })
      return verdict
    }
    return this.#flights.run(hostname, ask, 'no_answer')
  }
}

const lifetimeMs = (verdict: HostVerdict): number =>
  verdict === 'no_answer' ? NO_ANSWER_LIFETIME_MS : LIFETIME_MS
