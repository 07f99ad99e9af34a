/** Signatures are computed here from AWS's description of Signature Version 4, apart from the library that makes them. */
import { createHash, createHmac } from 'node:crypto'
import type { EventDestination } from '@aws-sdk/client-sesv2'
import type { ApiRequest, Suppressed } from '../../../src/drivers/driver.ts'
import { isObject, type Json } from '../../../src/platform/json.ts'
import { bodyOf, json, lift, pageOf, suppress, type Fake, type FakeEsp, type FakeWebhook } from './fake.ts'

const [ID, SECRET] = ['AKIDEXAMPLE', 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY']
const SET = 'transactional set'
const TOPIC = 'arn:aws:sns:eu-west-1:123456789012:ses-events'

export const ses: Fake = {
  provider: 'ses',
  description:
    'botocore@0e6e2404b, 2026-08-07: data/sesv2/2019-09-27/service-2.json, data/sns/2010-03-31/service-2.json',
  differences: [],
  key: `${ID}:${SECRET}`,
  settings: { region: 'eu-west-1', configurationSet: SET },
  hosts: ['email.eu-west-1.amazonaws.com', 'sns.eu-west-1.amazonaws.com'],
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
      const url = new URL(request.url)
      if (!isSigned(request, url))
        return Response.json(
          { message: 'The request signature we calculated does not match' },
          { status: 403, headers: { 'x-amzn-errortype': 'SignatureDoesNotMatch' } },
        )
      if (url.host.startsWith('sns.')) return sns(esp, request)
      const [, , area, , , name] = url.pathname.split('/').slice(1).map(decodeURIComponent)
      if (area === 'suppression') return suppressions(esp, request, url)
      return destinations(esp, request, name)
    },
  }
  return esp
}

const hash = (text: string) => createHash('sha256').update(text).digest('hex')
const mac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest()
const escaped = (text: string) =>
  encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )

/** Each part of the path is escaped once more than it is sent, as for every service but S3. */
function isSigned({ method, headers, body = '' }: ApiRequest, url: URL): boolean {
  const form =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/(ses|sns)\/aws4_request, SignedHeaders=([^,]+), Signature=(.+)$/
  const [, id, day = '', region = '', service = '', names = '', signature] =
    form.exec(headers['authorization'] ?? '') ?? []
  const time = headers['x-amz-date'] ?? ''
  const query = [...url.searchParams].map(([name, value]) => `${escaped(name)}=${escaped(value)}`).toSorted()
  const value = (name: string) => (name === 'host' ? url.host : (headers[name] ?? ''))
  const signed = names.split(';')
  const canonical = [
    method,
    url.pathname.split('/').map(escaped).join('/'),
    query.join('&'),
    ...signed.map((name) => `${name}:${value(name).trim()}`),
    '',
    names,
    hash(body),
  ].join('\n')
  const scope = `${day}/${region}/${service}/aws4_request`
  const key = [day, region, service, 'aws4_request'].reduce<string | Buffer>(mac, `AWS4${SECRET}`)
  const expected = mac(key, ['AWS4-HMAC-SHA256', time, scope, hash(canonical)].join('\n')).toString('hex')
  const isOurs = id === ID && time.startsWith(day) && url.host.split('.')[1] === region
  return isOurs && signed.includes('host') && signed.includes('x-amz-date') && signature === expected
}

function destinations(esp: FakeEsp, request: ApiRequest, name: string | undefined): Response {
  if (request.method === 'GET')
    return json(200, {
      EventDestinations: [
        ...esp.webhooks.map((one): EventDestination => ({
          Name: one.id,
          Enabled: one.enabled,
          MatchingEventTypes: one.types as EventDestination['MatchingEventTypes'],
          SnsDestination: { TopicArn: `${TOPIC}-${one.id}` },
        })),
        {
          Name: 'metrics',
          Enabled: true,
          MatchingEventTypes: ['SEND'],
          CloudWatchDestination: { DimensionConfigurations: [] },
        } satisfies EventDestination,
      ],
    })
  const own = esp.webhooks.find(({ id }) => id === name)
  const definition = bodyOf(request)['EventDestination'] as {
    Enabled: boolean
    MatchingEventTypes: string[]
    SnsDestination?: { TopicArn: string }
  }
  if (own === undefined) return json(404, { message: 'not found' })
  if (definition.SnsDestination?.TopicArn !== `${TOPIC}-${name}`)
    return json(400, { message: 'no destination' })
  own.enabled = definition.Enabled
  own.types = definition.MatchingEventTypes
  return json(200, {})
}

function sns(esp: FakeEsp, { body }: ApiRequest): Response {
  const form = new URLSearchParams(body)
  const action = form.get('Action') ?? ''
  const webhook = esp.webhooks.find(({ id }) => form.get('TopicArn') === `${TOPIC}-${id}`)
  const answer = { [`${action}Response`]: { [`${action}Result`]: snsResult(esp, action, webhook) } }
  return new Response(xml(answer), { headers: { 'content-type': 'text/xml' } })
}

function snsResult({ troubled }: FakeEsp, action: string, webhook: FakeWebhook | undefined): Json {
  const SubscriptionArn = `${TOPIC}:2bcfbf39-05c3-41de-beaa-fcfcc21c8f55`
  if (action === 'ListSubscriptionsByTopic')
    return {
      Subscriptions:
        webhook === undefined ? [] : [{ SubscriptionArn, Protocol: 'https', Endpoint: webhook.url }],
    }
  const Attributes = {
    PendingConfirmation: 'false',
    RawMessageDelivery: String(troubled),
    ...(troubled ? { FilterPolicy: '{"eventType":["Bounce"]}' } : {}),
  }
  return { Attributes }
}

/** Items of a list are members, and those of the one map entries. */
function xml(value: Json): string {
  if (Array.isArray(value)) return value.map((one) => `<member>${xml(one)}</member>`).join('')
  if (!isObject(value)) return String(value).replaceAll('&', '&amp;').replaceAll('"', '&quot;')
  return Object.entries(value)
    .map(([name, one]) => `<${name}>${name === 'Attributes' ? entries(one) : xml(one ?? null)}</${name}>`)
    .join('')
}

const entries = (map: Json | undefined): string =>
  Object.entries(map ?? {})
    .map(([key, value]) => `<entry>${xml({ key, value: value as Json })}</entry>`)
    .join('')

const WORDS = { hard_bounce: 'BOUNCE', spam_report: 'COMPLAINT', unsubscribe: '', manual: '' } as const

function suppressions(esp: FakeEsp, request: ApiRequest, url: URL): Response {
  const address = decodeURIComponent(url.pathname.split('/')[5] ?? '')
  if (request.method === 'PUT') {
    const { EmailAddress, Reason } = bodyOf(request) as { EmailAddress: string; Reason: string }
    const reason = Reason === 'BOUNCE' ? 'hard_bounce' : 'spam_report'
    suppress(esp.suppressed, { address: EmailAddress, reason, scope: null, atMs: null })
    return json(200, {})
  }
  if (request.method === 'DELETE')
    return lift(esp.suppressed, { address, scope: null })
      ? json(200, {})
      : json(404, { message: 'not found' })
  const token = url.searchParams.get('NextToken')
  const { items, next } = pageOf(esp.suppressed, token === null ? 0 : Number(atob(token)), 1_000)
  return json(200, {
    SuppressedDestinationSummaries: items.map(listed),
    ...(next === null ? {} : { NextToken: btoa(String(next)) }),
  })
}

const listed = ({ address, reason, atMs }: Suppressed) => ({
  EmailAddress: address,
  Reason: WORDS[reason],
  LastUpdateTime: (atMs ?? 0) / 1_000,
})
