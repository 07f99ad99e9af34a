/** The API of the demo's ESP, asked by the driver and the engine that ask the real one. */
import { beforeEach, expect, it } from 'vitest'
import type { Account, ApiRequest, Conversation, Page } from '../../src/drivers/driver.ts'
import { resend } from '../../src/drivers/resend.ts'
import type { Json } from '../../src/platform/json.ts'
import { understand } from '../../src/providers/shared/understand.ts'
import { providerNamed } from '../../src/providers/index.ts'
import { ResendApi } from '../../src/simulator/demo/resend-api.ts'
import type { SimulatedEvent } from '../../src/simulator/sender.ts'
import { senderNamed } from '../../src/simulator/senders/index.ts'
import { converse } from '../drivers/converse.ts'

const NOW_SECONDS = 1_800_000_000
const URL_HERE = 'http://localhost:8787'

let api: ResendApi
beforeEach(() => void (api = new ResendApi(URL_HERE)))

const account = (key = api.key): Account => ({
  key,
  settings: {},
  url: `${URL_HERE}/hooks/demo-resend`,
  nowMs: NOW_SECONDS * 1_000,
})

async function ask<Result>(begin: (of: Account) => Conversation<Result>, of = account()) {
  const answer = async ({ url, method, headers, body = '' }: ApiRequest): Promise<Response> => {
    const own = await api.answer({ url, method, headers: new Headers(headers), text: async () => body })
    return own === undefined ? new Response(null, { status: 502 }) : Response.json(own[1], { status: own[0] })
  }
  const talked = await converse(resend, of, begin(of), answer)
  return talked.ok ? talked.result : talked.code
}

const { webhook, past, suppressions } = resend
const state = async () => {
  const seen = await ask((of) => webhook!.seen(of))
  return Array.isArray(seen) ? seen : []
}

const events = (count: number): SimulatedEvent[] =>
  Array.from({ length: count }, (_, i) => ({
    kind: i === 1 ? 'email.bounced' : 'email.delivered',
    ...(i === 1 && { bounce: 'hard' as const }),
    messageId: `m${i}`,
    recipient: `person${i}@example.com`,
    occurredAtSeconds: NOW_SECONDS - 600 + i,
  }))

/** Deliveries of the demo's account, as they are made. */
const deliveries = async (count: number) => {
  const sender = await senderNamed('resend')?.open()
  return Promise.all(events(count).map((one) => sender!.deliver([one], NOW_SECONDS)))
}

it('tells that the webhook is on, points here and has all types', async () => {
  expect(await state()).toMatchObject([{ url: account().url, enabled: true }])
  expect((await state())[0]?.types).toEqual(expect.arrayContaining([...webhook!.types]))
})

it('is switched off, and mended', async () => {
  const [first, second] = await deliveries(2)
  expect(api.isSent('demo-resend', first!)).toBe(true)
  api.switchOff()
  expect([api.isSent('demo-resend', second!), api.isSent('demo-ses', second!)]).toEqual([false, true])
  const [seen] = await state()
  expect(seen?.enabled).toBe(false)
  expect(await ask((of) => webhook!.mend!(of, seen ?? null))).toEqual({})
  expect((await state())[0]?.enabled).toBe(true)
})

it('has all that was made, page by page, as the webhook would have brought it', async () => {
  const made = await deliveries(60)
  for (const one of made) api.isSent('demo-resend', one)
  const span = { sinceMs: (NOW_SECONDS - 600) * 1_000, untilMs: NOW_SECONDS * 1_000 }
  const items: Json[] = []
  for (let cursor: string | null = null, first = true; first || cursor !== null; first = false) {
    const at: string | null = cursor
    const page: Page<Json> | string = await ask((of) => past!.page(of, span, at))
    if (typeof page === 'string') throw new Error(page)
    items.push(...page.items)
    cursor = page.next
  }
  expect(items).toHaveLength(60)
  const idsOf = async (some: readonly { item: unknown; headers: ReadonlyMap<string, string> }[]) => {
    const read = await Promise.all(
      some.map(({ item, headers }) =>
        understand(
          providerNamed('resend')!,
          [item],
          {
            bytes: new Uint8Array(),
            contentType: null,
            query: new URLSearchParams(),
            verifiedHeaders: headers,
          },
          {
            request_id: 'req_1',
            source: 'demo-resend',
            provider: 'resend',
            received_at: new Date(NOW_SECONDS * 1_000).toISOString(),
            methods: [],
            checks: { passed: [], failed: [], undecided: [] },
            alerts: [],
            degraded: null,
          },
        ),
      ),
    )
    return read.flatMap((one) => one.events.map(({ id }) => id)).toSorted()
  }
  const arrived = made.map(({ body, headers }) => ({
    item: JSON.parse(Buffer.from(body).toString()) as unknown,
    headers: new Map([['webhook-id', headers['svix-id'] ?? '']]),
  }))
  expect(await idsOf(items.map((item) => ({ item, headers: new Map() })))).toEqual(await idsOf(arrived))
})

it('refuses to send to who bounced, and can be told otherwise', async () => {
  for (const one of await deliveries(3)) api.isSent('demo-resend', one)
  const listed = async () => {
    const page = await ask((of) => suppressions!.list(of, null))
    return typeof page === 'string' ? page : page.items.map(({ address, reason }) => [address, reason])
  }
  expect(await listed()).toEqual([['person1@example.com', 'hard_bounce']])
  const entry = { address: 'ada@example.com', reason: 'unsubscribe', scope: null, atMs: null } as const
  await ask((of) => suppressions!.add!(of, [entry]))
  expect(await listed()).toContainEqual(['ada@example.com', 'manual'])
  await ask((of) => suppressions!.remove!(of, [entry]))
  expect(await listed()).toEqual([['person1@example.com', 'hard_bounce']])
})

it('takes its own key alone, and answers for its own host', async () => {
  expect(await ask((of) => webhook!.seen(of), account('another'))).toBe('key_refused')
  const text = async () => ''
  expect(
    await api.answer({
      url: 'https://api.example.com/webhooks',
      method: 'GET',
      headers: new Headers(),
      text,
    }),
  ).toBeUndefined()
})
