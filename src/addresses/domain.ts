/**
 * Whether a domain takes mail, by DNS over HTTPS. `node:dns` of workerd does not tell a name that does not exist from a resolver that fails
 * (read on 2026-11-26), so the resolver is asked directly: developers.cloudflare.com/1.1.1.1/encryption/dns-over-https/make-api-requests/dns-json/.
 */
import type { PostDeps } from '../outbound/post.ts'
import { post } from '../outbound/post.ts'
import { isObject, parseJsonText } from '../platform/json.ts'
import { parseAddress } from '../platform/network.ts'
import { isPrivateAddress } from '../platform/private-networks.ts'
import { DAY_MS, MINUTE_MS } from '../platform/time.ts'
import { type Judgment, judgment } from './verdict.ts'

const RESOLVER_URL = 'https://cloudflare-dns.com/dns-query'
const TIMEOUT_MS = 3_000

/** RFC 1035 section 3.2.2, RFC 3596 section 2.1. */
const TYPES = { A: 1, AAAA: 28, MX: 15 } as const

/** RFC 1035 section 4.1.1. */
const NO_ERROR = 0
const SERVER_FAILURE = 2
const NAME_ERROR = 3

/** A Worker waits for six connections at once: developers.cloudflare.com/workers/platform/limits/, read on 2026-11-26. */
const EXCHANGES_MAX = 3

export interface DomainJudgment extends Judgment {
  readonly lifeMs: number
}

const SHORTEST_MS = 5 * MINUTE_MS

/** Never throws. A resolver that does not answer is never a negative. */
export async function judgeDomain(domain: string, deps: PostDeps): Promise<DomainJudgment> {
  const mx = await ask(domain, 'MX', deps)
  if (mx === undefined) return lasting(judgment('unknown', ['unreachable']), [])
  if (mx.status === SERVER_FAILURE) return lasting(await failed(domain, deps), [])
  if (mx.status === NAME_ERROR) return lasting(judgment('undeliverable', ['no_domain']), [mx])
  if (mx.status !== NO_ERROR) return lasting(judgment('unknown', ['unreachable']), [])

  const exchanges = mx.data.map(exchangeIn).filter((one) => one !== undefined)
  const named = exchanges.filter(({ host }) => host !== '').toSorted((a, b) => a.preference - b.preference)
  // RFC 7505: a dot alone says that no mail is taken. Beside others it is a mistake.
  if (named.length === 0 && exchanges.length > 0) return lasting(judgment('undeliverable', ['null_mx']), [mx])
  // RFC 5321 section 5.1: without an MX record, mail goes to the host of the name itself.
  const hosts = named.length === 0 ? [domain] : named.slice(0, EXCHANGES_MAX).map(({ host }) => host)
  const found = await Promise.all(hosts.map((host) => addressesOf(host, deps)))
  const answers = [mx, ...found.flat()]
  const addresses = found.flat().flatMap((one) => one?.data ?? [])
  if (addresses.some(isPublic)) return lasting(judgment('unknown', ['not_probed']), answers)
  if (found.flat().some((one) => one === undefined || ![NO_ERROR, NAME_ERROR].includes(one.status)))
    return lasting(judgment('unknown', ['unreachable']), [])
  return lasting(judgment(named.length === 0 ? 'undeliverable' : 'risky', ['no_mail_server']), answers)
}

/** As long as the records live, with bounds. What the resolver does not know is asked again soon. */
const lasting = (said: Judgment, answers: readonly (Records | undefined)[]): DomainJudgment => ({
  ...said,
  lifeMs: Math.min(
    DAY_MS,
    Math.max(
      SHORTEST_MS,
      ...(answers.length === 0 ? [] : [Math.min(...answers.flatMap((one) => one?.ttlMs ?? []))]),
    ),
  ),
})

/** Without its checks the resolver answers a name whose signatures are wrong (DNSSEC): then the fault is the domain's. */
async function failed(domain: string, deps: PostDeps): Promise<Judgment> {
  const unchecked = await ask(domain, 'MX', deps, '&cd=1')
  return judgment('unknown', ['unreachable'], { words: unchecked?.status === NO_ERROR ? ['dnssec'] : [] })
}

const addressesOf = (host: string, deps: PostDeps) =>
  Promise.all([ask(host, 'A', deps), ask(host, 'AAAA', deps)])

function isPublic(data: string): boolean {
  const address = parseAddress(data)
  return address !== undefined && !isPrivateAddress(address)
}

/** `10 mx.example.com.`; the root has the empty name. */
function exchangeIn(data: string): { readonly preference: number; readonly host: string } | undefined {
  const [, preference, host] = /^([0-9]{1,5}) (\S*)\.$/.exec(data) ?? []
  return host === undefined ? undefined : { preference: Number(preference), host: host.toLowerCase() }
}

interface Records {
  readonly status: number
  /** Of the records of the type that was asked for. */
  readonly data: readonly string[]
  readonly ttlMs: number
}

/** `undefined` if the resolver does not answer. */
async function ask(
  name: string,
  type: keyof typeof TYPES,
  deps: PostDeps,
  more = '',
): Promise<Records | undefined> {
  const answer = await post(
    {
      url: `${RESOLVER_URL}?name=${encodeURIComponent(name)}&type=${type}${more}`,
      hostname: null,
      method: 'GET',
      headers: { accept: 'application/dns-json' },
      body: '',
      timeoutMs: TIMEOUT_MS,
    },
    deps,
  )
  if (answer.kind !== 'answer' || answer.status !== 200) return undefined
  const json = parseJsonText(answer.text)
  if (!isObject(json) || typeof json['Status'] !== 'number') return undefined
  const records = recordsIn(json['Answer']).filter((record) => record['type'] === TYPES[type])
  // Without records, the authority says for how long there are none (RFC 2308).
  const lives = (records.length > 0 ? records : recordsIn(json['Authority'])).map(({ TTL: ttl }) =>
    Number(ttl),
  )
  return {
    status: json['Status'],
    data: records.map(({ data }) => (typeof data === 'string' ? data : '')),
    ttlMs: Math.min(...lives.filter((one) => one >= 0), DAY_MS / 1_000) * 1_000,
  }
}

const recordsIn = (list: unknown) => (Array.isArray(list) ? list.filter(isObject) : [])
