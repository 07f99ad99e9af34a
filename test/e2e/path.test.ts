/** The path of a delivery through all three Workers, as the senders and the operator see it. */
import { describe, expect, it } from 'vitest'
import { jsonOf } from '../../src/simulator/http.ts'
import type { OutgoingRequest } from '../../src/simulator/sender.ts'
import { utf8 } from '../../src/platform/bytes.ts'
import { senderNamed } from '../../src/simulator/senders/index.ts'
import { signGeneric } from '../support/generic.ts'
import { simulated, nowSeconds, until, withInstallation } from './postern.ts'

const postern = withInstallation()

/** A separate source for each test, so that tests do not see each other's events. */
let sources = 0
const sourceOf = (provider: string) => postern.source(provider, `${provider}-${++sources}`)

const PROVIDERS = ['sendgrid', 'mailgun', 'postmark', 'resend', 'ses', 'generic']

describe('a signed delivery', () => {
  it.each(PROVIDERS)('of %s becomes an event that the API shows', async (provider) => {
    const { name, account, deliver } = await sourceOf(provider)
    const happened = simulated()
    const answer = await deliver(await account.deliver([happened], nowSeconds()))
    expect(answer.status).toBe(200)
    expect(jsonOf(answer)).toMatchObject({ accepted: 1, duplicates: 0, quarantined: 0 })
    const events = await postern.settledAt(name, 1)
    expect(events).toHaveLength(1)
    expect(events[0]).toMatchObject({
      type: 'email.delivered',
      source: name,
      provider,
      recipient: happened.recipient,
    })
  })

  it('that cannot be read is quarantined, as the answer and the API show', async () => {
    const { name, account, deliver } = await sourceOf('generic')
    const request = await account.deliver([simulated()], nowSeconds())
    const { secrets } = account.document as { readonly secrets: { readonly hmac: string } }
    const item = utf8('[{"event_type":"email.delivered"}]')
    const { headers } = await signGeneric(item, secrets.hmac, nowSeconds())
    expect(jsonOf(await deliver({ ...request, headers, body: item }))).toMatchObject({
      accepted: 0,
      quarantined: 1,
    })
    const kept = async () =>
      (jsonOf(await postern.console.get(`/api/quarantine?source=${name}`)) as { quarantine: object[] })
        .quarantine
    await until(async () => (await kept()).length > 0)
    expect(await kept()).toMatchObject([{ source: name, problem: 'item_unreadable' }])
  })

  it('with a hard bounce suppresses its recipient', async () => {
    const { name, account, deliver } = await sourceOf('sendgrid')
    const bounced = simulated({ kind: 'email.bounced', bounce: 'hard' })
    const path = `/api/suppressions/${encodeURIComponent(bounced.recipient)}`
    const check = async () => jsonOf(await postern.console.get(path)) as { suppressed: boolean }
    expect(await check()).toMatchObject({ suppressed: false })
    await deliver(await account.deliver([bounced], nowSeconds()))
    await until(async () => (await check()).suppressed)
    const answer = await postern.console.get(path)
    expect(jsonOf(answer)).toMatchObject({ reasons: [{ source: name }] })
  })
})

describe('duplicates count once', () => {
  it('as 200 parallel copies', async () => {
    const { name, account, deliver } = await sourceOf('sendgrid')
    const request = await account.deliver([simulated()], nowSeconds())
    const answers = await Promise.all(Array.from({ length: 200 }, () => deliver(request)))
    // Copies of a delivery that is still in flight get a retryable answer, never a success.
    expect(answers.filter(({ status }) => status !== 200 && status !== 503)).toEqual([])
    const accepted = answers.filter((answer) => (jsonOf(answer) as { accepted?: number }).accepted === 1)
    expect(accepted).toHaveLength(1)
    expect(await postern.settledAt(name, 1)).toHaveLength(1)
  })

  it('as the same event under a new signature', async () => {
    const { name, account, deliver } = await sourceOf('resend')
    const happened = [simulated()]
    const first = await deliver(await account.deliver(happened, nowSeconds() - 60))
    const again = await deliver(await account.deliver(happened, nowSeconds()))
    expect([first.status, again.status]).toEqual([200, 200])
    expect(await postern.settledAt(name, 1)).toHaveLength(1)
  })

  it('as an event that SendGrid retries with another event id', async () => {
    const { name, account, deliver } = await sourceOf('sendgrid')
    const happened = [simulated(), simulated()]
    const requests = [
      await account.deliver(happened, nowSeconds() - 60),
      await account.deliver(happened.toReversed(), nowSeconds()),
    ]
    const ids = requests.map(({ body }) =>
      JSON.stringify(
        Buffer.from(body)
          .toString()
          .match(/sg_event_id":"[^"]+/g),
      ),
    )
    expect(ids[0]).not.toBe(ids[1])
    for (const request of requests) expect((await deliver(request)).status).toBe(200)
    expect(await postern.settledAt(name, 2)).toHaveLength(2)
  })

  it('with unsigned headers changed, added or removed', async () => {
    const { name, account, deliver } = await sourceOf('sendgrid')
    const request = await account.deliver([simulated()], nowSeconds())
    const proof = Object.fromEntries(
      Object.entries(request.headers).filter(([header]) => request.proofHeaders.includes(header)),
    )
    const changes: Readonly<Record<string, string>>[] = [
      request.headers,
      { ...request.headers, 'x-request-id': 'another', 'idempotency-key': 'another' },
      { ...request.headers, 'user-agent': 'someone else', 'x-forwarded-for': '203.0.113.9' },
      { ...proof, 'content-type': 'application/json; charset=utf-8' },
    ]
    for (const headers of changes) expect((await deliver({ ...request, headers })).status).toBe(200)
    expect(await postern.settledAt(name, 1)).toHaveLength(1)
  })
})

describe('unverified requests change nothing', () => {
  const forgeries: readonly (readonly [string, (genuine: OutgoingRequest) => Partial<OutgoingRequest>])[] = [
    ['without its proof', ({ headers, proofHeaders }) => ({ headers: without(headers, proofHeaders) })],
    ['with one byte more', ({ body }) => ({ body: Buffer.concat([body, Buffer.from(' ')]) })],
  ]

  it.each(forgeries)(
    'when a copy %s comes first, the genuine one is not a duplicate',
    async (_what, change) => {
      const { name, account, deliver } = await sourceOf('sendgrid')
      const genuine = await account.deliver([simulated()], nowSeconds())
      const forged = await deliver({ ...genuine, ...change(genuine) })
      expect(forged.status).toBe(401)
      expect(await postern.events(name)).toHaveLength(0)
      const answer = await deliver(genuine)
      expect(answer.status).toBe(200)
      expect(jsonOf(answer)).toMatchObject({ accepted: 1, duplicates: 0 })
      expect(await postern.settledAt(name, 1)).toHaveLength(1)
    },
  )

  it('when another account of the same ESP signs it', async () => {
    const { name, deliver } = await sourceOf('mailgun')
    const forger = await senderNamed('mailgun')?.open()
    const forged = await forger?.deliver([simulated()], nowSeconds())
    if (forged === undefined) throw new Error('no forgery')
    expect((await deliver(forged)).status).toBeGreaterThanOrEqual(400)
    expect(await postern.settledAt(name, 0)).toHaveLength(0)
  })

  it('when a used Mailgun token comes with another body: it is refused and reported', async () => {
    const { name, account, deliver } = await sourceOf('mailgun')
    const genuine = await account.deliver([simulated()], nowSeconds())
    expect((await deliver(genuine)).status).toBe(200)
    const body = Buffer.from(Buffer.from(genuine.body).toString().replace('person.', 'victim.'))
    expect(body.equals(genuine.body)).toBe(false)
    const reused = await deliver({ ...genuine, body })
    expect(reused.status).toBeGreaterThanOrEqual(400)
    expect(reused.status).toBeLessThan(500)
    const same = await deliver(genuine)
    expect([same.status, jsonOf(same)]).toEqual([200, expect.objectContaining({ accepted: 0 })])
    expect(await postern.settledAt(name, 1)).toHaveLength(1)

    const refusals = async () => {
      const answer = await postern.console.get(`/api/refusals?source=${name}`)
      return (jsonOf(answer) as { refusals: { code: string }[] }).refusals.map(({ code }) => code)
    }
    await until(async () => (await refusals()).length > 0)
    expect(await refusals()).toEqual(['token_reused'])
  })
})

const without = (
  headers: Readonly<Record<string, string>>,
  names: readonly string[],
): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name)))
