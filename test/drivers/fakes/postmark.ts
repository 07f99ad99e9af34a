import type { Models } from 'postmark'
import type { ApiRequest, Suppressed, SuppressedReason } from '../../../src/drivers/driver.ts'
import { bodyOf, isRefused, json, pageOf, suppress, type Fake, type FakeEsp } from './fake.ts'

/** Kinds of events. Those with a type are bounces in the API. */
const KINDS = ['Delivery', 'HardBounce', 'Open', 'SoftBounce', 'SpamComplaint', 'Transient', 'Click'] as const
const OF_MESSAGES: Readonly<Record<string, string>> = {
  Delivery: 'DeliveredAt',
  Open: 'ReceivedAt',
  Click: 'ReceivedAt',
}
const TRIGGERS = ['Delivery', 'Bounce', 'SpamComplaint', 'Open', 'Click', 'SubscriptionChange']
const STREAM = 'outbound'

export const postmark: Fake = {
  provider: 'postmark',
  description:
    'postmarkapp.com/developer/api, 2026-12-01: webhooks, bounces, suppressions; ActiveCampaign/postmark-skills@95f4c70: statistics',
  differences: [
    'BouncedAt: with the offset of Eastern Time in answers, in UTC in captured deliveries',
    'RecordType of a complaint: Bounce in answers, SpamComplaint in captured deliveries',
    'names of parameters: fromdate and SuppressionReason in the description, fromDate and suppressionReason in postmark 5.1.0; the fake takes both',
    'Message of a suppression that was added: null in the description, text in the types of postmark 5.1.0',
    'dump of suppressions: no pages in the description, count and offset in postmark 5.1.0',
  ],
  key: '3b1f4d5e-9c8a-4f6b-8d7e-server-token',
  settings: {},
  hosts: ['api.postmarkapp.com'],
  scopes: { unsubscribe: [`stream:${STREAM}`], manual: [`stream:${STREAM}`] },
  open,
}

/** Eastern Standard Time, which holds in December. */
const eastern = (ms: number) => new Date(ms - 5 * 3_600_000).toISOString().replace('Z', '-05:00')

function open(): FakeEsp {
  const esp: FakeEsp = {
    webhooks: [],
    events: [],
    suppressed: [],
    troubled: false,
    event(index, atMs) {
      const kind = KINDS[index % KINDS.length] ?? 'Delivery'
      const MessageID = `883953f4-6105-42a2-a16a-${String(index).padStart(12, '0')}`
      const address = `person${index}@example.com`
      const common = { MessageID, MessageStream: STREAM, Tag: 'welcome', Metadata: { order: String(index) } }
      const field = OF_MESSAGES[kind]
      const utc = new Date(atMs).toISOString()
      if (field !== undefined)
        return {
          atMs,
          delivered: { ...common, RecordType: kind, Recipient: address, [field]: utc },
          listed: null,
        }
      const bounce = {
        ...common,
        ID: 4_000_000 + index,
        Type: kind,
        TypeCode: 1,
        Name: 'in words',
        Description: 'in more words',
        Email: address,
        From: 'us@example.com',
        Details: '550 5.1.1 unknown',
        ServerID: 23,
        DumpAvailable: false,
        Inactive: false,
        CanActivate: true,
        Subject: 'Hello',
      }
      const RecordType = kind === 'SpamComplaint' ? kind : 'Bounce'
      const listed: Models.Bounce = { ...bounce, RecordType: 'Bounce', BouncedAt: eastern(atMs) }
      return { atMs, delivered: { ...bounce, RecordType, BouncedAt: utc }, listed: { ...listed } }
    },
    answer(request) {
      const url = new URL(request.url)
      if (request.headers['x-postmark-server-token'] !== postmark.key)
        return json(401, { ErrorCode: 10, Message: 'Bad or missing Server API token.' })
      const [area, id, , part] = url.pathname.split('/').slice(1).map(decodeURIComponent)
      if (area === 'webhooks') return webhooks(esp, request, url, id)
      if (area === 'bounces') return bounces(esp, url)
      if (area !== 'message-streams' || id !== STREAM)
        return json(404, { ErrorCode: 0, Message: 'not found' })
      return suppressions(esp, request, url, part)
    },
  }
  return esp
}

function webhooks(esp: FakeEsp, request: ApiRequest, url: URL, id: string | undefined): Response {
  const own = esp.webhooks.find((one) => one.id === id)
  if (id !== undefined && own === undefined) return json(404, { ErrorCode: 1_360, Message: 'not found' })
  if (url.pathname.endsWith('/statistics')) {
    const FailureCount = esp.troubled ? 50 : 0
    return json(200, {
      WebhookId: id,
      Statuses: { Bounce: esp.troubled ? 'unverified' : 'verified', Delivery: 'verified' },
      Metrics: { TotalRequests: 950 + FailureCount, SuccessCount: 950, FailureCount, RetryCount: 62 },
    })
  }
  if (request.method === 'GET') return json(200, { Webhooks: esp.webhooks.map(shown) })
  const body = bodyOf(request) as {
    Url?: string
    HttpAuth?: object
    Triggers?: Record<string, { Enabled: boolean }>
  }
  const webhook = own ?? { id: '1234567', url: '', enabled: true, types: [], signed: false }
  webhook.url = body.Url ?? webhook.url
  webhook.types = TRIGGERS.filter((type) => body.Triggers?.[type]?.Enabled ?? webhook.types.includes(type))
  webhook.signed ||= body.HttpAuth !== undefined
  webhook.enabled = true
  if (own === undefined) esp.webhooks.push(webhook)
  return json(200, shown(webhook))
}

const shown = ({ id, url, types, signed }: FakeEsp['webhooks'][number]): Models.Webhook => ({
  ID: Number(id),
  Url: url,
  MessageStream: STREAM,
  ...(signed ? { HttpAuth: { Username: 'hooks', Password: 'in the clear' } } : {}),
  HttpHeaders: [],
  Triggers: {
    Delivery: { Enabled: types.includes('Delivery') },
    Bounce: { Enabled: types.includes('Bounce') },
    SpamComplaint: { Enabled: types.includes('SpamComplaint') },
    Open: { Enabled: types.includes('Open') },
    Click: { Enabled: types.includes('Click') },
    SubscriptionChange: { Enabled: types.includes('SubscriptionChange') },
  },
})

/** The value of a parameter, in whatever case its name is written. */
const asked = (url: URL, wanted: string): string | undefined =>
  [...url.searchParams].find(([name]) => name.toLowerCase() === wanted)?.[1]

function bounces(esp: FakeEsp, url: URL): Response {
  const [count, offset] = ['count', 'offset'].map((name) => Number(asked(url, name))) as [number, number]
  if (count > 500 || count + offset > 10_000) return json(422, { ErrorCode: 600, Message: 'out of range' })
  const [from, until] = ['fromdate', 'todate'].map((name) => Date.parse(`${asked(url, name)}-05:00`))
  const found = esp.events
    .filter(({ atMs, listed }) => listed !== null && atMs >= (from ?? 0) && atMs <= (until ?? 0))
    .toReversed()
  const { items } = pageOf(found, offset, count)
  return json(200, { TotalCount: found.length, Bounces: items.map(({ listed }) => listed) })
}

const WORDS: Readonly<Record<SuppressedReason, readonly [reason: string, origin: string]>> = {
  hard_bounce: ['HardBounce', 'Recipient'],
  spam_report: ['SpamComplaint', 'Recipient'],
  unsubscribe: ['ManualSuppression', 'Recipient'],
  manual: ['ManualSuppression', 'Customer'],
}

function suppressions(esp: FakeEsp, request: ApiRequest, url: URL, part: string | undefined): Response {
  const wanted = asked(url, 'suppressionreason')
  if (part === 'dump')
    return json(200, {
      Suppressions: esp.suppressed.filter(({ reason }) => WORDS[reason][0] === wanted).map(listed),
    })
  const entries = bodyOf(request)['Suppressions'] as { EmailAddress: string }[]
  if (entries.length > 50) return json(422, { ErrorCode: 701, Message: 'too many' })
  const Suppressions = entries.map(
    ({ EmailAddress }): Omit<Models.SuppressionStatus, 'Message'> & { Message: null } => {
      const at = esp.suppressed.findIndex(({ address }) => address === EmailAddress)
      if (part !== 'delete') {
        if (isRefused(EmailAddress)) return { EmailAddress, Status: 'Failed', Message: null }
        const scope = `stream:${STREAM}`
        if (at < 0) suppress(esp.suppressed, { address: EmailAddress, reason: 'manual', scope, atMs: null })
        return { EmailAddress, Status: 'Suppressed', Message: null }
      }
      const isKept = esp.suppressed[at]?.reason === 'spam_report'
      if (at >= 0 && !isKept) esp.suppressed.splice(at, 1)
      return { EmailAddress, Status: isKept ? 'Failed' : 'Deleted', Message: null }
    },
  )
  return json(200, { Suppressions })
}

const listed = ({ address, reason, atMs }: Suppressed): Models.Suppression => ({
  EmailAddress: address,
  SuppressionReason: WORDS[reason][0],
  Origin: WORDS[reason][1],
  CreatedAt: eastern(atMs ?? 0),
})
