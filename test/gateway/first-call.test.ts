/** The call with which an ESP checks a new webhook, through the real gateway, guard, registry, refusal log and console. */
import { createHmac } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import { SETUP_MAX_SECONDS } from '../../src/event/setup-window.ts'
import type { GatewayEnv } from '../../src/gateway/env.ts'
import { FIRST_CALL_MAX_BYTES } from '../../src/gateway/first-call.ts'
import { isSecretText } from '../../src/platform/weak-secret.ts'
import { PROVIDERS, providerNamed } from '../../src/providers/index.ts'
import type { RefusalReport } from '../../src/refusals/refusal.ts'
import type { Account, OutgoingRequest } from '../../src/simulator/sender.ts'
import { senderNamed } from '../../src/simulator/senders/index.ts'
import { type TestConsole, migrate, newConsole } from '../console/support.ts'
import { simulated } from '../providers/simulated-events.ts'
import { type TestGateway, collectorsFor, guardsBehind, newGateway, registry } from '../support/gateway.ts'

const CALLERS = PROVIDERS.filter(({ firstCall }) => firstCall !== undefined).map(({ name }) => name)

let here: TestConsole
let gateway: TestGateway
let name: string
let account: Account
let calls: { guard: number }

/** A source of an ESP, with its secret or without. */
async function source(provider: string, document?: object): Promise<void> {
  const opened = await senderNamed(provider)?.open()
  if (opened === undefined) throw new Error(`no simulated ${provider}`)
  account = opened
  name = `first-call-${crypto.randomUUID()}`
  const put = await here.api('PUT', `/api/sources/${name}`, document ?? account.document)
  expect(put.status).toBe(201)
}

beforeEach(async () => {
  await migrate()
  here = newConsole()
  calls = { guard: 0 }
  gateway = isolate()
})

function isolate(changes: Partial<GatewayEnv> = {}): TestGateway {
  // Settles of an earlier test come late, and count there.
  const own = calls
  const made = newGateway({ GUARD: guardsBehind(() => void own.guard++), ...changes })
  made.clock.nowMs = here.clock.nowMs
  return made
}

const open = (body: object = {}) => here.api('PUT', `/api/sources/${name}/setup`, body)
const close = () => here.api('DELETE', `/api/sources/${name}/setup`)
const setup = async () =>
  (await here.api('GET', `/api/sources/${name}`)).json['setup'] as Record<string, unknown>

const nowSeconds = () => Math.floor(gateway.clock.nowMs / 1_000)

const firstCall = (): OutgoingRequest => {
  const request = account.firstCall?.(nowSeconds())
  if (request === undefined) throw new Error('this ESP makes no first call')
  return request
}

async function post(
  { method, query, headers, body }: OutgoingRequest,
  at: TestGateway = gateway,
  change: RequestInit = {},
): Promise<number> {
  const answer = await at.fetch(`/hooks/${name}${query}`, { method, headers, body, ...change })
  await answer.body?.cancel()
  return answer.status
}

/** The status of a real delivery. */
const deliver = async (at: TestGateway = gateway) =>
  post(await account.deliver([simulated('email.delivered')], nowSeconds()), at)

const withBody = (request: OutgoingRequest, body: Uint8Array): OutgoingRequest => ({ ...request, body })

const audited = async () =>
  (
    (await here.api('GET', `/api/audit?target=source/${name}&limit=20`)).json['entries'] as {
      action: string
      actor: string
    }[]
  ).map(({ action, actor }) => `${action} by ${actor}`)

it('is made by MailerSend, Salesforce and ZeptoMail', () => {
  expect(CALLERS).toEqual(['mailersend', 'salesforce-ens', 'zeptomail'])
})

describe.each(CALLERS)('the first call of %s', (provider) => {
  beforeEach(() => source(provider))

  it('is refused while nobody has opened the set-up', async () => {
    expect(await post(firstCall())).toBe(401)
    expect(await setup()).toMatchObject({ open: false, opened_at: null, answered: 0, last_at: null })
  })

  it('gets 200 while it is open, is counted, and leaves nothing else', async () => {
    expect((await open()).status).toBe(200)
    expect([await post(firstCall()), await post(firstCall())]).toEqual([200, 200])
    await gateway.settled()
    await expect
      // A collector passes reports on once a second.
      .poll(setup, { timeout: 5_000 })
      .toMatchObject({ first_call: providerNamed(provider)?.firstCall?.kind, open: true, answered: 2 })
    expect(calls.guard).toBe(0)
    expect(gateway.queue.envelopes).toEqual([])
    expect(await audited()).toEqual(['setup.opened by admin', 'source.created by admin'])
    const { refusals } = (await here.api('GET', `/api/refusals?source=${name}`)).json
    expect(refusals).toEqual([])
  })

  it('gets 200 at a source that has no secret yet', async () => {
    await source(provider, { provider })
    await open()
    expect(await post(firstCall())).toBe(200)
  })

  it.each<[string, (request: OutgoingRequest) => OutgoingRequest]>([
    ['has no body', (request) => withBody(request, new Uint8Array(0))],
    ['is cut', ({ body, ...request }) => withBody({ body, ...request }, body.subarray(1))],
    ['is a list', ({ body, ...request }) => withBody({ body, ...request }, Buffer.from(`[${textOf(body)}]`))],
    ['is of another ESP', (request) => withBody(request, Buffer.from('{"event":"delivered"}'))],
    [
      'is larger than any',
      ({ body, ...request }) =>
        withBody({ body, ...request }, Buffer.concat([body, Buffer.alloc(FIRST_CALL_MAX_BYTES, ' ')])),
    ],
  ])('that %s is refused though it is open', async (_what, change) => {
    await open()
    // ZeptoMail's console is also reported to send nothing at all, which is always answered.
    const isValidation = provider === 'zeptomail' && change(firstCall()).body.byteLength === 0
    expect(await post(resigned(change(firstCall())))).toBe(isValidation ? 200 : 401)
    expect(await setup()).toMatchObject({ answered: 0 })
  })

  it.each(CALLERS.filter((other) => other !== provider))('is not that of %s', async (other) => {
    const foreign = (await senderNamed(other)?.open())?.firstCall?.(nowSeconds())
    if (foreign === undefined) throw new Error('no call')
    await open()
    expect(await post(foreign)).toBe(401)
  })

  it('with ten megabytes is read no further than its longest form', async () => {
    await source(provider, { provider })
    await open()
    let sent = 0
    const body = new ReadableStream({
      type: 'bytes',
      pull(controller) {
        if ((sent += 1_024) > 10 * 1_048_576) return controller.close()
        controller.enqueue(new Uint8Array(1_024).fill(0x20))
      },
    })
    expect(await post(firstCall(), gateway, { body })).toBe(401)
    expect(sent).toBeLessThan(4 * FIRST_CALL_MAX_BYTES)
  })

  it('is refused after the first verified delivery, in all isolates, until a person opens it again', async () => {
    await open()
    const other = isolate()
    expect([await post(firstCall()), await post(firstCall(), other)]).toEqual([200, 200])
    expect(await deliver()).toBe(200)
    expect(await post(firstCall())).toBe(401)
    await gateway.settled()
    // Another isolate asks the registry before it answers, once a second.
    other.clock.nowMs += 1_000
    expect(await post(firstCall(), other)).toBe(401)
    expect(await post(firstCall(), isolate())).toBe(401)
    expect(await setup()).toMatchObject({ open: false, verified_at: expect.any(String) })
    expect((await open()).status).toBe(200)
    gateway.clock.nowMs += 1_000
    // Deliveries of the first webhook do not end it.
    expect([await deliver(), await post(firstCall())]).toEqual([200, 200])
    await gateway.settled()
    gateway.clock.nowMs += 1_000
    expect(await post(firstCall())).toBe(200)
    gateway.clock.nowMs += SETUP_MAX_SECONDS * 1_000
    expect(await post(firstCall())).toBe(401)
    expect(await audited()).toEqual([
      'setup.opened by admin',
      'setup.closed by gateway',
      'setup.opened by admin',
      'source.created by admin',
    ])
  })

  it('is refused after its time, though the isolate has the source in its cache', async () => {
    await open()
    expect(await post(firstCall())).toBe(200)
    gateway.clock.nowMs += SETUP_MAX_SECONDS * 1_000 + 60_000
    expect(await post(firstCall())).toBe(401)
  })

  it('is refused after a person has closed it', async () => {
    await open()
    expect(await post(firstCall())).toBe(200)
    expect((await close()).json['setup']).toMatchObject({ open: false })
    gateway.clock.nowMs += 1_000
    expect(await post(firstCall())).toBe(401)
    // Closed is not over.
    expect((await open()).status).toBe(200)
    expect(await setup()).toMatchObject({ open: true, answered: 0 })
  })

  it('is kept whole if an operator captures the source, as Salesforce needs', async () => {
    await open()
    await here.api('PUT', `/api/sources/${name}/capture`, {})
    const request = firstCall()
    expect(await post(request)).toBe(200)
    await gateway.settled()
    const { captured } = (await here.api('GET', `/api/sources/${name}/capture`)).json
    expect(captured).toMatchObject([{ provider, bytes: request.body.byteLength }])
  })

  it('is no delivery: a real one with another secret is refused though it is open', async () => {
    await open()
    const stranger = await senderNamed(provider)?.open()
    const forged = await stranger?.deliver([simulated('email.delivered')], nowSeconds())
    if (forged === undefined) throw new Error('no delivery')
    expect(await post(forged)).toBe(401)
    expect(gateway.queue.envelopes).toEqual([])
  })
})

const textOf = (body: Uint8Array): string => new TextDecoder().decode(body)

const PUBLISHED = 'test_Am3L1GuOIc4blLUuHqAPxxwkZaJyEk8G'

/** Signed with the secret that MailerSend publishes, if it was signed. */
const resigned = (request: OutgoingRequest, secret = PUBLISHED): OutgoingRequest =>
  request.proofHeaders.length === 0
    ? request
    : {
        ...request,
        headers: {
          ...request.headers,
          signature: createHmac('sha256', secret).update(request.body).digest('hex'),
        },
      }

describe('a form that is nearly right', () => {
  const mailersend = { type: 'webhook.test', message: 'ping', created_at: '2026-04-08T12:19:27Z' }
  const ens = { callbackId: 'c1', verificationKey: 'k1' }
  const zepto = { event_name: 'softbounce', event_message: { request_id: 'r1' }, mailagent_key: 'a1' }

  it.each<[string, string, object, number]>([
    ['mailersend', 'as it is', mailersend, 200],
    ['mailersend', 'with a field more', { ...mailersend, data: {}, webhook_id: 'w1' }, 200],
    ['mailersend', 'with its type alone', { type: 'webhook.test' }, 200],
    ['mailersend', 'with another type', { ...mailersend, type: 'activity.sent' }, 401],
    ['mailersend', 'with a number as its type', { ...mailersend, type: 1 }, 401],
    ['salesforce-ens', 'as it is', ens, 200],
    ['salesforce-ens', 'with one field more', { ...ens, url: 'https://example.com' }, 401],
    ['salesforce-ens', 'with an empty key', { ...ens, verificationKey: '' }, 401],
    ['salesforce-ens', 'without the id', { verificationKey: 'k1', __proto__: { callbackId: 'c1' } }, 401],
    ['zeptomail', 'as it is', zepto, 200],
    ['zeptomail', 'in lists of one', { ...zepto, event_name: ['open'], event_message: [{}] }, 200],
    ['zeptomail', 'with two events', { ...zepto, event_message: [{}, {}] }, 401],
    ['zeptomail', 'with two names', { ...zepto, event_name: ['open', 'softbounce'] }, 401],
    ['zeptomail', 'without the agent', { ...zepto, mailagent_key: '' }, 401],
    ['zeptomail', 'without a message', { ...zepto, event_message: null }, 401],
  ])('of %s, %s', async (provider, _what, json, status) => {
    await source(provider)
    await open()
    const body = Buffer.from(JSON.stringify(json))
    expect(await post(resigned(withBody(firstCall(), body)))).toBe(status)
  })

  it.each([
    ['zeptomail', 'producer-signature', 'ts=1;s=AAAA;s-algorithm=HmacSHA256'],
    ['salesforce-ens', 'x-sfmc-ens-signature', 'AAAA'],
  ])('of %s, with a signature: it may be a delivery', async (provider, header, value) => {
    await source(provider)
    await open()
    const request = firstCall()
    expect(await post({ ...request, headers: { ...request.headers, [header]: value } })).toBe(401)
  })
})

describe('the secret that MailerSend publishes', () => {
  beforeEach(() => source('mailersend'))

  it('signs the example of Symfony’s bridge (symfony/symfony#63915)', async () => {
    await open()
    const body = Buffer.from(
      '{"type":"webhook.test","message":"This is a ping test message","created_at":"2026-04-08T12:19:27.608339Z"}',
    )
    const signature = '7fb29be5b1cdb588ee67fa43a0a9d1b394cbb9603a0ac0b87924649d715194c2'
    const headers = { 'content-type': 'application/json', signature }
    expect(await post({ ...firstCall(), headers, body })).toBe(200)
  })

  it.each([true, false])('verifies no event, with the set-up open: %s', async (isOpen) => {
    if (isOpen) await open()
    const real = await account.deliver([simulated('email.delivered')], nowSeconds())
    expect(await post(resigned(real))).toBe(401)
    expect(gateway.queue.envelopes).toEqual([])
  })

  it('is needed: another secret signs no test call', async () => {
    await open()
    expect(await post(resigned(firstCall(), 'another-secret-of-a-stranger'))).toBe(401)
    expect(await post({ ...firstCall(), headers: { 'content-type': 'application/json' } })).toBe(401)
  })

  it('is refused as the secret of a source, and repeated nowhere', async () => {
    const put = await here.api('PUT', `/api/sources/${name}`, {
      provider: 'mailersend',
      secrets: { signing_secret: PUBLISHED },
    })
    expect(put.status).toBe(422)
    expect(JSON.stringify(put.json)).not.toContain(PUBLISHED)
  })

  it('is like that of every provider no secret when it is used', () => {
    const published = PROVIDERS.flatMap(({ firstCall: call }) => call?.publishedSecret ?? [])
    expect(published).toContain(PUBLISHED)
    expect(published.filter(isSecretText)).toEqual([])
  })
})

describe('a set-up', () => {
  it('of an ESP that makes no first call is not opened', async () => {
    await source('sendgrid')
    const opened = await open()
    expect([opened.status, opened.json['code']]).toEqual([409, 'setup_not_needed'])
    expect(await setup()).toBeNull()
  })

  it.each([{ for_seconds: SETUP_MAX_SECONDS + 1 }, { for_seconds: 0 }, { for_seconds: 1.5 }, { for: 5 }])(
    'is not opened for %j',
    async (body) => {
      await source('mailersend')
      expect((await open(body)).status).toBe(422)
      expect(await post(firstCall())).toBe(401)
    },
  )

  it('learns of a first delivery that came when none was open', async () => {
    await source('mailersend')
    const { version } = (await here.api('GET', `/api/sources/${name}`)).json
    expect(await deliver()).toBe(200)
    await gateway.settled()
    expect(await setup()).toMatchObject({ open: false, verified_at: expect.any(String) })
    // Nobody has to load the source again.
    expect((await here.api('GET', `/api/sources/${name}`)).json['version']).toBe(version)
  })

  it('answers nobody from a blocked network', async () => {
    await source('mailersend')
    await open()
    const who = { actor: 'policy', from: null, requestId: 'r', reason: null }
    const measure = { action: 'block', network: '203.0.113.0/24' } as const
    const begun = await registry().containments.begin(name, measure, 600, null, who)
    expect(begun).toMatchObject({ ok: true })
    const from = (address: string) => ({
      ...firstCall(),
      headers: { ...firstCall().headers, 'cf-connecting-ip': address },
    })
    expect(await post(from('203.0.113.9'))).toBe(403)
    expect(await post(from('192.0.2.1'))).toBe(200)
  })

  it('of a source that was removed is none of its successor', async () => {
    await source('mailersend')
    await open()
    expect(await deliver()).toBe(200)
    await gateway.settled()
    await here.api('DELETE', `/api/sources/${name}`)
    await here.api('PUT', `/api/sources/${name}`, account.document)
    gateway.clock.nowMs += 1_000
    expect(await post(firstCall())).toBe(401)
    expect((await open()).status).toBe(200)
    gateway.clock.nowMs += 1_000
    expect(await post(firstCall())).toBe(200)
    expect(await setup()).toMatchObject({ verified_at: null })
  })
})

describe('what a stranger can cause', () => {
  it('is a report a second, and no call of the registry within one', async () => {
    await source('mailersend')
    await open()
    const reports: RefusalReport[] = []
    let asked = 0
    const counted = isolate({
      COLLECTORS: collectorsFor((report) => void reports.push(report)),
      REGISTRY: registryBehind(() => void asked++),
    })
    for (let i = 0; i < 100; i++) expect(await post(firstCall(), counted)).toBe(200)
    await counted.settled()
    // The index of names, and the source.
    expect(asked).toBe(2)
    expect(reports.flatMap(({ firstCalls = [] }) => firstCalls)).toMatchObject([{ source: name, count: 100 }])
  })
})

it('the registry is told of the first delivery once, and again if it does not answer', async () => {
  await source('mailersend')
  await open()
  let told = 0
  let isDown = true
  const counted = isolate({
    REGISTRY: registryBehind((call) => {
      if (call !== 'firstVerified') return
      told += 1
      if (isDown) throw new Error('down')
    }),
  })
  const delivery = async () => {
    expect(await deliver(counted)).toBe(200)
    await counted.settled()
    return told
  }
  expect(await delivery()).toBe(1)
  // This isolate knows.
  expect(await post(firstCall(), counted)).toBe(401)
  expect(await delivery()).toBe(1)
  isDown = false
  counted.clock.nowMs += 10_000
  expect(await delivery()).toBe(2)
  counted.clock.nowMs += 10_000
  expect(await delivery()).toBe(2)
  expect(await setup()).toMatchObject({ open: false, verified_at: expect.any(String) })
})

/** The real registry, behind a function that may count a call, or throw in its place. */
const registryBehind = (asked: (call: string) => void): GatewayEnv['REGISTRY'] =>
  ({
    idFromName: (of: string) => ({ toString: () => of }),
    getByName: () => ({
      snapshots: new Proxy(registry().snapshots, {
        get:
          (target, call: string) =>
          async (...given: unknown[]) => {
            asked(call)
            return (Reflect.get(target, call) as (...given: unknown[]) => unknown)(...given)
          },
      }),
    }),
  }) as unknown as GatewayEnv['REGISTRY']
