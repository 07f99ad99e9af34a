import type { Suppressed } from '../../../src/drivers/driver.ts'
import { bodyOf, isRefused, type Fake, type FakeEsp, json, lift, suppress } from './fake.ts'

const REASONS = {
  hard_bounce: 'hard-bounce',
  spam_report: 'spam',
  unsubscribe: 'unsub',
  manual: 'custom',
} as const

export const mandrill: Fake = {
  provider: 'mandrill',
  description:
    'mailchimp/mailchimp-client-lib-codegen@005d940: spec/transactional.json 1.0.28, read on 2026-12-02: webhooks, rejects',
  differences: [
    'at most 1,000 entries of rejects/list: the vendor’s page and its clients say so, the specification does not',
    'a wrong key: 401 in a copy of the specification, 500 with the name Invalid_Key to older clients',
    'path: /api/1.0 in the specification, /api/1.3 in the vendor’s package 1.4.1; the fake takes both',
    'events of a webhook: delivered and deferral are in deliveries, but not in the specification',
  ],
  key: 'md-7qZ3NnKx0v',
  settings: {},
  hosts: ['mandrillapp.com'],
  listedMax: 1_000,
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
      const path = new URL(request.url).pathname.slice('/api/1.0'.length)
      const { key, id, url, events, email } = bodyOf(request)
      if (key !== mandrill.key)
        return json(500, { status: 'error', code: -1, name: 'Invalid_Key', message: 'Invalid API key' })
      const address = email as string
      switch (path) {
        case '/webhooks/list':
          return json(200, esp.webhooks.map(shown))
        case '/webhooks/add':
        case '/webhooks/update': {
          const own = esp.webhooks.find((one) => one.id === `${id as number}`)
          if (path === '/webhooks/update' && own === undefined) return json(404, { name: 'Unknown_Webhook' })
          const saved = own ?? { id: '42', url: '', enabled: true, types: [], signed: true }
          if (own === undefined) esp.webhooks.push(saved)
          saved.url = url as string
          saved.enabled = true // No flag: what is saved is on.
          saved.types = events as string[]
          return json(200, shown(saved))
        }
        case '/rejects/list': {
          const found = esp.suppressed.filter((one) => email === undefined || one.address === address)
          return json(200, found.slice(0, 1_000).map(listed))
        }
        case '/rejects/add':
          if (isRefused(address)) return json(200, { email, added: false })
          suppress(esp.suppressed, { address, reason: 'manual', scope: null, atMs: null })
          return json(200, { email, added: true })
        default:
          return lift(esp.suppressed, { address, scope: null })
            ? json(200, { email, deleted: true, subaccount: null })
            : json(500, { status: 'error', name: 'Invalid_Reject' })
      }
    },
  }
  return esp
}

const shown = ({ id, url, types }: FakeEsp['webhooks'][number]) => ({
  id: Number(id),
  url,
  description: 'Postern',
  auth_key: 'gplJTXkCXkC7wM5IHjA6ZQ',
  events: types,
  created_at: '2026-08-22 15:28:00',
  last_sent_at: null,
  batches_sent: 0,
  events_sent: 0,
  last_error: null,
})

const utc = (ms: number): string => new Date(ms).toISOString().slice(0, 19).replace('T', ' ')

const listed = ({ address, reason, atMs, expiresAtMs }: Suppressed) => ({
  email: address,
  reason: REASONS[reason],
  detail: '550 unknown',
  created_at: utc(atMs ?? 0),
  expires_at: expiresAtMs === undefined ? null : utc(expiresAtMs),
  expired: false,
  sender: null,
  subaccount: null,
})
