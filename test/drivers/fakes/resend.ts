import type {
  CreateWebhookResponseSuccess,
  GetWebhookEventResponseSuccess,
  GetWebhookResponseSuccess,
  ListWebhookEventAttemptsResponseSuccess,
  SuppressionListEntry,
  Webhook,
  WebhookEventLog,
  WebhookEventPayload,
} from 'resend'
import type { Suppressed } from '../../../src/drivers/driver.ts'
import type { Json } from '../../../src/platform/json.ts'
import { bodyOf, isRefused, type Fake, type FakeEsp, json, suppress } from './fake.ts'

type Payload = Extract<WebhookEventPayload, { type: `email.${string}` }>

const bounce = { type: 'Permanent', subType: 'General', message: '550 5.1.1 unknown' }
const click = {
  link: 'https://example.com/a',
  ipAddress: '198.51.100.7',
  timestamp: '2026-12-01T10:00:00.000Z',
  userAgent: 'Mozilla/5.0',
}
const suppressed = { type: 'OnAccountSuppressionList', message: 'bounced before' }

/** One event of each kind, as the vendor's types have it. */
const payloads = (
  created_at: string,
  data: Extract<WebhookEventPayload, { type: 'email.sent' }>['data'],
): readonly Payload[] => [
  { type: 'email.delivered', created_at, data },
  { type: 'email.bounced', created_at, data: { ...data, bounce } },
  { type: 'email.opened', created_at, data },
  { type: 'email.clicked', created_at, data: { ...data, click } },
  { type: 'email.complained', created_at, data },
  { type: 'email.suppressed', created_at, data: { ...data, suppressed } },
]

const ORIGINS = {
  hard_bounce: 'bounce',
  spam_report: 'complaint',
  unsubscribe: 'manual',
  manual: 'manual',
} as const

export const resend: Fake = {
  provider: 'resend',
  description:
    'resend-openapi@fd6f395 of 2026-08-21; docs of webhooks/list-events and get-event of 2026-09-16, of suppressions of 2026-10',
  differences: [
    'why an email was suppressed: suppressed.reason in captured deliveries, message and type in the types of resend 6.38.0',
    'events of a webhook: one copy of the page says private beta, the changelog of 2026-09-16 says for all',
    'that an event has the id of its delivery (svix-id) is in notes of others of 2026-09-03; the pages show ids of its form',
    'the id of a delivery is a header; here it stands in the item, where the driver puts it',
  ],
  key: 're_c1tpEyD8_NKFusih9vKVQknRAQfmFcWCv',
  settings: { webhookId: '4dd369bc' },
  hosts: ['api.resend.com'],
  open,
}

function open(): FakeEsp {
  const idOf = (index: number) => `msg_1srOrx2ZWZBpBUvZwXK${index}`
  /** A page after an id, as all lists of Resend have it. */
  const page = (all: readonly { readonly id: string }[], params: URLSearchParams) => {
    const after = params.get('after')
    const from = after === null ? 0 : all.findIndex(({ id }) => id === after) + 1
    const end = from + Number(params.get('limit') ?? 20)
    return json(200, { object: 'list', has_more: end < all.length, data: all.slice(from, end) })
  }
  const esp: FakeEsp = {
    webhooks: [],
    events: [],
    suppressed: [],
    troubled: false,
    event(index, atMs) {
      const created_at = new Date(atMs).toISOString()
      const kinds = payloads(created_at, {
        email_id: `571f1f42-${index}`,
        message_id: `<571f1f42-${index}@example.com>`,
        from: 'us@example.com',
        to: [`person${index}@example.com`],
        subject: 'Hello',
        created_at,
      })
      const item = { ...kinds[index % kinds.length], 'svix-id': idOf(index) } as unknown as Json
      return { atMs, delivered: item, listed: item }
    },
    answer(request) {
      const { pathname, searchParams } = new URL(request.url)
      if (request.headers['authorization'] !== `Bearer ${resend.key}`)
        return json(400, { statusCode: 400, name: 'validation_error', message: 'API key is invalid' })
      const [, place, id = '', part, eventId, attempts] = pathname.split('/').map(decodeURIComponent)
      const { method } = request
      if (Number(searchParams.get('limit') ?? 20) > 100) return json(422, { name: 'validation_error' })

      if (place === 'webhooks' && attempts !== undefined)
        return json(200, {
          object: 'list',
          has_more: false,
          data: [{ id: 'atmpt_1', http_status_code: 503, response: '', sent_at: '2026-11-30T00:00:00Z' }],
        } satisfies ListWebhookEventAttemptsResponseSuccess)
      if (place === 'webhooks' && part === 'events') {
        const all = esp.events.toReversed().map(({ listed }) => {
          const { 'svix-id': own, ...payload } = listed as unknown as Payload & { 'svix-id': string }
          const { type, created_at } = payload
          return {
            object: 'webhook_event',
            id: own,
            type,
            created_at,
            status: 'success',
            next_attempt_at: null,
            payload,
          } satisfies GetWebhookEventResponseSuccess
        })
        if (eventId !== undefined) return json(200, all.find((one) => one.id === eventId) ?? {})
        const stuck: WebhookEventLog = {
          id: 'msg_stuck',
          type: 'email.sent',
          created_at: '2026-11-30T00:00:00Z',
          status: 'failed',
        }
        return page(
          [
            ...all.map(({ id: own, type, created_at, status }): WebhookEventLog => ({
              id: own,
              type,
              created_at,
              status,
            })),
            ...(esp.troubled ? [stuck] : []),
          ],
          searchParams,
        )
      }
      if (place === 'webhooks') {
        const own = esp.webhooks.find((one) => one.id === id)
        const secret = { signing_secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' }
        if (method === 'GET' && id === '') return page(esp.webhooks.map(shown), searchParams)
        if (method !== 'POST' && own === undefined) return json(404, { name: 'not_found' })
        if (method === 'GET')
          return json(200, {
            object: 'webhook',
            ...shown(own!),
            ...secret,
          } satisfies GetWebhookResponseSuccess)
        const { endpoint, events, status } = bodyOf(request)
        const webhook = own ?? { id: 'b2693018', url: '', enabled: true, types: [], signed: true }
        if (own === undefined) esp.webhooks.push(webhook)
        webhook.url = endpoint as string
        webhook.types = events as string[]
        if (status !== undefined) webhook.enabled = status === 'enabled'
        const made: CreateWebhookResponseSuccess = { object: 'webhook', id: webhook.id, ...secret }
        return own === undefined ? json(201, made) : json(200, { object: 'webhook', id: webhook.id })
      }
      if (method === 'GET') return page(esp.suppressed.map(listed), searchParams)
      const emails = bodyOf(request)['emails'] as string[]
      if (emails.length > 100) return json(422, { name: 'validation_error' })
      if (pathname.endsWith('/remove')) {
        const left = esp.suppressed.filter(({ address }) => !emails.includes(address))
        esp.suppressed.splice(0, esp.suppressed.length, ...left)
        return json(200, { data: [] })
      }
      const taken = emails.filter((address) => !isRefused(address))
      for (const address of taken)
        suppress(esp.suppressed, { address, reason: 'manual', scope: null, atMs: null })
      return json(200, { data: taken.map((address) => ({ object: 'suppression', id: `id of ${address}` })) })
    },
  }
  return esp
}

const shown = ({ id, url, enabled, types }: FakeEsp['webhooks'][number]): Webhook => ({
  id,
  endpoint: url,
  events: types as Webhook['events'],
  status: enabled ? 'enabled' : 'disabled',
  created_at: '2026-08-22T15:28:00.000Z',
})

const listed = ({ address, reason, atMs }: Suppressed): SuppressionListEntry => ({
  id: `id of ${address}`,
  email: address,
  origin: ORIGINS[reason],
  source_id: null,
  created_at: new Date(atMs ?? 0).toISOString(),
})
