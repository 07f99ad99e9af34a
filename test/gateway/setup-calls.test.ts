/**
 * The calls with which ESPs check a URL when it is saved, and their test events, through the whole gateway. Those that no secret can
 * verify are in `first-call.test.ts`.
 */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { PROVIDERS } from '../../src/providers/index.ts'
import type { Account, OutgoingRequest } from '../../src/simulator/sender.ts'
import { senderNamed } from '../../src/simulator/senders/index.ts'
import { utf8 } from '../../src/platform/bytes.ts'
import { NOW_SECONDS, anySimulatedEvent, simulated } from '../providers/simulated-events.ts'
import { CONFIRMATION, account as topic, envelope } from '../providers/sns-envelope.ts'
import { type TestGateway, newGateway, putSource } from '../support/gateway.ts'

const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
const JSON_TYPE = { 'content-type': 'application/json' }

let gateway: TestGateway

beforeEach(() => {
  gateway = newGateway()
  gateway.clock.nowMs = NOW_SECONDS * 1_000
})
afterEach(() => vi.unstubAllGlobals())

async function accountAt(provider: string): Promise<Account> {
  const account = await senderNamed(provider)?.open()
  if (account === undefined) throw new Error(`no simulated ${provider}`)
  return account
}

const eventsQueued = async () => (await gateway.queue.contents()).flatMap(({ events }) => events).length
const quarantined = async () => (await gateway.queue.contents()).flatMap((one) => one.quarantined).length

/** By provider, the requests that are answered whether or not the source has a secret. */
const WITHOUT_PROOF: readonly (readonly [provider: string, what: string, request: RequestInit])[] = [
  [
    'azure-acs',
    'OPTIONS',
    { method: 'OPTIONS', headers: { 'webhook-request-origin': 'eventgrid.azure.net' } },
  ],
  ['mailchimp-marketing', 'GET', { method: 'GET' }],
  ['mandrill', 'HEAD', { method: 'HEAD' }],
  ['mandrill', 'an empty batch', { method: 'POST', headers: FORM, body: 'mandrill_events=%5B%5D' }],
  ['netcore', 'HEAD', { method: 'HEAD' }],
  ['unisender-go', 'GET', { method: 'GET' }],
  ['zeptomail', 'GET', { method: 'GET' }],
  ['zeptomail', 'an empty object', { method: 'POST', headers: JSON_TYPE, body: '{}' }],
]

describe('a check that nothing proves', () => {
  it('is listed of each provider that answers one', () => {
    const answering = PROVIDERS.filter(({ answerValidation }) => answerValidation !== undefined)
    expect([...new Set(WITHOUT_PROOF.map(([provider]) => provider))]).toEqual(
      answering.map(({ name }) => name),
    )
  })

  it.each(WITHOUT_PROOF)('of %s, %s, gets 200 and brings nothing', async (provider, _what, request) => {
    const { document } = await accountAt(provider)
    for (const name of [await putSource({ provider }), await putSource(document)]) {
      const answer = await gateway.fetch(`/hooks/${name}`, request)
      await answer.body?.cancel()
      expect(answer.status).toBe(200)
    }
    expect(gateway.queue.envelopes).toEqual([])
  })

  it.each(PROVIDERS.filter(({ methods }) => methods.length > 0).map(({ name }) => name))(
    'of %s does not stand for a delivery',
    async (provider) => {
      const account = await accountAt(provider)
      const request = await account.deliver([anySimulatedEvent(account)], NOW_SECONDS)
      expect(await post(await putSource({ provider }), request)).not.toMatchObject({ status: 200 })
    },
  )
})

type Call = (account: Account) => Promise<OutgoingRequest>

const event =
  (kind: string): Call =>
  async (account) =>
    account.deliver([simulated(kind)], NOW_SECONDS)

/** A body of its own in a delivery that signs nothing. */
const withBody =
  (body: unknown): Call =>
  async (account) => ({ ...(await event('email.delivered')(account)), body: utf8(JSON.stringify(body)) })

const AZURE = {
  id: 'v1',
  eventType: 'Microsoft.EventGrid.SubscriptionValidationEvent',
  data: { validationCode: 'code-1' },
}

/** The calls that have the source's proof. */
const WITH_PROOF: readonly (readonly [provider: string, what: string, call: Call, events: number])[] = [
  ['azure-acs', 'a validation event', withBody([AZURE]), 0],
  ['customerio', 'a sample event', event('email.delivered'), 1],
  ['elasticemail', 'a GET without an event', withoutEvent, 0],
  ['emailit', 'a sample event', event('email.delivered'), 1],
  ['lettermint', 'a test', event('webhook.test'), 0],
  ['loops', 'a test', event('testing.testEvent'), 0],
  ['mailchannels', 'a test', event('test'), 0],
  ['mailtrap', 'a sample event', event('email.delivered'), 1],
  ['netcore', 'an empty list', withBody([]), 0],
  ['postmark', 'a sample event', event('email.bounced'), 1],
  ['sendgrid', 'a sample event', event('email.delivered'), 1],
  ['sparkpost', 'an empty event', withBody([{ msys: {} }]), 0],
]

async function withoutEvent(account: Account): Promise<OutgoingRequest> {
  const request = await event('email.sent')(account)
  const token = new URLSearchParams(request.query).get('token') ?? ''
  return { ...request, query: `?token=${token}` }
}

interface Answer {
  readonly status: number
  readonly json: unknown
}

async function post(name: string, { method, query, headers, body }: OutgoingRequest): Promise<Answer> {
  const answer = await gateway.fetch(`/hooks/${name}${query}`, {
    method,
    headers,
    ...(method === 'GET' ? {} : { body }),
  })
  const text = await answer.text()
  return { status: answer.status, json: text === '' ? undefined : JSON.parse(text) }
}

/** @returns the URLs that are fetched */
function serving({ serves = {} }: Pick<Account, 'serves'>, otherwise: number): readonly string[] {
  const fetched: string[] = []
  vi.stubGlobal('fetch', async (input: unknown) => {
    const url = String(input)
    fetched.push(url)
    const text = serves[url]
    return text === undefined ? new Response(null, { status: otherwise }) : new Response(text)
  })
  return fetched
}

describe('a check that has the proof of the source', () => {
  it.each(WITH_PROOF)('of %s, %s, gets 200', async (provider, _what, call, events) => {
    const account = await accountAt(provider)
    serving(account, 404)
    const { status } = await post(await putSource(account.document), await call(account))
    expect(status).toBe(200)
    expect([await eventsQueued(), await quarantined()]).toEqual([events, 0])
  })

  it.each(WITH_PROOF)('of %s, %s, gets nothing from a source of others', async (provider, _what, call) => {
    const [account, other] = [await accountAt(provider), await accountAt(provider)]
    serving(other, 404)
    const { status } = await post(await putSource(other.document), await call(account))
    expect(status).not.toBe(200)
    expect(gateway.queue.envelopes).toEqual([])
  })

  it("has Event Grid's code in the answer", async () => {
    const account = await accountAt('azure-acs')
    const name = await putSource(account.document)
    expect(await post(name, await withBody([AZURE])(account))).toEqual({
      status: 200,
      json: { validationResponse: 'code-1' },
    })
  })
})

describe("SNS's confirmation of a subscription", () => {
  it.each([
    ['is made at Amazon', 200, 200],
    ['is asked for again if Amazon does not take it', 500, 503],
  ])('%s', async (_what, ofAmazon, status) => {
    const fetched = serving(topic, ofAmazon)
    const name = await putSource(topic.document)
    expect(await post(name, envelope(CONFIRMATION))).toMatchObject({ status })
    expect(fetched.at(-1)).toMatch(/^https:\/\/sns\.eu-west-1\.amazonaws\.com\/\?Action=ConfirmSubscription&/)
    expect(gateway.queue.envelopes).toEqual([])
  })
})
