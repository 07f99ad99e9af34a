/**
 * Mailgun. Its domain is the place: `settings.domain`.
 *
 * Past events come from `/v3/{domain}/events`, which Mailgun calls deprecated in favor of `POST /v1/analytics/logs`: only the former gives
 * the very object that the webhook brings.
 *
 * @see https://documentation.mailgun.com/docs/mailgun/api-reference/send/mailgun (2026-12-01): domain-webhooks, account-webhooks, events;
 * mailgun/mailgun-go@d7f2dd4 (2026-07-18) and its mock server: pages, tags of an unsubscribe
 */
import { isObject, type Json } from '../platform/json.ts'
import { secondsAt, textAt, textsAt, valueAt } from '../providers/shared/native.ts'
import {
  type Account,
  type ApiRequest,
  type Conversation,
  type Driver,
  type Mended,
  type Page,
  type SeenWebhook,
  type Span,
  type Suppressed,
  UNREADABLE,
} from './driver.ts'
import { basic, bareUrl, getJson, isAtOurUrl, itemsAt, sendJson } from './shared.ts'

const TYPES = [
  'accepted', 'delivered', 'opened', 'clicked', 'unsubscribed', 'complained', 'permanent_fail', 'temporary_fail',
] // prettier-ignore

/** The events of these types, by the names that the events have themselves. */
const EVENTS = 'accepted OR delivered OR failed OR opened OR clicked OR unsubscribed OR complained'

const US = 'api.mailgun.net'
const HOSTS = new Map([
  ['us', US],
  ['eu', 'api.eu.mailgun.net'],
])
const EVENTS_A_PAGE = 300
const ENTRIES_A_PAGE = 1_000

const at = ({ settings: { region = '' } }: Account, path: string): string =>
  `https://${HOSTS.get(region) ?? US}${path}`

const headers = ({ key }: Account) => ({ authorization: basic(`api:${key}`) })

const domainOf = ({ settings: { domain = '' } }: Account): string => encodeURIComponent(domain)

const webhooksAt = (account: Account, version: 'v3' | 'v4'): string =>
  at(account, `/${version}/domains/${domainOf(account)}/webhooks`)

export const mailgun: Driver = {
  provider: 'mailgun',
  needs: ['domain'],
  regions: ['us', 'eu'],
  // Roles: documentation.mailgun.com (2026-12-01). A role never changes, and needs the plan Foundation or a larger one.
  rights: {
    webhook: 'role Support (Analyst reads webhooks and events, but no suppressions)',
    mend: 'role Developer',
    past: 'role Support',
    suppressions: 'role Support',
  },
  keyCanSend: false,
  perSecond: 2,
  webhook: {
    types: TYPES,
    // Mailgun signs each delivery, and nobody can switch that off.
    tellsSigning: false,
    *seen(account): Conversation<readonly SeenWebhook[]> {
      const answer = yield getJson(webhooksAt(account, 'v3'), headers(account))
      const ofDomain = pairsOf(valueAt(answer.json, 'webhooks'))
      if (ofDomain === undefined) return UNREADABLE
      if (ofDomain.some(([url]) => isAtOurUrl(url, account.url))) return folded(ofDomain)
      // Webhooks of the account hold for each of its domains. A key may not see them.
      const { json } = yield {
        ...getJson(at(account, '/v1/webhooks'), headers(account)),
        alsoRead: [403, 404],
      }
      const ofAccount = (itemsAt(json, 'webhooks') ?? []).flatMap((one) =>
        textsAt(one, 'url').flatMap((url) => textsAt(one, 'event_types').map((type): Pair => [url, type])),
      )
      return folded([...ofDomain, ...ofAccount])
    },
    /** A URL has types, and a type at most three URLs. Ours is made before one of it with old credentials goes. */
    *mend(account): Conversation<Mended> {
      const pairs = pairsOf(
        valueAt((yield getJson(webhooksAt(account, 'v3'), headers(account))).json, 'webhooks'),
      )
      if (pairs === undefined) return UNREADABLE
      const urls = [...new Set(pairs.map(([url]) => url))]
      const stale = urls.filter((url) => isAtOurUrl(url, account.url) && url !== account.url)
      const url = webhooksAt(account, 'v4')
      const body = new URLSearchParams([['url', account.url], ...TYPES.map((type) => ['event_types', type])])
      yield {
        method: urls.includes(account.url) ? 'PUT' : 'POST',
        url,
        headers: { ...headers(account), 'content-type': 'application/x-www-form-urlencoded' },
        body: body.toString(),
      }
      if (stale.length > 0) {
        const query = new URLSearchParams(stale.map((one) => ['url', one]))
        yield { method: 'DELETE', url: `${url}?${query.toString()}`, headers: headers(account) }
      }
      return {}
    },
  },
  past: {
    // Its pages disagree: at least 3 days, or 30 on a paid plan and 2 on the free one.
    keptDays: null,
    copies: 'same_id',
    lacks: 'How many days Mailgun keeps events depends on the plan of the account: older ones are missing.',
    *page(account, span, cursor): Conversation<Page<Json>> {
      const { json } = yield getJson(eventsUrl(account, span, cursor), headers(account))
      const items = itemsAt(json, 'items')
      if (items === undefined) return UNREADABLE
      // There is always a next page. The one after the last is empty.
      const next = items.length === 0 ? undefined : textAt(json, 'paging', 'next')
      return { items: items.flatMap((item) => delivered(item, span)), next: tokenIn(next) }
    },
  },
  suppressions: {
    reasons: ['hard_bounce', 'unsubscribe', 'spam_report'],
    adds: ['hard_bounce', 'unsubscribe', 'spam_report'],
    // A list takes a thousand at once, but each is removed by a request of its own.
    atOnce: 90,
    *list(account, cursor): Conversation<Page<Suppressed>> {
      const [name = '', query = ''] = cursor?.split('?') ?? []
      const index = Math.max(
        0,
        LISTS.findIndex((one) => one.name === name),
      )
      const list = LISTS[index] ?? LISTS[0]
      const url = `${listAt(account, list.name)}?${query === '' ? `limit=${ENTRIES_A_PAGE}` : query}`
      const { json } = yield getJson(url, headers(account))
      const items = itemsAt(json, 'items')
      if (items === undefined) return UNREADABLE
      const following = LISTS[index + 1]
      const pivot = items.length === 0 ? null : pivotIn(textAt(json, 'paging', 'next'))
      const next = pivot === null ? (following?.name ?? null) : `${list.name}?${pivot}`
      return { items: items.flatMap((item) => entriesOf(list, item)), next }
    },
    *add(account, entries): Conversation<null> {
      for (const { name, reason } of LISTS) {
        const own = Map.groupBy(
          entries.filter((entry) => entry.reason === reason),
          ({ address }) => address,
        )
        const items = [...own].map(([address, all]) =>
          reason === 'unsubscribe' ? { address, tags: all.map(tagOf) } : { address },
        )
        if (items.length > 0) yield sendJson('POST', listAt(account, name), headers(account), items)
      }
      return null
    },
    *remove(account, entries): Conversation<null> {
      for (const entry of entries) {
        const list = LISTS.find(({ reason }) => reason === entry.reason)
        if (list === undefined) continue
        // Without a tag, all tags of the address would go.
        const query = entry.reason === 'unsubscribe' ? `?tag=${encodeURIComponent(tagOf(entry))}` : ''
        const url = `${listAt(account, list.name)}/${encodeURIComponent(entry.address)}${query}`
        yield { method: 'DELETE', url, headers: headers(account), alsoRead: [404] } satisfies ApiRequest
      }
      return null
    },
  },
}

/** A URL and a type of which it is told. */
type Pair = readonly [url: string, type: string]

function pairsOf(webhooks: Json | undefined): readonly Pair[] | undefined {
  return isObject(webhooks)
    ? Object.entries(webhooks).flatMap(([type, one]) => textsAt(one, 'urls').map((url): Pair => [url, type]))
    : undefined
}

/** Mailgun does not number webhooks, and does not switch them off. */
const folded = (pairs: readonly Pair[]): readonly SeenWebhook[] =>
  [...Map.groupBy(pairs, ([url]) => bareUrl(url))].map(([url, own]) => ({
    id: null,
    url,
    enabled: null,
    types: [...new Set(own.map(([, type]) => type))],
    signed: null,
    lastError: null,
    counts: null,
  }))

function eventsUrl(account: Account, { sinceMs, untilMs }: Span, token: string | null): string {
  const url = at(account, `/v3/${domainOf(account)}/events`)
  if (token !== null) return `${url}/${encodeURIComponent(token)}`
  const query = new URLSearchParams({
    begin: String(Math.floor(sinceMs / 1_000)),
    end: String(Math.ceil(untilMs / 1_000)),
    ascending: 'yes',
    limit: String(EVENTS_A_PAGE),
    event: EVENTS,
  })
  return `${url}?${query.toString()}`
}

/** The last segment of the next page's path is its place. */
function tokenIn(link: string | undefined): string | null {
  const token =
    link === undefined || !URL.canParse(link)
      ? undefined
      : /\/events\/([^/]+)$/.exec(new URL(link).pathname)?.[1]
  return token === undefined ? null : decoded(token)
}

/** Null if it is no text. */
function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}

/** As the webhook brings it, without its signature. Times have fractions, which `begin` and `end` need not have. */
function delivered(item: Json, { sinceMs, untilMs }: Span): Json[] {
  const atMs = secondsAt(item, 'timestamp')
  return atMs !== undefined && atMs >= sinceMs && atMs < untilMs ? [{ 'event-data': item }] : []
}

/** The lists in the order in which they are read. */
const LISTS = [
  { name: 'bounces', reason: 'hard_bounce' },
  { name: 'unsubscribes', reason: 'unsubscribe' },
  { name: 'complaints', reason: 'spam_report' },
] as const

const listAt = (account: Account, name: string): string => at(account, `/v3/${domainOf(account)}/${name}`)

/** Parameters that name the next page. The pivot is an address: `address` in the reference, `p` in the vendor's mock server. */
const PIVOTS: ReadonlySet<string> = new Set(['page', 'address', 'p', 'limit'])

function pivotIn(link: string | undefined): string | null {
  if (link === undefined || !URL.canParse(link)) return null
  const query = new URLSearchParams([...new URL(link).searchParams].filter(([name]) => PIVOTS.has(name)))
  return query.size === 0 ? null : query.toString()
}

/** Each tag of an unsubscribe is an entry, as in its event. `*` is all mail of the domain. */
function entriesOf({ reason }: (typeof LISTS)[number], item: Json): readonly Suppressed[] {
  const address = textAt(item, 'address')
  if (address === undefined) return []
  const tags = reason === 'unsubscribe' ? textsAt(item, 'tags') : []
  const scopes = tags.length === 0 || tags.includes('*') ? [null] : tags.map((tag) => `tag:${tag}`)
  return scopes.map((scope) => ({ address, reason, scope, atMs: mailDateMs(textAt(item, 'created_at')) }))
}

/** `Fri, 21 Oct 2011 11:02:55 UTC`, as in a header of a mail. */
function mailDateMs(text = ''): number | null {
  const ms = /^[A-Z][a-z]{2}, /.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(ms) ? null : ms
}

const tagOf = ({ scope }: Suppressed): string => (scope?.startsWith('tag:') === true ? scope.slice(4) : '*')
