import type { Suppressed } from '../../../src/drivers/driver.ts'
import { bodyOf, type Fake, type FakeEsp, json, suppress } from './fake.ts'

const KINDS = [
  ['email.delivered', {}],
  ['email.bounced', { bounce: { type: 'Permanent', subType: 'General', message: '550 5.1.1 unknown' } }],
  ['email.opened', { open: { ipAddress: '198.51.100.7', userAgent: 'Mozilla/5.0' } }],
  ['email.clicked', { click: { link: 'https://example.com/a', userAgent: 'Mozilla/5.0' } }],
  ['email.complained', {}],
  ['email.suppressed', { suppressed: { reason: 'previous_bounce' } }],
] as const

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
      const [type, fields] = KINDS[index % KINDS.length] ?? KINDS[0]
      const created_at = new Date(atMs).toISOString()
      const data = {
        email_id: `571f1f42-${index}`,
        to: [`person${index}@example.com`],
        created_at,
        ...fields,
      }
      const item = { type, created_at, data, 'svix-id': idOf(index) }
      return { atMs, delivered: item, listed: item }
    },
    answer(request) {
      const { pathname, searchParams } = new URL(request.url)
      if (request.headers['authorization'] !== `Bearer ${resend.key}`)
        return json(401, { name: 'invalid_api_key', message: 'API key is invalid' })
      const [, place, id = '', part, eventId, attempts] = pathname.split('/').map(decodeURIComponent)
      const { method } = request
      if (Number(searchParams.get('limit') ?? 20) > 100) return json(422, { name: 'validation_error' })

      if (place === 'webhooks' && attempts !== undefined)
        return json(200, { object: 'list', data: [{ id: 'atmpt_1', http_status_code: 503, response: '' }] })
      if (place === 'webhooks' && part === 'events') {
        const all = esp.events.toReversed().map(({ listed }) => {
          const { 'svix-id': own, ...payload } = listed as {
            'svix-id': string
            type: string
            created_at: string
          }
          return { id: own, type: payload.type, created_at: payload.created_at, status: 'success', payload }
        })
        if (eventId !== undefined)
          return json(200, { ...all.find((one) => one.id === eventId), object: 'webhook_event' })
        const stuck = {
          id: 'msg_stuck',
          type: 'email.sent',
          created_at: '2026-11-30T00:00:00Z',
          status: 'failed',
        }
        return page(
          [
            ...all.map(({ id: own, type, created_at, status }) => ({ id: own, type, created_at, status })),
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
        if (method === 'GET') return json(200, { ...shown(own!), ...secret })
        const { endpoint, events, status } = bodyOf(request)
        const webhook = own ?? { id: 'b2693018', url: '', enabled: true, types: [], signed: true }
        if (own === undefined) esp.webhooks.push(webhook)
        webhook.url = endpoint as string
        webhook.types = events as string[]
        if (status !== undefined) webhook.enabled = status === 'enabled'
        return json(own === undefined ? 201 : 200, {
          object: 'webhook',
          id: webhook.id,
          ...(own ? {} : secret),
        })
      }
      if (method === 'GET') return page(esp.suppressed.map(listed), searchParams)
      const emails = bodyOf(request)['emails'] as string[]
      if (emails.length > 100) return json(422, { name: 'validation_error' })
      if (pathname.endsWith('/remove')) {
        const left = esp.suppressed.filter(({ address }) => !emails.includes(address))
        esp.suppressed.splice(0, esp.suppressed.length, ...left)
      } else
        for (const address of emails)
          suppress(esp.suppressed, { address, reason: 'manual', scope: null, atMs: null })
      return json(200, { data: [] })
    },
  }
  return esp
}

const shown = ({ id, url, enabled, types }: FakeEsp['webhooks'][number]) => ({
  id,
  endpoint: url,
  events: types,
  status: enabled ? 'enabled' : 'disabled',
  created_at: '2026-08-22T15:28:00.000Z',
})

const listed = ({ address, reason, atMs }: Suppressed) => ({
  object: 'suppression',
  id: `id of ${address}`,
  email: address,
  origin: ORIGINS[reason],
  source_id: null,
  created_at: new Date(atMs ?? 0).toISOString(),
})
