import type { Brevo } from '@getbrevo/brevo'
import type { Suppressed } from '../../../src/drivers/driver.ts'
import { bodyOf, type Fake, type FakeEsp, json, lift, pageOf } from './fake.ts'

/** Words of a delivery, of the API, and further fields. */
const KINDS = [
  ['request', 'requests', {}],
  ['delivered', 'delivered', {}],
  ['hard_bounce', 'hardBounces', { reason: '550 5.1.1 unknown' }],
  ['soft_bounce', 'softBounces', { reason: '452 4.2.2 full' }],
  ['opened', 'opened', {}],
  ['click', 'clicks', { link: 'https://example.com/a' }],
  ['proxy_open', 'loadedByProxy', {}],
  ['spam', 'spam', {}],
  ['unsubscribed', 'unsubscribed', {}],
  ['invalid_email', 'invalid', {}],
] as const

const CODES = {
  hard_bounce: 'hardBounce',
  spam_report: 'contactFlaggedAsSpam',
  unsubscribe: 'unsubscribedViaEmail',
  manual: 'adminBlocked',
} as const

export const brevo: Fake = {
  provider: 'brevo',
  description:
    'getbrevo/brevo-node@c353d32 of 2026-03-05: webhooks, transactionalEmails; developers.brevo.com (2026-12-02)',
  differences: [
    'days of statistics: UTC in the description, the zone of the account according to others; the fake has UTC',
    'time of an event: milliseconds in deliveries, seconds here in the API, of which the description has no example',
  ],
  key: 'xkeysib-9a1c0de-Tq3',
  settings: {},
  hosts: ['api.brevo.com'],
  open,
}

function open(): FakeEsp {
  const esp: FakeEsp = {
    webhooks: [],
    events: [],
    suppressed: [],
    troubled: false,
    event(index, atMs) {
      const [event, word, fields] = KINDS[index % KINDS.length] ?? KINDS[0]
      const email = `person${index}@example.com`
      const messageId = `<2026.${index}@relay.example>`
      return {
        atMs,
        delivered: { event, email, 'message-id': messageId, ts_epoch: atMs + 137, tags: ['a'], ...fields },
        listed: {
          event: word,
          email,
          messageId,
          date: seconds(atMs),
          from: 'us@example.com',
          tag: 'a',
          ...fields,
        } satisfies Brevo.GetEmailEventReportResponse.Events.Item,
      }
    },
    answer(request) {
      const { pathname, searchParams } = new URL(request.url)
      if (request.headers['api-key'] !== brevo.key) return json(401, { code: 'unauthorized' })
      const [, , place, part = '', id = ''] = pathname.split('/').map(decodeURIComponent)
      const { method } = request
      const [limit, offset] = [Number(searchParams.get('limit')), Number(searchParams.get('offset'))]

      if (place === 'webhooks' && method === 'GET') return json(200, { webhooks: esp.webhooks.map(shown) })
      if (place === 'webhooks') {
        const own = esp.webhooks.find((one) => one.id === part)
        if (method === 'PUT' && own === undefined) return json(404, { code: 'document_not_found' })
        const { url, events } = bodyOf(request)
        const webhook = own ?? { id: '5', url: '', enabled: true, types: [], signed: false }
        if (own === undefined) esp.webhooks.push(webhook)
        webhook.url = url as string
        webhook.enabled = true // No flag: what is saved is on.
        webhook.types = events as string[]
        webhook.signed ||= webhook.url.includes('@')
        return own === undefined ? json(201, { id: 5 }) : new Response(null, { status: 204 })
      }
      if (part === 'statistics') {
        const [start, end] = [
          Date.parse(searchParams.get('startDate')!),
          Date.parse(searchParams.get('endDate')!),
        ]
        if (!(end - start < 90 * 86_400_000) || limit > 5_000) return json(400, { code: 'invalid_parameter' })
        const found = esp.events.filter(({ atMs }) => atMs >= start && atMs < end + 86_400_000)
        const { items } = pageOf(found, offset, limit)
        return json(200, items.length === 0 ? {} : { events: items.map(({ listed }) => listed) })
      }
      if (method === 'DELETE')
        return lift(esp.suppressed, { address: id, scope: null })
          ? new Response(null, { status: 204 })
          : json(404, { code: 'document_not_found' })
      if (limit > 100) return json(400, { code: 'out_of_range' })
      const { items } = pageOf(esp.suppressed, offset, limit)
      return json(200, { count: esp.suppressed.length, contacts: items.map(blocked) })
    },
  }
  return esp
}

const seconds = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}+00:00`

const shown = ({ id, url, types, signed }: FakeEsp['webhooks'][number]): Brevo.GetWebhook => ({
  id: Number(id),
  url,
  events: types.map((type) => (type === 'sent' ? 'request' : type)),
  type: 'transactional',
  description: 'Postern',
  createdAt: '2026-08-22T15:28:00.000Z',
  modifiedAt: '2026-08-22T15:28:00.000Z',
  ...(signed ? { auth: { type: 'bearer', token: 'in the clear' } } : {}),
})

const blocked = ({
  address,
  reason,
  atMs,
}: Suppressed): Brevo.GetTransacBlockedContactsResponse.Contacts.Item => ({
  email: address,
  senderEmail: null,
  blockedAt: new Date(atMs ?? 0).toISOString(),
  reason: { code: CODES[reason], message: 'in words' },
})
