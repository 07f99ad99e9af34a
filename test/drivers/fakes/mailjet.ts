import type { Message, Webhook } from 'node-mailjet'
import { bodyOf, type Fake, type FakeEsp, json, pageOf } from './fake.ts'

/** Words of a delivery and of the history, the message's status, and further fields of each. */
const KINDS = [
  ['sent', 'sent', 'sent', {}, { Comment: '250 OK' }],
  [
    'bounce',
    'bounced',
    'hardbounced',
    { hard_bounce: true, comment: '550 unknown' },
    { Comment: '550 unknown' },
  ],
  ['open', 'opened', 'opened', { agent: 'Mozilla/5.0' }, { Useragent: 'Mozilla/5.0' }],
  ['click', 'clicked', 'clicked', { url: 'https://example.com/a' }, {}],
  ['spam', 'spam', 'spam', {}, {}],
  ['unsub', 'unsub', 'unsub', {}, {}],
  ['blocked', 'blocked', 'blocked', { error: 'preblocked' }, { State: 'preblocked' }],
] as const

/** Types of callbacks, whose ids count from 100. */
const TYPES = ['sent', 'bounce', 'blocked', 'spam', 'unsub', 'open', 'click'] as const

/** Fields of the vendor's types. Numbers that a double cannot hold are text here, and numbers in the answer. */
type Told<Answer> = {
  [Name in keyof Answer]?: Answer[Name] extends number
    ? number | `${bigint}`
    : Answer[Name] extends string
      ? `${Answer[Name]}`
      : Answer[Name]
}

export const mailjet: Fake = {
  provider: 'mailjet',
  description:
    'mailjet/api-documentation@3a446e6 (2023), mailjet-gem and node-mailjet 6.0.2 for fields and filters, all read on 2026-12-02',
  differences: [
    'ids of messages exceed 2^53: numbers in the description, and in deliveries',
    'status dead of a callback: in the types of node-mailjet 6.0.11, in no page of the vendor',
    'Version of a callback: in the description, and in no body that the types of node-mailjet 6.0.11 have',
    'that the URL of a callback comes back with its credentials is what a public reader compares with',
  ],
  key: 'f0a1c93d7be24c55:5b6f8d2ac41e4d0b',
  settings: {},
  hosts: ['api.mailjet.com'],
  open,
}

function open(): FakeEsp {
  const idOf = (index: number) => `${19_421_777_835_146_490n + BigInt(index)}` as const
  const esp: FakeEsp = {
    webhooks: [],
    events: [],
    suppressed: [],
    troubled: false,
    event(index, atMs) {
      const [event, word, status, own, fields] = KINDS[index % KINDS.length] ?? KINDS[0]
      const email = `person${index}@example.com`
      const time = Math.floor(atMs / 1_000)
      return {
        atMs,
        delivered: { event, time, MessageID: idOf(index), email, mj_campaign_id: 7257, ...own },
        listed: {
          ...({ ID: idOf(index), ContactAlt: email, Status: status } satisfies Told<Message.Message>),
          ...({ EventAt: time, EventType: word, ...fields } satisfies Told<Message.MessageHistory>),
        },
      }
    },
    answer(request) {
      const { pathname, searchParams } = new URL(request.url)
      if (request.headers['authorization'] !== `Basic ${btoa(mailjet.key)}`)
        return json(401, { ErrorMessage: 'no' })
      const [, , , place, id] = pathname.split('/').map(decodeURIComponent)
      const data = (Data: readonly unknown[]) =>
        new Response(
          JSON.stringify({ Count: Data.length, Data, Total: Data.length }).replaceAll(
            /"ID":"(\d+)"/g,
            '"ID":$1',
          ),
        )
      const size = Number(searchParams.get('Limit') ?? 10) || 1_000

      if (place === 'message') {
        const within = (name: string) => Date.parse(searchParams.get(name) ?? '')
        const found = esp.events.filter(({ atMs }) => atMs >= within('FromTS') && atMs < within('ToTS'))
        const { items } = pageOf(found, Number(searchParams.get('Offset')), size)
        return data(items.map(({ listed }) => listed))
      }
      if (place === 'messagehistory')
        return data(
          esp.events.flatMap(({ listed }) => ((listed as { ID: string }).ID === id ? [listed] : [])),
        )
      if (request.method === 'GET') return data(rowsOf(esp))
      const { EventType, Url, Status } = bodyOf(request) as Record<string, string>
      const type = request.method === 'POST' ? (EventType ?? '') : (TYPES[Number(id) - 100] ?? '')
      // A type has one URL.
      const url = stripped(Url)
      for (const one of esp.webhooks.filter((other) => other.url !== url))
        one.types = one.types.filter((other) => other !== type)
      let own = esp.webhooks.find((one) => one.url === url)
      if (own === undefined)
        esp.webhooks.push((own = { id: '', url, enabled: true, types: [], signed: false }))
      own.signed = Url?.includes('@') === true
      own.enabled = Status === 'alive'
      if (!own.types.includes(type)) own.types = [...own.types, type]
      return json(request.method === 'POST' ? 201 : 200, { Count: 1, Data: [], Total: 1 })
    },
  }
  return esp
}

const stripped = (url = ''): string => url.replace(/\/\/[^/@]*@/, '//')

/** A row for each type, and one that stands in if it fails. */
const rowsOf = ({ webhooks }: FakeEsp): readonly Told<Webhook.EventCallbackUrl>[] =>
  webhooks.flatMap(({ url, types, enabled, signed }) => [
    ...TYPES.filter((type) => types.includes(type)).map((type) => ({
      ID: 100 + TYPES.indexOf(type),
      EventType: type,
      Url: signed ? url.replace('://', '://hooks:secret@') : url,
      IsBackup: false,
      Status: enabled ? ('alive' as const) : ('dead' as const),
      Version: 2 as const,
    })),
    {
      ID: 99,
      EventType: 'sent' as const,
      Url: 'https://backup.example/',
      IsBackup: true,
      Status: 'dead' as const,
      Version: 1 as const,
    },
  ])
