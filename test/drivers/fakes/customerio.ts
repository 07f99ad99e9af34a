import type { Suppressed } from '../../../src/drivers/driver.ts'
import { bodyOf, type Fake, type FakeEsp, json, lift, pageOf, suppress } from './fake.ts'

const LISTS = { bounces: 'hard_bounce', spam_reports: 'spam_report' } as const
const isList = (list: string): list is keyof typeof LISTS => Object.hasOwn(LISTS, list)

export const customerio: Fake = {
  provider: 'customerio',
  description:
    'docs.customer.io/integrations/api/app (2026-09-08, again 2026-12-02): reporting-webhooks, esp-suppression; OpenAPI in api-evangelist/customer-io@14dda593 of 2026-09-26',
  differences: [
    'an address that is suppressed for several sending domains: may stand in a list several times, says the description; here once',
    'a change of a webhook: endpoint, events and name are required in the description, any subset in customerio-node 5.2.0',
    '400 or 403 if Customer.io does not deliver the mail itself: in one public reader, not in the description',
  ],
  key: '85aa5a2c96e64a3bb26d7e0f1c9d4a61',
  settings: {},
  hosts: ['api.customer.io', 'api-eu.customer.io'],
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
      const { pathname, searchParams } = new URL(request.url)
      if (request.headers['authorization'] !== `Bearer ${customerio.key}`)
        return json(401, { errors: [{ detail: 'unauthorized' }] })
      const [, , place, part = '', list = '', address = ''] = pathname.split('/').map(decodeURIComponent)
      const { method } = request

      if (place === 'reporting_webhooks' && method === 'GET' && part === '')
        return json(200, { reporting_webhooks: esp.webhooks.map(shown) })
      if (place === 'reporting_webhooks') {
        const own = esp.webhooks.find((one) => one.id === part)
        if (method !== 'POST' && own === undefined) return json(404, {})
        if (method === 'GET') return json(200, shown(own!))
        const { endpoint, events, disabled, name } = bodyOf(request)
        if (endpoint === undefined || events === undefined || name === undefined) return json(400, {})
        const webhook = own ?? { id: '4', url: '', enabled: true, types: [], signed: true }
        if (own === undefined) esp.webhooks.push(webhook)
        webhook.url = endpoint as string
        webhook.types = events as string[]
        webhook.enabled = disabled !== true
        return json(200, shown(webhook))
      }
      if (method === 'GET') {
        const size = Number(searchParams.get('limit'))
        if (size > 1_000) return json(400, {})
        const own = esp.suppressed.filter(({ reason }) => isList(list) && LISTS[list] === reason)
        const { items } = pageOf(own, Number(searchParams.get('offset')), size)
        return json(200, { category: list, suppressions: items.map(listed) })
      }
      if (method === 'DELETE')
        return isList(list) && lift(esp.suppressed, { address, scope: null })
          ? new Response(null, { status: 204 })
          : json(404, {})
      if (!isList(list)) return json(400, {})
      suppress(esp.suppressed, { address, reason: LISTS[list], scope: null, atMs: null })
      return json(200, {})
    },
  }
  return esp
}

const shown = ({ id, url, types, enabled }: FakeEsp['webhooks'][number]) => ({
  name: 'my cool webhook',
  id,
  type: 'webhook',
  endpoint: url,
  disabled: !enabled,
  full_resolution: true,
  with_content: false,
  events: types,
})

const listed = ({ address, atMs }: Suppressed) => ({
  created: Math.floor((atMs ?? 0) / 1_000),
  email: address,
  reason: '5.1.1 mailbox does not exist',
  status: '550',
})
