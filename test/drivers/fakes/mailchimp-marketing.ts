import { bodyOf, type Fake, type FakeEsp, json } from './fake.ts'

export const mailchimpMarketing: Fake = {
  provider: 'mailchimp-marketing',
  description:
    'spec/marketing.json 3.0.55 (copy in api-evangelist/mailchimp@1e0ceeb, 2026-08): lists/{list_id}/webhooks; the vendor’s guide as read on 2026-08-13 for signing',
  differences: ['signing_enabled and signing_secret: in the guide of 2026, but not in the specification'],
  key: '0123456789abcdef0123456789abcdef-us6',
  settings: { list: '4ca5becb8d' },
  hosts: ['us6.api.mailchimp.com'],
  open,
}

function open(): FakeEsp {
  const esp: FakeEsp = {
    webhooks: [],
    events: [],
    suppressed: [],
    troubled: false,
    event: () => ({ atMs: 0, delivered: null, listed: null }),
    answer(request) {
      if (request.headers['authorization'] !== `Basic ${btoa(`postern:${mailchimpMarketing.key}`)}`)
        return json(401, { title: 'API Key Invalid', status: 401 })
      const [, , , list, , id] = new URL(request.url).pathname.split('/').map(decodeURIComponent)
      if (list !== '4ca5becb8d') return json(404, { title: 'Resource Not Found', status: 404 })
      if (request.method === 'GET') return json(200, { webhooks: esp.webhooks.map(shown), list_id: list })
      const own = esp.webhooks.find((one) => one.id === id)
      if (request.method === 'PATCH' && own === undefined) return json(404, { status: 404 })
      const { url, events } = bodyOf(request)
      const webhook = own ?? { id: '5d9a5e3f7b', url: '', enabled: true, types: [], signed: true }
      if (own === undefined) esp.webhooks.push(webhook)
      webhook.url = url as string
      webhook.enabled = true // No flag: what is saved is on.
      webhook.types = Object.entries(events as Record<string, boolean>).flatMap(([type, isOn]) =>
        isOn ? [type] : [],
      )
      return json(200, {
        ...shown(webhook),
        ...(own === undefined ? { signing_secret: 'a-secret-told-once' } : {}),
      })
    },
  }
  return esp
}

const shown = ({ id, url, types, signed }: FakeEsp['webhooks'][number]) => ({
  id,
  url,
  events: Object.fromEntries(
    ['subscribe', 'unsubscribe', 'profile', 'cleaned', 'upemail', 'campaign'].map((type) => [
      type,
      types.includes(type),
    ]),
  ),
  sources: { user: true, admin: true, api: true },
  list_id: '4ca5becb8d',
  signing_enabled: signed,
})
