/** A used token stays used, whatever an operator changes: Mailgun and Mailomat sign no body, so a free one is a forgery. */
import { createHmac } from 'node:crypto'
import { runDurableObjectAlarm } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { type TestGateway, newGateway, putSource, registry } from '../support/gateway.ts'
import type { Signed } from '../support/generic.ts'
import { WHO } from '../support/who.ts'

const KEY = 'key-of-an-account-0123456789'
const HOUR_SECONDS = 3_600
const DAY_SECONDS = 24 * HOUR_SECONDS

const hmac = (text: string): string => createHmac('sha256', KEY).update(text).digest('hex')

/** Signs the n-th token; an attacker puts an event of their own around it. */
type Sign = (n: number, atSeconds: number, event: string) => Signed

const mailgun: Sign = (n, atSeconds, event) => {
  const token = String(n).padStart(50, 't')
  const signature = { timestamp: String(atSeconds), token, signature: hmac(`${atSeconds}${token}`) }
  const body = JSON.stringify({
    signature,
    'event-data': { event, timestamp: atSeconds, id: `event-${n}`, recipient: 'ada@example.com' },
  })
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body }
}

const mailomat: Sign = (n, atSeconds, event) => ({
  method: 'POST',
  headers: {
    'content-type': 'application/json',
    'x-mom-webhook-id': `id-${n}`,
    'x-mom-webhook-event': 'delivered',
    'x-mom-webhook-timestamp': String(atSeconds),
    'x-mom-webhook-signature': `sha256=${hmac(`id-${n}.delivered.${atSeconds}`)}`,
  },
  body: JSON.stringify({ id: `id-${n}`, eventType: event, recipient: 'ada@example.com' }),
})

const SECRETS = { mailgun: { signing_key: KEY }, mailomat: { signing_secret: KEY } }
const SENDERS = [
  ['mailgun', mailgun, 'opened', 'complained'],
  ['mailomat', mailomat, 'opened', 'failure_perm'],
] as const

const newName = () => `single-use-${crypto.randomUUID()}`

const put = (name: string, provider: keyof typeof SECRETS, settings: object = {}): Promise<string> =>
  putSource({ provider, secrets: SECRETS[provider], level: 'standard', ...settings }, name)

const post = async (gateway: TestGateway, name: string, signed: Signed) =>
  (await gateway.fetch(`/hooks/${name}`, signed)).status

const TOKENS = Array.from({ length: 10 }, (_, n) => n)
const statusesOf = (send: (n: number) => Promise<number>) => Promise.all(TOKENS.map(send))
const all = (status: number) => TOKENS.map(() => status)

describe.each(SENDERS)('used tokens of %s', (provider, sign, genuine, forged) => {
  const REUSED = provider === 'mailgun' ? 406 : 409

  it.each([
    ['more shards', 1, 4],
    ['fewer shards', 8, 3],
  ])('stay used after a change to %s, in isolates that have heard of it and in one that has not', async (_what, before, after) => {
    const name = newName()
    await put(name, provider, { guardShards: before })
    const [one, other] = [newGateway(), newGateway()]
    const nowSeconds = one.clock.nowMs / 1_000
    const send = (gateway: TestGateway, event: string) =>
      statusesOf(async (n) => post(gateway, name, sign(n, nowSeconds, event)))
    // The other isolate has the source in its memory as well.
    expect(await post(other, name, sign(99, nowSeconds, genuine))).toBe(200)
    expect(await send(one, genuine)).toEqual(all(200))

    await put(name, provider, { guardShards: after })
    expect(await send(newGateway(), forged)).toEqual(all(REUSED))
    expect(await send(one, forged)).toEqual(all(REUSED))
    expect(await send(other, forged)).toEqual(all(REUSED))
    // A token that an isolate with the older source has taken is used for all of them.
    expect(await post(other, name, sign(100, nowSeconds, genuine))).toBe(200)
    expect(await post(one, name, sign(100, nowSeconds, forged))).toBe(REUSED)
  }) // prettier-ignore

  it('have the quota of the source once, however many shards there are', async () => {
    const name = newName()
    await put(name, provider, { guardShards: 4, ratePerMinute: 6 })
    const gateway = newGateway()
    const nowSeconds = gateway.clock.nowMs / 1_000
    const send = async (n: number) => post(gateway, name, sign(n, nowSeconds, genuine))
    for (const n of [1, 2, 3, 4, 5, 6]) expect(await send(n)).toBe(200)
    expect(await send(7)).toBe(429)
    await put(name, provider, { guardShards: 2, ratePerMinute: 6 })
    expect(await send(8)).toBe(429)
  })

  /** A token is used three hours ago, and what is over is forgotten. */
  async function usedAndForgotten(name: string, settings: object) {
    await put(name, provider, settings)
    const gateway = newGateway()
    const nowMs = Date.now()
    gateway.clock.nowMs = nowMs - 3 * HOUR_SECONDS * 1_000
    const usedAtSeconds = Math.floor(gateway.clock.nowMs / 1_000)
    expect(await post(gateway, name, sign(1, usedAtSeconds, genuine))).toBe(200)
    gateway.clock.nowMs = nowMs
    expect(await runDurableObjectAlarm(env.GUARD.getByName(`${name}#0`))).toBe(true)
    const nowSeconds = Math.floor(nowMs / 1_000)
    const send = async (n: number, atSeconds: number, event: string) =>
      post(newGatewayAt(nowMs), name, sign(n, atSeconds, event))
    return { usedAtSeconds, nowSeconds, send }
  }

  function newGatewayAt(nowMs: number): TestGateway {
    const gateway = newGateway()
    gateway.clock.nowMs = nowMs
    return gateway
  }

  it.each<[string, object, (name: string) => Promise<unknown>]>([
    ['widened', { replayWindowSeconds: 300 }, (name) => put(name, provider, { replayWindowSeconds: 7 * DAY_SECONDS })],
    ['widened by leaving it to the provider', { replayWindowSeconds: 300 }, (name) => put(name, provider)],
    ['widened along with the shards', { replayWindowSeconds: 300 }, (name) => put(name, provider, { guardShards: 8 })],
    [
      'widened by removing the source and making it anew',
      { replayWindowSeconds: 300 },
      async (name) => {
        await registry().sources.remove(name, WHO, null)
        await put(name, provider)
      },
    ],
    [
      'widened after another provider in between',
      { replayWindowSeconds: 300 },
      async (name) => {
        const generic = { provider: 'generic', secrets: { hmac: 'generic-secret-of-a-test-0123456789' } }
        await putSource(generic, name)
        await put(name, provider, { replayWindowSeconds: DAY_SECONDS })
      },
    ],
    [
      'widened by applying a configuration',
      { replayWindowSeconds: 300 },
      async (name) => {
        const document = { provider, level: 'standard', secrets: SECRETS[provider] }
        const wanted = { sources: { [name]: document }, prune: false, dryRun: false, expectedVersion: null }
        expect(await registry().configuration.apply(wanted, WHO)).toMatchObject({ ok: true })
      },
    ],
  ])('come back by no window that was %s', async (_what, narrow, widen) => {
    const name = newName()
    const { usedAtSeconds, nowSeconds, send } = await usedAndForgotten(name, narrow)
    await widen(name)
    expect(await send(1, usedAtSeconds, forged)).toBe(401)
    // Nor does one that was never used, since nobody can tell it from the other; what is newer is taken.
    expect(await send(2, usedAtSeconds, genuine)).toBe(401)
    expect(await send(3, nowSeconds - 300, genuine)).toBe(200)
    expect(await send(4, nowSeconds, genuine)).toBe(200)
    // The wider window holds for what is remembered.
    expect(await send(3, nowSeconds - 300, forged)).toBe(REUSED)
  }) // prettier-ignore

  it('are not accepted again after the window was narrower for a while', async () => {
    const name = newName()
    await put(name, provider, { replayWindowSeconds: DAY_SECONDS })
    const first = newGatewayAt(Date.now() - 3 * HOUR_SECONDS * 1_000)
    const usedAtSeconds = Math.floor(first.clock.nowMs / 1_000)
    expect(await post(first, name, sign(1, usedAtSeconds, genuine))).toBe(200)
    await put(name, provider, { replayWindowSeconds: 30 })
    const nowSeconds = Math.floor(Date.now() / 1_000)
    expect(await post(newGatewayAt(nowSeconds * 1_000), name, sign(2, nowSeconds, genuine))).toBe(200)
    await runDurableObjectAlarm(env.GUARD.getByName(`${name}#0`))
    await put(name, provider, { replayWindowSeconds: DAY_SECONDS })
    expect(await post(newGatewayAt(nowSeconds * 1_000), name, sign(1, usedAtSeconds, forged))).toBe(REUSED)
    // And what was not used then may still come.
    expect(await post(newGatewayAt(nowSeconds * 1_000), name, sign(3, usedAtSeconds, genuine))).toBe(200)
  }) // prettier-ignore
})
