/** The hourly check of a webhook, its calls at rest, what the watch is told, and mending, against the fake of an ESP. */
import { serialize } from 'node:v8'
import { beforeEach, describe, expect, it } from 'vitest'
import type { WebhookReport } from '../../src/api/webhooks.ts'
import type { ApiRequest, WebhookDriver } from '../../src/drivers/driver.ts'
import { sparkpost as driver } from '../../src/drivers/sparkpost.ts'
import { converser } from '../../src/esp-accounts/converse.ts'
import type { OpenAccount } from '../../src/esp-accounts/parts.ts'
import { Webhook, type WebhookDeps } from '../../src/esp-accounts/webhook.ts'
import { Deadlines } from '../../src/outbound/deadlines.ts'
import { readMasterKeys } from '../../src/platform/master-key.ts'
import { SealBroken, sealer } from '../../src/platform/seal.ts'
import { sha256Hex } from '../../src/platform/sha256.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/platform/time.ts'
import type { SourceConfig } from '../../src/registry/sources/document.ts'
import type { WebhookNote } from '../../src/watch/webhook-note.ts'
import type { FakeEsp, FakeWebhook } from '../drivers/fakes/fake.ts'
import { sparkpost as fake } from '../drivers/fakes/sparkpost.ts'

const START_MS = 1_800_000_000_000
const URL_HERE = 'https://gate.example/hooks/shop'
const MASTER_KEY = `v1:${Buffer.alloc(32, 7).toString('base64')}`
const WHO = { actor: 'admin', from: null, requestId: 'r', reason: null }

let nowMs: number
let calls: number
let told: { readonly atMs: number; readonly note: WebhookNote | null }[]
let isWatchDown: boolean
let answer: ((request: ApiRequest) => Response) | undefined
let esp: FakeEsp
let webhook: FakeWebhook
let kept: Map<string, unknown>
let place: string | null
let registryIs: 'up' | 'down' | 'refusing'
let stored: [slot: string, value: string][]
let logs: object[]

const kv = {
  get: (key: string) => kept.get(key),
  put: (key: string, value: unknown) => void kept.set(key, structuredClone(value)),
}

const part = (more: Partial<WebhookDeps> = {}): Webhook => {
  const storage = { kv } as unknown as DurableObjectStorage
  return new Webhook({
    source: 'shop',
    storage,
    converse: converser({
      storage,
      deadlines: new Deadlines(() => nowMs),
      nowMs: () => nowMs,
      pause: async (ms) => void (nowMs += ms),
      async fetch(input, init) {
        calls++
        const { url, method, headers } = new Request(input, init)
        const body = typeof init?.body === 'string' ? { body: init.body } : {}
        const request = { url, method, headers: Object.fromEntries(headers), ...body } as ApiRequest
        return (answer ?? esp.answer)(request)
      },
    }),
    async tell(note: WebhookNote | null) {
      if (isWatchDown) return false
      told.push({ atMs: nowMs, note })
      return true
    },
    async keepSecret(slot: string, value: string) {
      if (registryIs === 'down') throw new Error(`no answer for ${value}`)
      if (registryIs === 'refusing') return 'too_many_versions'
      stored.push([slot, value])
      return null
    },
    secretHashes: async () => Promise.all(stored.map(([, value]) => sha256Hex(value))),
    secretSealer: sealer(readMasterKeys(MASTER_KEY), 'secrets'),
    log: (fields: object) => void logs.push(fields),
    urlOf: async () => place,
    nowMs: () => nowMs,
    ...more,
  } as unknown as WebhookDeps)
}

const account: OpenAccount = {
  name: 'shop',
  config: { provider: 'sparkpost' } as SourceConfig,
  createdAtMs: START_MS,
  keyVersion: 1,
  driver,
  open: async () => ({ key: fake.key, settings: {}, url: URL_HERE, nowMs }),
}

/** Runs when it wants to, as by alarms, from an object that is evicted in between. */
async function pass(ms: number): Promise<void> {
  const untilMs = nowMs + ms
  while (nowMs < untilMs) nowMs += (await part().run(account)) ?? Infinity
}

const notes = () => told.map(({ note }) => note?.code ?? null)

beforeEach(() => {
  nowMs = START_MS
  calls = 0
  told = []
  isWatchDown = false
  answer = undefined
  esp = fake.open()
  webhook = { id: 'w-1', url: URL_HERE, enabled: true, types: driver.webhook?.types ?? [], signed: true }
  esp.webhooks.push(webhook)
  kept = new Map()
  place = URL_HERE
  registryIs = 'up'
  stored = []
  logs = []
})

describe('the hourly check', () => {
  it('makes at most 750 calls in a month at rest, and tells nothing', async () => {
    await pass(31 * DAY_MS)
    expect(calls).toBeGreaterThan(700)
    expect(calls).toBeLessThanOrEqual(750)
    expect(told).toEqual([])
  })

  it('tells within 63 minutes that it is off, again with each check, and once that it is on', async () => {
    await pass(HOUR_MS)
    const offMs = nowMs
    webhook.enabled = false
    await pass(3 * HOUR_MS)
    expect((told[0]?.atMs ?? Infinity) - offMs).toBeLessThan(63 * MINUTE_MS)
    expect(new Set(notes())).toEqual(new Set(['off']))
    expect(told.length).toBeGreaterThan(1)
    webhook.enabled = true
    told = []
    await pass(5 * HOUR_MS)
    expect(notes()).toEqual([null])
  })

  it('tells the watch a minute later what it did not take', async () => {
    webhook.enabled = false
    isWatchDown = true
    await pass(1)
    expect(told).toEqual([])
    isWatchDown = false
    await pass(2 * MINUTE_MS)
    expect(notes()).toEqual(['off'])
  })

  it('knows ours again though its URL was changed there', async () => {
    await pass(1)
    webhook.url = 'https://else.example/'
    await pass(2 * HOUR_MS)
    expect(notes()[0]).toBe('elsewhere')
  })

  it.each<[string, number, number, (string | null)[]]>([
    ['refuses the key, at once', 401, MINUTE_MS, ['unanswered']],
    ['says that the key is too weak, at once', 403, MINUTE_MS, ['unanswered']],
    ['does not answer for an hour', 503, HOUR_MS, []],
  ])('of an ESP that %s', async (_name, status, ms, expected) => {
    answer = () => new Response(fake.key, { status })
    await pass(ms)
    expect(notes()).toEqual(expected)
    expect(JSON.stringify([...kept, told])).not.toContain(fake.key)
  })

  it('tells that an ESP has not answered for six hours', async () => {
    answer = () => new Response('', { status: 503 })
    await pass(7 * HOUR_MS)
    expect(notes()[0]).toBe('unanswered')
    expect((told[0]?.atMs ?? 0) - START_MS).toBeGreaterThanOrEqual(6 * HOUR_MS)
  })

  it('keeps what details said until the next details', async () => {
    const paused: OpenAccount = {
      ...account,
      driver: {
        ...driver,
        webhook: {
          ...(driver.webhook as WebhookDriver),
          // eslint-disable-next-line require-yield
          *details(_opened, seen) {
            return { ...seen, faults: ['paused until verified: Bounce'] }
          },
        },
      },
    }
    const untilMs = nowMs + 5 * HOUR_MS
    while (nowMs < untilMs) nowMs += (await part().run(paused)) ?? Infinity
    expect(new Set(notes())).toEqual(new Set(['drops_events']))
  })

  it('keeps no credentials of a URL', async () => {
    webhook.url = 'https://user:word-of-honor@gate.example/hooks/shop?token=word-of-honor'
    await pass(1)
    expect(JSON.stringify([...kept])).not.toContain('word-of-honor')
  })
})

it('keeps little of an ESP that says much', async () => {
  await pass(1)
  webhook.url = `https://else.example/${'ä'.repeat(350_000)}`
  webhook.types = Array.from({ length: 20_000 }, (_, i) => `type_${i}`)
  await pass(2 * HOUR_MS)
  expect(notes()[0]).toBe('elsewhere')
  expect(serialize(kept.get('webhook')).length).toBeLessThan(32_768)
})

describe('mending', () => {
  it('only says what is wrong in a plan', async () => {
    webhook.enabled = false
    const planned = await part().mend(account, true, WHO)
    expect(planned).toMatchObject({ done: false, steps: ['the webhook at SparkPost is off'] })
    expect(webhook.enabled).toBe(false)
  })

  it.each<[string, () => void, boolean]>([
    ['of this moment', () => undefined, true],
    ['of before the webhook got another state', () => (webhook.types = []), false],
    ['of before somebody made another', () => esp.webhooks.push({ ...webhook, id: '99' }), false],
  ])('is done after a yes to the plan %s', async (_, change, isDone) => {
    webhook.enabled = false
    const planned = await part().mend(account, true, WHO)
    change()
    const done = await part().mend(account, false, WHO, planned.ok ? planned.of : '')
    expect(done).toMatchObject(isDone ? { done: true } : { ok: false, code: 'plan_changed' })
    expect(webhook.enabled).toBe(isDone)
  })

  it('makes one webhook though two people ask at once', async () => {
    esp.webhooks.length = 0
    const one = part()
    const done = await Promise.all([one.mend(account, false, WHO), one.mend(account, false, WHO)])
    expect(done.map((of) => of.ok && of.done)).toEqual([true, true])
    expect(esp.webhooks).toHaveLength(1)
  })

  it('makes a webhook of its own where the one that was ours points elsewhere', async () => {
    await pass(1)
    webhook.url = 'https://else.example/'
    const another = structuredClone(webhook)
    expect(await part().mend(account, false, WHO)).toMatchObject({ done: true, report: { others: 1 } })
    expect(webhook).toEqual(another)
    expect(esp.webhooks).toHaveLength(2)
  })

  it('touches nothing if the whole URL is not known', async () => {
    webhook.enabled = false
    place = null
    expect(await part().mend(account, false, WHO)).toMatchObject({ ok: false, code: 'cannot' })
    expect(webhook.enabled).toBe(false)
  })

  it('says where a person makes a webhook that the API cannot make', async () => {
    esp.webhooks.length = 0
    const existing = {
      ...driver,
      webhook: { ...(driver.webhook as WebhookDriver), mends: 'existing' as const },
    }
    const one = part()
    const refused = await one.mend({ ...account, driver: existing }, false, WHO)
    expect(refused).toMatchObject({
      ok: false,
      code: 'cannot',
      says: expect.stringMatching(/by hand in .*Webhooks/),
    })
    expect(one.last({ ...account, driver: existing })?.can_mend).toBe(false)
    expect(esp.webhooks).toEqual([])
  })

  it('says that the key is sealed under a master key that is not here', async () => {
    const open = () => Promise.reject(new SealBroken('closed'))
    const urlOf = (of: OpenAccount) => of.open().then(({ url }) => url)
    const refused = await part({ urlOf }).mend({ ...account, open }, false, WHO)
    expect(refused).toMatchObject({ ok: false, code: 'refused', says: expect.stringContaining('sealed') })
  })

  it('says that it began where the ESP fails half-way', async () => {
    webhook.enabled = false
    answer = (request) => (request.method === 'GET' ? esp.answer(request) : new Response('', { status: 422 }))
    expect(await part().mend(account, false, WHO)).toMatchObject({ ok: false, code: 'begun' })
  })

  it('says in our words why the ESP refuses', async () => {
    answer = () => new Response(fake.key, { status: 403 })
    const refused = await part().mend(account, false, WHO)
    expect(refused).toMatchObject({ ok: false, code: 'refused' })
    expect(JSON.stringify(refused)).not.toContain(fake.key)
    expect(JSON.stringify(refused)).toContain('Event Webhooks: Read/Write')
  })
})

describe('a key', () => {
  let rights: string[]
  const judging: OpenAccount = {
    ...account,
    driver: {
      ...driver,
      *surplus() {
        const answer = yield {
          method: 'GET',
          url: 'https://api.sparkpost.com/api/v1/webhooks',
          headers: { authorization: fake.key },
        }
        return answer.status === 200 ? rights : []
      },
    },
  }
  const said = () => part().last(judging)?.key_can_also

  beforeEach(() => void (rights = ['mail.send', 'a.create', 'b.update', 'c.delete']))

  it('that can do more than it should is said to be so, and is an incident only beside one', async () => {
    await part().run(judging)
    expect(said()).toMatch(
      /^the key .* can also do this: mail\.send, a\.create, b\.update and 1 more\. Make one .*webhooks\/view/,
    )
    expect(notes()).toEqual([])
    webhook.enabled = false
    await part().check(judging, 0)
    expect(told.at(-1)?.note?.says).toMatch(/is off; the key .* can also/)
  })

  it('with names of rights without end, and with a call to a channel, says little', async () => {
    rights = ['<!channel>', 'x'.repeat(100_000), ...Array.from({ length: 9_000 }, () => 'a')]
    await part().run(judging)
    expect(said()?.length).toBeLessThan(1_000)
    expect(said()).not.toContain('<')
    expect(serialize(kept.get('webhook')).length).toBeLessThan(32_768)
  })

  it.each([
    ['at once when it is new', { ...judging, keyVersion: 2 }, 2],
    ['not with each check', judging, 0],
  ])('is judged %s', async (_what, now, more) => {
    await part().run(judging)
    const before = calls
    rights = []
    await part().run(now)
    expect(calls - before).toBe(more)
    expect(said() === null).toBe(more > 0)
  })

  it('is judged when a person asks, and keeps what is known if the ESP does not answer', async () => {
    await part().run(judging)
    rights = []
    await part().check(judging, 0)
    expect(said()).toBeNull()
  })

  it('takes no more calls a month at rest than are allowed', async () => {
    const untilMs = nowMs + 31 * DAY_MS
    while (nowMs < untilMs) nowMs += (await part().run(judging)) ?? Infinity
    expect(calls).toBeLessThanOrEqual(750)
  })
})

describe('a secret that the ESP tells', () => {
  const telling: OpenAccount = {
    ...account,
    driver: {
      ...driver,
      webhook: {
        ...(driver.webhook as WebhookDriver),
        secretSlot: 'webhook_key',
        *seen(opened) {
          const all = yield* driver.webhook?.seen(opened) ?? []
          return typeof all === 'string'
            ? all
            : (all?.map((one) => ({ ...one, secret: 'told-by-the-esp' })) ?? [])
        },
        mend: () => {
          throw new Error('no call is needed')
        },
      },
    },
  }

  it('is stored without a call if another one is stored, and is kept nowhere else', async () => {
    const planned = await part().mend(telling, true, WHO)
    expect(planned).toMatchObject({ report: { differences: [{ code: 'other_secret' }] } })
    expect(notes()).toContain('other_secret')
    expect(Buffer.concat([...kept.values()].map((value) => serialize(value))).toString()).not.toContain(
      'told-by',
    )
    const mended = await part().mend(telling, false, WHO)
    expect(stored).toEqual([['webhook_key', 'told-by-the-esp']])
    expect(mended).toMatchObject({ done: true, report: { differences: [] } })
    expect(JSON.stringify([planned, mended, told])).not.toContain('told-by')
  })
})

describe('a secret that the ESP makes as it is mended', () => {
  const MADE = 'whsec_made-by-the-esp'
  const making: OpenAccount = {
    ...account,
    driver: {
      ...driver,
      webhook: {
        ...(driver.webhook as WebhookDriver),
        *mend(opened, seen) {
          yield* driver.webhook?.mend?.(opened, seen) ?? []
          return { secrets: { signing_secret: MADE } }
        },
      },
    },
  }
  const kinds = (report: WebhookReport | null) => report?.differences.map(({ code }) => code)

  it.each([['down'], ['refusing']] as const)(
    'waits, sealed, while the registry is %s, and is stored a minute later',
    async (state) => {
      webhook.enabled = false
      registryIs = state
      const mended = await part().mend(making, false, WHO)
      expect(mended.ok && kinds(mended.report)).toEqual(['secret_waits'])
      expect(webhook.enabled).toBe(true)
      expect(notes()).toContain('secret_waits')
      const words = JSON.stringify([mended, told, logs])
      expect(words).toContain(state === 'down' ? 'Error' : 'too_many_versions')
      const atRest = Buffer.concat([...kept.values()].map((value) => serialize(value)))
      for (const text of [words, atRest.toString('latin1')]) expect(text).not.toContain(MADE)
      expect(await part().run(making)).toBe(MINUTE_MS)

      registryIs = 'up'
      const restMs = await part().run(making)
      expect(stored).toEqual([['signing_secret', MADE]])
      expect(restMs).toBeGreaterThan(HOUR_MS - MINUTE_MS)
      expect(kinds(part().last(making))).toEqual([])
      expect(notes().at(-1)).toBeNull()
    },
  )

  it('is stored once, though a run comes while it is mended', async () => {
    webhook.enabled = false
    const one = part()
    await Promise.all([one.mend(making, false, WHO), one.run(making)])
    expect(stored).toEqual([['signing_secret', MADE]])
  })
})
