import type { Suppressed, SuppressedReason } from '../../../src/drivers/driver.ts'
import { bodyOf, json, lift, pageOf, suppress, type Fake, type FakeEsp } from './fake.ts'

const SOURCES: Readonly<Record<SuppressedReason, string>> = {
  hard_bounce: 'Bounce Rule',
  spam_report: 'Spam Complaint',
  unsubscribe: 'List Unsubscribe',
  manual: 'Manually Added',
}

/** Kinds of events, with the class of each and its own fields. */
const KINDS = [
  ['delivery', 'message_event', {}],
  ['bounce', 'message_event', { bounce_class: '10', error_code: '550', raw_reason: '550 5.1.1 unknown' }],
  ['open', 'track_event', { user_agent: 'Mozilla/5.0', ip_address: '198.51.100.7' }],
  ['click', 'track_event', { target_link_url: 'https://example.com/a', user_agent: 'Mozilla/5.0' }],
  ['spam_complaint', 'message_event', { fbtype: 'abuse' }],
  ['list_unsubscribe', 'unsubscribe_event', {}],
] as const

export const sparkpost: Fake = {
  provider: 'sparkpost',
  description:
    'SparkPost/developers.sparkpost.com@88f24dc3, 2026-06-23: content/api/{webhooks,events,suppression-list}.apib',
  differences: [
    'links of events: a list of {rel, href} in the description and in one public reader, an object with next in another (both read on 2026-12-02)',
    'an address: once for each of the two kinds of mail in the description; here once',
    'from and to of a search: with seconds and zone in the description of 2026, minutes in that of 2019 and in sparkpost 2.1.4',
    'timestamp of an event: Unix seconds in deliveries, RFC 3339 in answers',
  ],
  key: '14ac5499cfdd2bb2859e4476d2e5b1d2bad079bf',
  settings: {},
  hosts: ['api.sparkpost.com', 'api.eu.sparkpost.com'],
  scopes: {
    unsubscribe: [null, 'list:news.example.com'],
    manual: [null, 'list:a b'],
  },
  open,
}

function open(): FakeEsp {
  const esp: FakeEsp = {
    webhooks: [],
    events: [],
    suppressed: [],
    troubled: false,
    event(index, atMs) {
      const [type, category, fields] = KINDS[index % KINDS.length] ?? KINDS[0]
      const event = {
        type,
        event_id: String(92_356_927_690_000_000n + BigInt(index)),
        message_id: `000443ee1457${index}`,
        rcpt_to: `person${index}@example.com`,
        raw_rcpt_to: `Person${index}@example.com`,
        ...fields,
      }
      return {
        atMs,
        delivered: { msys: { [category]: { ...event, timestamp: String(Math.floor(atMs / 1_000)) } } },
        listed: { ...event, timestamp: new Date(atMs).toISOString().replace('Z', '+00:00') },
      }
    },
    answer(request) {
      const url = new URL(request.url)
      if (request.headers['authorization'] !== sparkpost.key)
        return json(401, { errors: [{ message: 'Unauthorized.' }] })
      const [, , , place = '', id = '', part] = url.pathname.split('/').map(decodeURIComponent)
      const { method } = request
      const size = Number(url.searchParams.get('per_page') ?? 1_000)
      if (size > 10_000) return json(400, { errors: [{ message: 'per_page must be at most 10000' }] })
      const cursor = url.searchParams.get('cursor') ?? 'initial'
      const from = cursor === 'initial' ? 0 : Number(atob(cursor))
      const links = (next: number | null) =>
        next === null
          ? []
          : [{ rel: 'next', href: `${url.pathname}?cursor=${encodeURIComponent(btoa(String(next)))}` }]

      if (place === 'webhooks' && part === 'batch-status')
        return json(200, {
          results: [
            { batch_id: 'b1', ts: '2026-12-01T11:00:00.000Z', attempts: 2, response_code: '200' },
            ...(esp.troubled ? [{ batch_id: 'b2', attempts: 3, response_code: '503' }] : []),
          ],
        })
      if (place === 'webhooks' && method === 'GET') return json(200, { results: esp.webhooks.map(shown) })
      if (place === 'webhooks') {
        const { target, events, active } = bodyOf(request)
        const own = esp.webhooks.find((one) => one.id === id)
        if (method === 'PUT' && own === undefined)
          return json(404, { errors: [{ message: 'resource not found' }] })
        const webhook = own ?? { id: 'a2b83490', url: '', enabled: true, types: [], signed: false }
        if (own === undefined) esp.webhooks.push(webhook)
        webhook.url = target as string
        webhook.types = events as string[]
        webhook.enabled = active === true
        if (bodyOf(request)['auth_type'] !== undefined)
          webhook.signed = bodyOf(request)['auth_type'] !== 'none'
        return json(200, { results: { id: webhook.id, links: [] } })
      }
      if (place === 'events') {
        const within = (name: string) => Date.parse(url.searchParams.get(name) ?? '')
        const found = esp.events
          .filter(({ atMs }) => atMs >= within('from') && atMs < within('to'))
          .toReversed()
        const { items, next } = pageOf(found, from, size)
        return json(200, {
          results: items.map(({ listed }) => listed),
          total_count: found.length,
          links: links(next),
        })
      }
      if (method === 'GET' && id !== '') {
        const found = esp.suppressed.filter(({ address }) => address === id)
        return found.length === 0
          ? json(404, { errors: [{ message: 'Recipient could not be found' }] })
          : json(200, { results: found.map(listed), links: [] })
      }
      if (method === 'GET') {
        const { items, next } = pageOf(esp.suppressed, from, size)
        return json(200, {
          results: items.map(listed),
          links: links(next),
          total_count: esp.suppressed.length,
        })
      }
      const scopeOf = (list: unknown) => (typeof list === 'string' ? `list:${list}` : null)
      if (method === 'DELETE') {
        const { type, list_id } = bodyOf(request)
        // Without a kind, all lists of both kinds.
        const gone = esp.suppressed.filter(
          ({ address, scope }) =>
            address === id && (type === undefined || (type === KIND && scope === scopeOf(list_id))),
        )
        for (const one of gone) lift(esp.suppressed, one)
        return gone.length > 0
          ? new Response(null, { status: 204 })
          : json(404, { errors: [{ message: 'Recipient could not be found' }] })
      }
      const recipients = bodyOf(request)['recipients'] as { recipient: string; list_id?: string }[]
      if (recipients.length > 10_000) return json(400, { errors: [{ message: 'too many recipients' }] })
      for (const { recipient, list_id } of recipients)
        suppress(esp.suppressed, {
          address: recipient,
          reason: 'manual',
          scope: scopeOf(list_id),
          atMs: null,
        })
      return json(200, { results: { message: 'Suppression List successfully updated' } })
    },
  }
  return esp
}

const shown = ({ id, url, enabled, types, signed }: FakeEsp['webhooks'][number]) => ({
  id,
  name: 'Postern',
  target: url,
  events: types,
  active: enabled,
  ...(signed
    ? { auth_type: 'basic', auth_credentials: { username: 'hooks', password: 'in the clear' } }
    : {}),
})

const KIND = 'non_transactional'

const listed = ({ address, reason, scope, atMs }: Suppressed) => ({
  recipient: address,
  type: KIND,
  ...(scope === null ? {} : { list_id: scope.slice('list:'.length) }),
  source: SOURCES[reason],
  created: new Date(atMs ?? 0).toISOString().replace('.000Z', '+00:00'),
  updated: '2026-12-01T00:00:00+00:00',
  non_transactional: true,
})
