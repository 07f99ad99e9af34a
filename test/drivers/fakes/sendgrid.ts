import type { ApiRequest, Suppressed } from '../../../src/drivers/driver.ts'
import { bodyOf, json, lift, pageOf, suppress, type Fake, type FakeEsp } from './fake.ts'

/** Kinds of events with their own fields, as `EmailLogsEvent` of the description and the webhook's reference have them. */
const KINDS = [
  ['processed', { 'smtp-id': '<14c5d75ce93.dfd.64b469@ismtpd-555>' }],
  ['delivered', { response: '250 2.0.0 OK', ip: '192.0.2.1', 'smtp-id': '<14c5d75ce93.dfd@ismtpd-555>' }],
  [
    'bounce',
    {
      type: 'bounce',
      status: '5.1.1',
      reason: '550 5.1.1 unknown',
      bounce_classification: 'Invalid Address',
    },
  ],
  ['deferred', { response: '451 4.7.1 later', attempt: '2' }],
  ['dropped', { reason: 'Bounced Address', 'smtp-id': '<14c5d75ce93.dfd@ismtpd-555>' }],
  ['open', { useragent: 'Mozilla/5.0', ip: '198.51.100.7', sg_machine_open: true }],
  [
    'click',
    { url: 'https://example.com/a', url_offset: { index: 0, type: 'html' }, useragent: 'Mozilla/5.0' },
  ],
  ['spamreport', {}],
  ['group_unsubscribe', { asm_group_id: 12, url: 'https://example.com/u' }],
  ['group_resubscribe', { asm_group_id: 12 }],
  ['unsubscribe', {}],
] as const

const GROUPS = [7, 12]
const FLAGS = [
  'processed', 'deferred', 'delivered', 'bounce', 'dropped', 'open', 'click', 'spam_report', 'unsubscribe',
  'group_unsubscribe', 'group_resubscribe', 'account_status_change',
] // prettier-ignore

export const sendgrid: Fake = {
  provider: 'sendgrid',
  description:
    'twilio/sendgrid-oai@dbe0e0d, 2026-01-22: spec/json/tsg_{webhooks,logs,suppressions,scopes}_v3.json',
  differences: [
    'events: the description says itself that custom arguments are in custom_args, while deliveries have them beside the other fields',
    'flags that a change of a webhook does not name: the description does not say whether they stay, code of others says that they do not; here they do not',
    'no webhook: the description shows a list with one empty object',
  ],
  key: 'SG.c2VuZGdyaWQta2V5.b2YtdGhlLXN1aXRl',
  settings: {},
  hosts: ['api.sendgrid.com', 'api.eu.sendgrid.com'],
  scopes: { unsubscribe: [null, ...GROUPS.map((group) => `group:${group}`)] },
  open,
}

function open(): FakeEsp {
  const esp: FakeEsp = {
    webhooks: [],
    events: [],
    suppressed: [],
    troubled: false,
    event(index, atMs) {
      const [event, fields] = KINDS[index % KINDS.length] ?? KINDS[0]
      const all = {
        event,
        email: `person${index}@example.com`,
        sg_message_id: idOf(index),
        sg_event_id: `2M1MaNdWRNipzTpyUCWQ${index}`,
        timestamp: Math.floor(atMs / 1_000),
        category: ['welcome'],
        ...fields,
      }
      return {
        atMs,
        delivered: { ...all, order: String(index) },
        listed: { ...all, custom_args: { order: String(index) } },
      }
    },
    answer(request) {
      const url = new URL(request.url)
      if (request.headers['authorization'] !== `Bearer ${sendgrid.key}`)
        return json(401, { errors: [{ field: null, message: 'authorization required' }] })
      const path = url.pathname.slice('/v3/'.length).split('/').map(decodeURIComponent)
      const [area = ''] = path
      if (area === 'user') return webhooks(esp, request, path.slice(4))
      if (area === 'scopes')
        return json(200, {
          scopes: ['user.webhooks.event.settings.read', '2fa_required', 'api_keys.create', 'mail.send'],
        })
      if (area === 'logs') return logs(esp, request, path[1])
      return suppressions(esp, request, url, path)
    },
  }
  return esp
}

/** Ids that sort otherwise than their times. */
const idOf = (index: number): string =>
  `${(index * 7_919) % 10_007}Xj5LmNkWSOqRbdvOpR34BA.recvd-85abf8d92c-3qfgp-2-7890E356-43C.${index}`

function webhooks(esp: FakeEsp, request: ApiRequest, [id = '', signed]: readonly string[]): Response {
  const shown = ({ id: own, url, enabled, types, signed: isSigned }: FakeEsp['webhooks'][number]) => ({
    id: own,
    url,
    enabled,
    ...Object.fromEntries(FLAGS.map((flag) => [flag, types.includes(flag)])),
    ...(isSigned ? { public_key: `public key of ${own}` } : {}),
    updated_date: '2026-11-15T10:00:00Z',
  })
  if (id === 'all')
    return json(200, { max_allowed: 5, webhooks: esp.webhooks.length === 0 ? [{}] : esp.webhooks.map(shown) })
  const own = esp.webhooks.find((one) => one.id === (signed ?? id))
  if (request.method !== 'POST' && own === undefined) return json(404, { errors: [{ message: 'not found' }] })
  if (own !== undefined && signed !== undefined) {
    own.signed = bodyOf(request)['enabled'] === true
    return json(200, { id: own.id, public_key: own.signed ? `public key of ${own.id}` : '' })
  }
  const body = bodyOf(request)
  if (own === undefined && esp.webhooks.some(({ url }) => url === body['url']))
    return json(400, { errors: [{ message: 'already exists' }] })
  const webhook = own ?? { id: '77d4a5da-7015', url: '', enabled: true, types: [], signed: false }
  webhook.url = body['url'] as string
  webhook.enabled = body['enabled'] === true
  webhook.types = FLAGS.filter((flag) => body[flag])
  if (own === undefined) esp.webhooks.push(webhook)
  return json(own === undefined ? 201 : 200, shown(webhook))
}

/** Each event is of a message of its own, which was accepted four seconds before. */
function logs(esp: FakeEsp, request: ApiRequest, id: string | undefined): Response {
  if (id !== undefined) {
    const events = esp.events.filter(
      ({ delivered }) => (delivered as { sg_message_id: string }).sg_message_id === id,
    )
    if (events.length === 0) return json(404, { errors: [{ message: 'not found' }] })
    const received = { event: 'received', recv_msgid: id, timestamp: 0 }
    return json(200, {
      sg_message_id: id,
      status: 'delivered',
      events: [received, ...events.map(({ listed }) => listed)],
    })
  }
  const { query, limit } = bodyOf(request) as { query: string; limit: number }
  if (limit > 1_000) return json(400, { errors: [{ message: 'limit must be at most 1000' }] })
  const bounds =
    /^sg_message_id_created_at >= TIMESTAMP "([^"]+)" AND sg_message_id_created_at < TIMESTAMP "([^"]+)"$/.exec(
      query,
    )
  if (bounds === null) return json(400, { errors: [{ message: 'query is malformed' }] })
  const [from, until] = bounds.slice(1).map((text) => Date.parse(text)) as [number, number]
  const messages = esp.events
    .filter(({ atMs }) => atMs - 4_000 >= from && atMs - 4_000 < until)
    .toReversed()
    .slice(0, limit)
    .map(({ atMs, delivered }) => ({
      sg_message_id: (delivered as { sg_message_id: string }).sg_message_id,
      from_email: 'shop@example.com',
      status: 'delivered',
      sg_message_id_created_at: new Date(atMs - 4_000).toISOString(),
    }))
  return json(200, { messages })
}

/** Each second bounce is of an address that is none. */
const isInvalid = ({ address }: Suppressed) => address.charCodeAt(address.length - 13) % 2 === 1

const LISTS: Readonly<Record<string, (entry: Suppressed) => boolean>> = {
  bounces: (entry) => entry.reason === 'hard_bounce' && !isInvalid(entry),
  invalid_emails: (entry) => entry.reason === 'hard_bounce' && isInvalid(entry),
  spam_reports: ({ reason }) => reason === 'spam_report',
  unsubscribes: ({ reason, scope }) => reason === 'unsubscribe' && scope === null,
}

function suppressions(esp: FakeEsp, request: ApiRequest, url: URL, path: readonly string[]): Response {
  const [area, list = '', id = '', , address] = path
  const { method } = request
  const unsubscribe = (email: string, scope: string | null) =>
    suppress(esp.suppressed, { address: email, reason: 'unsubscribe', scope, atMs: null })
  if (area === 'suppression' && method === 'GET') {
    const [offset, limit] = ['offset', 'limit'].map((name) => Number(url.searchParams.get(name)))
    if ((limit ?? 0) > 500) return json(400, { errors: [{ message: 'limit must be at most 500' }] })
    const all = esp.suppressed.filter((entry) => LISTS[list]?.(entry))
    const { items } = pageOf(all, offset ?? 0, limit ?? 500)
    return json(
      200,
      items.map(({ address: email, atMs }) => ({ email, created: Math.floor((atMs ?? 0) / 1_000) })),
    )
  }
  if (area === 'suppression') {
    for (const email of bodyOf(request)['emails'] as string[])
      for (const entry of esp.suppressed.filter(
        (one) => one.address === email && LISTS[list]?.(one) === true,
      ))
        lift(esp.suppressed, entry)
    return new Response(null, { status: 204 })
  }
  if (list === 'suppressions' && id === '')
    return json(
      200,
      esp.suppressed.flatMap(({ address: email, scope, atMs }) => {
        const group_id = Number(scope?.slice('group:'.length))
        const created_at = Math.floor((atMs ?? 0) / 1_000)
        return scope === null ? [] : [{ email, group_id, group_name: `Group ${group_id}`, created_at }]
      }),
    )
  const isGlobal = list === 'suppressions'
  const isKnown = isGlobal || GROUPS.includes(Number(id))
  if (!isKnown && method === 'GET') return json(404, { errors: [{ message: 'not found' }] })
  // An address for a group that is gone goes to the global list.
  const scope = isGlobal || !isKnown ? null : `group:${id}`
  if (method === 'POST') {
    const emails = bodyOf(request)['recipient_emails'] as string[]
    for (const email of emails) unsubscribe(email, scope)
    return json(201, { recipient_emails: emails })
  }
  if (method === 'DELETE') {
    const email = isGlobal ? (path[3] ?? '') : (address ?? '')
    return lift(esp.suppressed, { address: email, scope })
      ? new Response(null, { status: 204 })
      : json(404, { errors: [{ message: 'not found' }] })
  }
  return json(200, { id: Number(id), name: `Group ${id}` })
}
