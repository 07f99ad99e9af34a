import type { BounceData, ComplaintData, UnsubscribeData } from 'mailgun.js/definitions'
import type { Suppressed, SuppressedReason } from '../../../src/drivers/driver.ts'
import type { Json } from '../../../src/platform/json.ts'
import { json, lift, suppress, type Fake, type FakeEsp } from './fake.ts'

const DOMAIN = 'mg.example.com'

/** Kinds of events with their own fields, as captured deliveries have them. */
const KINDS = [
  ['accepted', {}],
  ['delivered', { 'delivery-status': { code: 250, message: 'OK', 'attempt-no': 1 } }],
  [
    'failed',
    { severity: 'permanent', reason: 'bounce', 'delivery-status': { code: 550, message: 'No Such User' } },
  ],
  ['failed', { severity: 'temporary', reason: 'generic', 'delivery-status': { code: 452, message: 'Full' } }],
  ['opened', { ip: '198.51.100.7', 'client-info': { 'user-agent': 'Mozilla/5.0', bot: null } }],
  ['clicked', { url: 'https://example.com/a', ip: '198.51.100.7' }],
  ['complained', {}],
  ['unsubscribed', { tags: ['*'] }],
  ['unsubscribed', { tags: ['news', 'offers'] }],
] as const

export const mailgun: Fake = {
  provider: 'mailgun',
  description:
    'documentation.mailgun.com, API reference of Mailgun Send, 2026-12-01; mailgun/mailgun-go@d7f2dd4, 2026-07-18: mock_unsubscribes.go',
  differences: [
    'the pivot of a page of suppressions: address in the reference, p in the mock server of the vendor',
    'tags of an unsubscribe: added to those that are there in the mock server; the reference does not say',
  ],
  key: 'key-3ax6xnjp29jd6fds4gc373sgvjxteol0',
  settings: { domain: DOMAIN },
  hosts: ['api.mailgun.net', 'api.eu.mailgun.net'],
  scopes: { unsubscribe: [null, 'tag:news', 'tag:a b/c?'] },
  open,
}

const LISTS: Readonly<Record<string, SuppressedReason>> = {
  bounces: 'hard_bounce',
  unsubscribes: 'unsubscribe',
  complaints: 'spam_report',
}

function open(): FakeEsp {
  const esp: FakeEsp = {
    webhooks: [],
    events: [],
    suppressed: [],
    troubled: false,
    event(index, atMs) {
      const [event, fields] = KINDS[index % KINDS.length] ?? KINDS[0]
      const data = {
        id: `CPgfbmQMTCKtHW6uIWtu${index}`,
        event,
        timestamp: atMs / 1_000 + 0.375_624,
        recipient: `person${index}@example.com`,
        message: {
          headers: { 'message-id': `2026${index}.1.ABC@${DOMAIN}`, to: `person${index}@example.com` },
        },
        tags: [],
        'user-variables': { order: String(index) },
        ...fields,
      } as unknown as Json
      return {
        atMs,
        delivered: { signature: { token: `t${index}`, timestamp: '1', signature: 's' }, 'event-data': data },
        listed: data,
      }
    },
    answer(request) {
      const url = new URL(request.url)
      if (request.headers['authorization'] !== `Basic ${btoa(`api:${mailgun.key}`)}`)
        return new Response('Forbidden', { status: 401 })
      const path = url.pathname.split('/').slice(1).map(decodeURIComponent)
      const [version, area = '', list = '', id] = path
      if (version === 'v1') return json(200, { webhooks: [] })
      if (area === 'domains') return webhooks(esp, request.method, url, new URLSearchParams(request.body))
      if (area !== DOMAIN) return json(404, { message: 'Domain not found' })
      if (list === 'events') return events(esp, url, id)
      return suppressions(esp, request.method, url, list, id, request.body)
    },
  }
  return esp
}

function webhooks(esp: FakeEsp, method: string, url: URL, form: URLSearchParams): Response {
  const remove = (address: string) => {
    for (const one of esp.webhooks.filter((webhook) => webhook.url === address))
      esp.webhooks.splice(esp.webhooks.indexOf(one), 1)
  }
  // A URL without a type is not kept.
  for (const one of esp.webhooks.filter(({ types }) => types.length === 0)) remove(one.url)
  const address = form.get('url') ?? ''
  const isThere = esp.webhooks.some((one) => one.url === address)
  if (method === 'DELETE') for (const one of url.searchParams.getAll('url')) remove(one)
  if ((method === 'PUT' && !isThere) || (method === 'POST' && isThere)) return json(400, { Reason: 'url' })
  if (method === 'PUT' || method === 'POST') {
    remove(address)
    const types = form.getAll('event_types')
    const isFull = (type: string) => esp.webhooks.filter((one) => one.types.includes(type)).length >= 3
    if (types.some(isFull)) return json(400, { message: 'at most 3 urls' })
    esp.webhooks.push({ id: '', url: address, enabled: true, types, signed: true })
  }
  const all = new Set(esp.webhooks.flatMap(({ types }) => types))
  const urls = (type: string) =>
    esp.webhooks.filter(({ types }) => types.includes(type)).map((one) => one.url)
  return json(200, { webhooks: Object.fromEntries([...all].map((type) => [type, { urls: urls(type) }])) })
}

/** The place of a page is in its path. After the last page there is always one more, which is empty. */
function events(esp: FakeEsp, url: URL, token: string | undefined): Response {
  const query = token === undefined ? url.searchParams : new URLSearchParams(atob(token))
  const [begin, end, limit, from] = ['begin', 'end', 'limit', 'from'].map((name) => Number(query.get(name)))
  if ((limit ?? 0) > 300) return json(400, { message: 'limit must be at most 300' })
  const found = esp.events.filter(({ atMs }) => atMs >= (begin ?? 0) * 1_000 && atMs <= (end ?? 0) * 1_000)
  const items = found.slice(from ?? 0, (from ?? 0) + (limit ?? 100))
  query.set('from', String((from ?? 0) + items.length))
  const next = `${url.origin}/v3/${DOMAIN}/events/${encodeURIComponent(btoa(query.toString()))}`
  return json(200, { items: items.map(({ listed }) => listed), paging: { next, first: next } })
}

function suppressions(
  esp: FakeEsp,
  method: string,
  url: URL,
  list: string,
  address: string | undefined,
  body: string | undefined,
): Response {
  const reason = LISTS[list] ?? 'manual'
  const scopeOf = (tag: string | null) => (tag === null || tag === '*' ? null : `tag:${tag}`)
  if (method === 'POST') {
    const items = JSON.parse(body ?? '[]') as { address: string; tags?: string[] }[]
    if (items.length > 1_000) return json(400, { message: 'too many' })
    for (const { address: one, tags = ['*'] } of items)
      for (const tag of tags)
        suppress(esp.suppressed, { address: one, reason, scope: scopeOf(tag), atMs: null })
    return json(200, { message: `${items.length} addresses have been added to the ${list} table` })
  }
  if (method === 'DELETE')
    return lift(esp.suppressed, { address: address ?? '', scope: scopeOf(url.searchParams.get('tag')) })
      ? json(200, { message: 'removed' })
      : json(404, { message: 'Address not found' })
  const byAddress = Map.groupBy(
    esp.suppressed.filter((entry) => entry.reason === reason),
    (entry) => entry.address,
  )
  const [limit, pivot] = [Number(url.searchParams.get('limit') ?? 100), url.searchParams.get('address')]
  if (limit > 1_000) return json(400, { message: 'limit must be at most 1000' })
  const all = [...byAddress]
  const from = pivot === null ? 0 : all.findIndex(([one]) => one === pivot) + 1
  const page = all.slice(from, from + limit)
  const next = new URLSearchParams({
    page: 'next',
    address: page.at(-1)?.[0] ?? pivot ?? '',
    limit: String(limit),
  })
  return json(200, {
    items: page.map(([one, entries]) => shown(one, reason, entries)),
    paging: { next: `${url.origin}${url.pathname}?${next.toString()}` },
  })
}

function shown(
  address: string,
  reason: SuppressedReason,
  entries: readonly Suppressed[],
): BounceData | ComplaintData | UnsubscribeData {
  const created_at = new Date(entries[0]?.atMs ?? 0).toUTCString().replace('GMT', 'UTC')
  if (reason === 'unsubscribe')
    return { address, created_at, tags: entries.map(({ scope }) => scope?.slice(4) ?? '*') }
  return { address, created_at, ...(reason === 'hard_bounce' ? { code: 550, error: 'unknown' } : {}) }
}
