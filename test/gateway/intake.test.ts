import { createHmac } from 'node:crypto'
import { evictDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inflatedBase64 } from '../../src/event/original/original.ts'
import type { GatewayEnv } from '../../src/gateway/env.ts'
import type { Guard } from '../../src/gateway/guard/guard.ts'
import {
  collectorsFor,
  genericSource,
  guardsBehind,
  limiterOf,
  newGateway,
  putSource,
  registry,
  type TestGateway,
} from '../support/gateway.ts'
import { NOW_SECONDS, SECRET, type Signed, delivered, signGeneric } from '../support/generic.ts'
import { WHO } from '../support/who.ts'
import { thorough } from '../support/thorough.ts'

const sign = (payload: unknown, atSeconds = NOW_SECONDS, secret = SECRET) =>
  signGeneric(payload, secret, atSeconds)

const post = (gateway: TestGateway, source: string, signed: Signed, changes: Partial<RequestInit> = {}) =>
  gateway.fetch(`/hooks/${source}`, { ...signed, ...changes })

/** A captured delivery of 90 days ago, whose time is now the beginning of its body. */
async function oldCapture(): Promise<Signed> {
  const atSeconds = NOW_SECONDS - 90 * 86_400
  const { headers, body } = await sign(delivered('m-1'), atSeconds)
  const { 'x-webhook-timestamp': _, ...others } = headers
  return { method: 'POST', headers: others, body: `${atSeconds}.${body as string}` }
}

const objectFault = (facts: Record<string, boolean>) => Object.assign(new Error('object is gone'), facts)

describe('a delivery', () => {
  it('becomes one queue message that holds its events, and is answered 200 with the counts', async () => {
    const gateway = newGateway()
    const response = await post(
      gateway,
      await genericSource(),
      await sign([delivered('m-1'), delivered('m-2')]),
    )
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ accepted: 2, duplicates: 0, quarantined: 0 })
    expect(gateway.queue.envelopes).toHaveLength(1)
    const [contents] = await gateway.queue.contents()
    expect(contents?.events.map(({ message_id }) => message_id)).toEqual(['m-1', 'm-2'])
  })

  it.each<[string, object, number]>([
    ['its events have the items that they were read from', {}, 2],
    ['its events have none if the source keeps no originals', { originalDays: 0 }, 0],
  ])('%s', async (_what, settings, originals) => {
    const gateway = newGateway()
    const items = [delivered('m-1'), delivered('m-2')]
    await post(gateway, await genericSource(settings), await sign(items))
    const [contents] = await gateway.queue.contents()
    const texts = contents?.events.map(({ original = '' }) => inflatedBase64(original))
    expect(texts?.filter((text) => text !== undefined)).toEqual(
      items.slice(0, originals).map((item) => JSON.stringify(item)),
    )
  })

  describe('whose body begins with the time of an old capture', () => {
    it('is none under the fixed signature, which could have covered that time', async () => {
      const gateway = newGateway()
      const response = await post(gateway, await genericSource(), await oldCapture())
      expect(response.status).toBe(401)
      expect(gateway.queue.envelopes).toEqual([])
    })

    it('brings no event under one of the body alone, since it is no JSON', async () => {
      const gateway = newGateway()
      const signature = {
        algorithm: 'hmac-sha256',
        header: 'x-webhook-signature',
        prefix: 'sha256=',
        encoding: 'hex',
        signed: '{body}',
      }
      const response = await post(gateway, await genericSource({ signature }), await oldCapture())
      expect(await response.json()).toMatchObject({ accepted: 0, quarantined: 1 })
      expect(await gateway.queue.contents()).toMatchObject([{ events: [], quarantined: [{ item: false }] }])
    })
  })

  describe('that will be refused whatever its body', () => {
    const FORGED = {
      'x-webhook-signature': `sha256=${'00'.repeat(32)}`,
      'x-webhook-timestamp': String(NOW_SECONDS),
    }
    const KEY = { provider: 'generic', secrets: { api_key: SECRET } }
    const MANDRILL = { provider: 'mandrill', secrets: { webhook_key: SECRET } }
    const FORM = { 'content-type': 'application/x-www-form-urlencoded' }

    /** A body of which this much comes, and no end. */
    function unending(bytes: number) {
      const seen = { askedFor: false }
      const body = new ReadableStream<Uint8Array>(
        {
          pull(controller) {
            if (seen.askedFor) return new Promise<void>(() => {})
            seen.askedFor = true
            controller.enqueue(new Uint8Array(bytes))
            return undefined
          },
        },
        { highWaterMark: 0 },
      )
      return { body, seen }
    }

    it.each<[string, Record<string, unknown>, Record<string, string>, boolean]>([
      ['has no signature', {}, {}, false],
      ['has a time that is none', {}, { ...FORGED, 'x-webhook-timestamp': 'now' }, false],
      ['has a wrong key', KEY, { 'x-api-key': 'wrong' }, false],
      // Its provider greets a small body, whoever sends it.
      ['has no signature and more than a validation request', MANDRILL, FORM, true],
    ])('is refused before it is read, where it %s', async (_what, settings, headers, isTasted) => {
      const { body, seen } = unending(65)
      const response = await newGateway().fetch(`/hooks/${await genericSource(settings)}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body,
      })
      expect(response.status).toBe(401)
      expect(seen.askedFor).toBe(isTasted)
    })

    it('gives back the memory of its body, however it ends', async () => {
      const [gateway, name] = [newGateway(), await genericSource()]
      const mebibyte = new Uint8Array(1_048_576)
      const broken = () =>
        new ReadableStream<Uint8Array>({
          start: (controller) => controller.enqueue(mebibyte.slice(1)),
          pull: (controller) => controller.error(new Error('connection lost')),
        })
      const headers = { 'content-type': 'application/json', 'cf-connecting-ip': '192.0.2.7', ...FORGED }
      const send = async (body: BodyInit) =>
        (await gateway.fetch(`/hooks/${name}`, { method: 'POST', headers, body })).status
      // Together they are more than a network may hold.
      for (let i = 0; i < 12; i++) expect([await send(mebibyte), await send(broken())]).toEqual([401, 400])
    })

    it('gets the validation answer if its provider validates the URL before it has a key', async () => {
      const name = await genericSource(MANDRILL)
      const ask = (body: string) =>
        newGateway().fetch(`/hooks/${name}`, { method: 'POST', headers: FORM, body })
      expect((await ask('mandrill_events=%5B%5D')).status).toBe(200)
      expect((await ask('mandrill_events=%5B1%5D')).status).toBe(401)
    })

    it('is read under a credential that is newer than the cached source', async () => {
      const [gateway, name] = [newGateway(), await genericSource(KEY)]
      const withKey = (key: string) =>
        gateway.fetch(`/hooks/${name}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'x-api-key': key },
          body: JSON.stringify(delivered('m-1')),
        })
      const next = 'another-secret-of-a-test-0123456789'
      expect((await withKey(SECRET)).status).toBe(200)
      await putSource({ ...KEY, secrets: { api_key: next } }, name)
      gateway.clock.nowMs += 1_000
      expect((await withKey(next)).status).toBe(200)
      expect((await withKey(SECRET)).status).toBe(401)
    })
  })

  it('is sealed in the queue: no address is in a message', async () => {
    const gateway = newGateway()
    await post(gateway, await genericSource(), await sign(delivered('m-1', 'seeded-address@example.com')))
    const [envelope] = gateway.queue.envelopes
    if (envelope?.kind !== 'inline') throw new Error('expected an inline message')
    expect(new TextDecoder('latin1').decode(envelope.sealed)).not.toContain('seeded-address')
    expect(JSON.stringify({ ...envelope, sealed: null })).not.toContain('seeded-address')
  })

  it('of 1,000 events keeps the other 999 if one cannot be read', async () => {
    const gateway = newGateway()
    const events: unknown[] = Array.from({ length: 999 }, (_, n) => delivered(`m-${n}`))
    events.splice(500, 0, { event_type: 'email.bounced', data: { poison: true } })
    const response = await post(gateway, await genericSource(), await sign(events))
    expect(await response.json()).toMatchObject({ accepted: 999, quarantined: 1 })
    expect(new Set(await gateway.queue.eventIds()).size).toBe(999)
  })

  it('that is larger than the queue takes goes through R2 with a pointer', async () => {
    const gateway = newGateway()
    const events = Array.from({ length: 1_500 }, (_, n) => delivered(`m-${n}`))
    const response = await post(gateway, await genericSource(), await sign(events))
    expect(await response.json()).toMatchObject({ accepted: 1_500 })
    expect(gateway.queue.envelopes.map(({ kind }) => kind)).toEqual(['stored'])
    expect(new Set(await gateway.queue.eventIds()).size).toBe(1_500)
  })
})

describe('copies and forgeries', () => {
  it('makes one event of 200 parallel copies', async () => {
    const gateway = newGateway()
    const source = await genericSource()
    const signed = await sign(delivered('m-1'))
    const statuses = await Promise.all(
      Array.from({ length: 200 }, async () => (await post(gateway, source, signed)).status),
    )
    expect(await gateway.queue.eventIds()).toHaveLength(1)
    // A copy beside the first is told to come back, one after it is a duplicate: neither is lost to the sender.
    expect(new Set(statuses).difference(new Set([200, 503])).size).toBe(0)
    const again = await post(gateway, source, signed)
    expect(await again.json()).toMatchObject({ accepted: 0, duplicates: 1 })
  })

  it('accepts the genuine delivery after a forged copy', async () => {
    const gateway = newGateway()
    const source = await genericSource()
    const signed = await sign(delivered('m-1'))
    const forged = {
      ...signed,
      headers: { ...signed.headers, 'x-webhook-signature': `sha256=${'0'.repeat(64)}` },
    }
    expect((await post(gateway, source, forged)).status).toBe(401)
    expect(await (await post(gateway, source, signed)).json()).toMatchObject({ accepted: 1 })
  })

  it('ignores headers that are not signed', async () => {
    const gateway = newGateway()
    const source = await genericSource()
    const signed = await sign(delivered('m-1'))
    await post(gateway, source, signed)
    const dressed = {
      ...signed,
      headers: { ...signed.headers, 'x-request-id': 'other', 'idempotency-key': 'other' },
    }
    expect(await (await post(gateway, source, dressed)).json()).toMatchObject({ accepted: 0, duplicates: 1 })
    expect(await gateway.queue.eventIds()).toHaveLength(1)
  })

  it('makes one event of the same event under a new signature', async () => {
    const gateway = newGateway()
    const source = await genericSource()
    await post(gateway, source, await sign(delivered('m-1'), NOW_SECONDS))
    const again = await post(gateway, source, await sign(delivered('m-1'), NOW_SECONDS + 5))
    expect(await again.json()).toMatchObject({ accepted: 0, duplicates: 1 })
    // In a batch with others it passes the guard; its id is the same, so the consumer drops it.
    await post(gateway, source, await sign([delivered('m-1'), delivered('m-2')], NOW_SECONDS + 9))
    const ids = await gateway.queue.eventIds()
    expect(ids).toHaveLength(3)
    expect(new Set(ids).size).toBe(2)
  })

  it('uses no quota for strangers: the customer still has all of it', async () => {
    const gateway = newGateway()
    const source = await genericSource({ ratePerMinute: 2 })
    const forged = await sign(delivered('m-0'), NOW_SECONDS, 'another-secret-0123456789')
    for (let i = 0; i < 20; i++) expect((await post(gateway, source, forged)).status).toBe(401)
    for (let i = 1; i <= 2; i++)
      expect((await post(gateway, source, await sign(delivered(`m-${i}`)))).status).toBe(200)
    const over = await post(gateway, source, await sign(delivered('m-3')))
    expect(over.status).toBe(429)
    expect(Number(over.headers.get('retry-after'))).toBeGreaterThan(0)
  })

  it('answers 429 to failed proofs of a limited address without a log line, and still accepts its verified deliveries', async () => {
    let reports = 0
    const gateway = newGateway({
      FAILURE_LIMITER: limiterOf(3),
      COLLECTORS: collectorsFor(({ latest }) => void (reports += latest.length)),
    })
    const source = await genericSource()
    const from = (signed: Signed) => ({
      ...signed,
      headers: { ...signed.headers, 'cf-connecting-ip': '192.0.2.9' },
    })
    const forged = from(await sign(delivered('m-0'), NOW_SECONDS, 'another-secret-0123456789'))
    const statuses: number[] = []
    for (let i = 0; i < 8; i++) statuses.push((await post(gateway, source, forged)).status)
    expect(statuses).toEqual([401, 401, 401, 429, 429, 429, 429, 429])
    expect((await post(gateway, source, from(await sign(delivered('m-1'))))).status).toBe(200)
    await gateway.settled()
    expect(reports).toBe(3)
  })

  it('counts requests to unknown names, and with unknown methods, against the address', async () => {
    let told = 0
    const gateway = newGateway({
      FAILURE_LIMITER: limiterOf(3),
      COLLECTORS: collectorsFor(({ latest }) => void (told += latest.length)),
    })
    const source = await genericSource()
    const ask = async (name: string, method: string, headers = {}) =>
      (
        await gateway.fetch(`/hooks/${name}`, {
          method,
          headers: { 'cf-connecting-ip': '192.0.2.9', ...headers },
        })
      ).status
    expect(await ask('nobody-has-it', 'POST')).toBe(404)
    expect(await ask(source, 'DELETE')).toBe(405)
    // Its status makes an ESP stop, so it stays as it is and does not count.
    for (let i = 0; i < 2; i++) expect(await ask(source, 'POST', { 'content-type': 'image/png' })).toBe(415)
    expect(await ask('nor-has-this', 'POST')).toBe(404)
    for (const name of ['a', 'b', source]) expect(await ask(name, 'GET')).toBe(429)
    expect(await ask(source, 'POST', { 'content-type': 'image/png' })).toBe(415)
    await gateway.settled()
    expect(told).toBe(6)
  })

  it('makes no Durable Object call for a forgery against a cached source', async () => {
    const calls = { guard: 0 }
    const gateway = newGateway({ GUARD: guardsBehind(() => void calls.guard++) })
    const source = await genericSource()
    const forged = await sign(delivered('m-0'), NOW_SECONDS, 'another-secret-0123456789')
    for (let i = 0; i < 50; i++) await post(gateway, source, forged)
    expect(calls.guard).toBe(0)
    expect(gateway.queue.envelopes).toHaveLength(0)
  })
})

describe('configuration', () => {
  it('refuses a replaced secret on the very next request, though the old one is cached, and accepts the new one', async () => {
    const gateway = newGateway()
    const source = await genericSource()
    expect((await post(gateway, source, await sign(delivered('m-1')))).status).toBe(200)
    const fresh = 'the-new-secret-of-this-source-0123'
    await genericSource({ secrets: { hmac: fresh } }, source)
    expect((await post(gateway, source, await sign(delivered('m-2')))).status).toBe(401)
    expect((await post(gateway, source, await sign(delivered('m-3'), NOW_SECONDS, fresh))).status).toBe(200)
    expect(await gateway.queue.eventIds()).toHaveLength(2)
  })

  it('accepts a delivery under a new secret though only the old one is cached, a second later at most', async () => {
    const gateway = newGateway()
    const source = await genericSource()
    await post(gateway, source, await sign(delivered('m-1')))
    const fresh = 'the-new-secret-of-this-source-0123'
    await genericSource({ secrets: { hmac: fresh } }, source)
    gateway.clock.nowMs += 1_000
    expect((await post(gateway, source, await sign(delivered('m-2'), NOW_SECONDS, fresh))).status).toBe(200)
  })

  it('answers 404 on the next request after a source is removed, and 200 after it is created', async () => {
    const gateway = newGateway()
    const source = await genericSource()
    await post(gateway, source, await sign(delivered('m-1')))
    await registry().sources.remove(source, WHO, null)
    expect((await post(gateway, source, await sign(delivered('m-2')))).status).toBe(404)
    const created = await genericSource()
    expect((await post(gateway, created, await sign(delivered('m-3')))).status).toBe(200)
  })

  it('answers 404 for an unknown source, 405 with Allow for another method, 503 in a setup without its key', async () => {
    const gateway = newGateway()
    expect((await gateway.fetch('/hooks/nobody', { method: 'POST' })).status).toBe(404)
    const wrong = await gateway.fetch(`/hooks/${await genericSource()}`, { method: 'GET' })
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST'])
    const { MASTER_KEY: _, ...without } = env
    const bare = await newGateway({ ...without, MASTER_KEY: '' }).fetch('/hooks/shop', { method: 'POST' })
    expect(bare.status).toBe(503)
  })
})

describe('when something is down', () => {
  it('answers 503 when the queue refuses, and the sender’s retry gives exactly one event', async () => {
    const gateway = newGateway()
    const source = await genericSource()
    const signed = await sign(delivered('m-1'))
    gateway.queue.refusing = true
    const refused = await post(gateway, source, signed)
    expect(refused.status).toBe(503)
    expect(refused.headers.get('retry-after')).not.toBeNull()
    gateway.queue.refusing = false
    expect(await (await post(gateway, source, signed)).json()).toMatchObject({ accepted: 1 })
    expect(await gateway.queue.eventIds()).toHaveLength(1)
  })

  it('answers 503 when the bucket for large deliveries refuses', async () => {
    const refusing = { put: () => Promise.reject(new Error('R2 down')) } as unknown as R2Bucket
    const gateway = newGateway({ LARGE: refusing })
    const events = Array.from({ length: 1_500 }, (_, n) => delivered(`m-${n}`))
    expect((await post(gateway, await genericSource(), await sign(events))).status).toBe(503)
    expect(gateway.queue.envelopes).toHaveLength(0)
  })

  it.each([
    ['retryable', { retryable: true }, 2],
    ['overloaded, which is never retried', { retryable: true, overloaded: true }, 1],
    ['broken', {}, 1],
  ])('asks a guard that is %s as often as may help', async (_what, facts, tries) => {
    let asked = 0
    const guard = guardsBehind((call) => {
      if (call === 'admit' && ++asked > 0) throw objectFault(facts)
    })
    const gateway = newGateway({ GUARD: guard })
    await post(gateway, await genericSource({ whenGuardDown: 'refuse' }), await sign(delivered('m-1')))
    expect(asked).toBe(tries)
  })

  it('retries a guard that was reset', async () => {
    let asked = 0
    const guard = guardsBehind((call) => {
      if (call === 'admit' && ++asked === 1) throw objectFault({ retryable: true })
    })
    const gateway = newGateway({ GUARD: guard })
    const response = await post(gateway, await genericSource(), await sign(delivered('m-1')))
    expect(await response.json()).toMatchObject({ accepted: 1 })
  })

  it.each([
    [{ whenGuardDown: 'refuse' }, 503, 0],
    [{ whenGuardDown: 'admit' }, 200, 1],
    [{}, 200, 1],
    [{ level: 'maximum' }, 503, 0],
  ])('decides by the source’s policy when the guard is down: %o', async (settings, status, queued) => {
    const down = guardsBehind(() => {
      throw objectFault({})
    })
    const gateway = newGateway({ GUARD: down })
    const source = await genericSource({ allowedIps: ['192.0.2.0/24'], ...settings })
    const signed = await sign(delivered('m-1'))
    const response = await post(gateway, source, {
      ...signed,
      headers: { ...signed.headers, 'cf-connecting-ip': '192.0.2.1' },
    })
    expect(response.status).toBe(status)
    expect(gateway.queue.envelopes).toHaveLength(queued)
    if (queued > 0) expect((await gateway.queue.contents())[0]?.delivery.degraded).toBe('guard_down:Error')
  })

  it('never admits a single-use token without a claim, whatever the policy: nothing else covers the body', async () => {
    const down = guardsBehind(() => {
      throw objectFault({})
    })
    const gateway = newGateway({ GUARD: down })
    const signing_key = 'key-of-a-mailgun-account'
    const source = await putSource({
      provider: 'mailgun',
      secrets: { signing_key },
      whenGuardDown: 'admit',
    })
    const [timestamp, token] = [String(NOW_SECONDS), 't'.repeat(50)]
    const mac = createHmac('sha256', signing_key)
      .update(timestamp + token)
      .digest('hex')
    const signature = { timestamp, token, signature: mac }
    const body = JSON.stringify({ signature, 'event-data': { event: 'opened', timestamp: NOW_SECONDS } })
    const response = await gateway.fetch(`/hooks/${source}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    })
    expect(response.status).toBe(503)
    expect(gateway.queue.envelopes).toHaveLength(0)
  })

  it('still answers 200 when only the settling fails: the events are queued', async () => {
    const guard = guardsBehind((call) => {
      if (call === 'settle') throw objectFault({})
    })
    const gateway = newGateway({ GUARD: guard })
    expect((await post(gateway, await genericSource(), await sign(delivered('m-1')))).status).toBe(200)
    expect(await gateway.queue.eventIds()).toHaveLength(1)
  })

  it('uses the cached source while the registry is down, and answers 503 where none is cached', async () => {
    let down = false
    const REGISTRY = {
      getByName: (name: string) => {
        if (down) throw new Error('registry is down')
        return env.REGISTRY.getByName(name)
      },
    } as unknown as GatewayEnv['REGISTRY']
    const gateway = newGateway({ REGISTRY })
    const cached = await genericSource()
    const uncached = await genericSource()
    await post(gateway, cached, await sign(delivered('m-1')))
    down = true
    gateway.clock.nowMs += 60_000
    expect((await post(gateway, cached, await sign(delivered('m-2'), NOW_SECONDS + 60))).status).toBe(200)
    expect((await post(gateway, uncached, await sign(delivered('m-3'), NOW_SECONDS + 60))).status).toBe(503)
  })
})

/** Wakes the object first: what does not run cannot be evicted. */
async function evict(guard: DurableObjectStub<Guard>): Promise<void> {
  await guard.learn(0)
  await evictDurableObject(guard)
}

describe('any schedule of copies, forgeries and faults', () => {
  type Step =
    | { readonly do: 'send'; readonly message: number }
    | { readonly do: 'forge'; readonly message: number }
    | { readonly do: 'together'; readonly message: number; readonly copies: number }
    | { readonly do: 'queue'; readonly refusing: boolean }
    | { readonly do: 'guard'; readonly down: boolean }
    | { readonly do: 'evict' }

  const message = fc.integer({ min: 0, max: 3 })
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 5, arbitrary: fc.record({ do: fc.constant('send'), message }) },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant('together'), message, copies: fc.integer({ min: 2, max: 6 }) }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('forge'), message }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('queue'), refusing: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('guard'), down: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('evict') }) },
  ) as fc.Arbitrary<Step>

  it('acknowledges only what is queued, queues only what is authentic, and without faults of the guard queues it once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        let guardDown = false
        let guardFailed = false
        const GUARD = guardsBehind(() => {
          if (guardDown) throw objectFault({})
        })
        const gateway = newGateway({ GUARD })
        const source = await genericSource()
        const acknowledged = new Set<number>()
        const genuine = (n: number) => sign(delivered(`m-${n}`))
        const send = async (n: number) => {
          const response = await post(gateway, source, await genuine(n))
          if (response.status === 200) acknowledged.add(n)
          else expect(response.status).toBe(503)
        }
        for (const one of steps) {
          if (one.do === 'send') await send(one.message)
          else if (one.do === 'together')
            await Promise.all(Array.from({ length: one.copies }, () => send(one.message)))
          else if (one.do === 'forge') {
            const signed = await genuine(one.message)
            const forged = await post(gateway, source, {
              ...signed,
              body: String(signed.body).replace('delivered', 'delivered '),
            })
            expect(forged.status).toBe(401)
          } else if (one.do === 'queue') gateway.queue.refusing = one.refusing
          else if (one.do === 'guard') guardFailed ||= guardDown = one.down
          else {
            // Claims that were kept in the last moment are lost with the object: the consumer drops their copies.
            guardFailed = true
            await evict(env.GUARD.getByName(`${source}#0`))
          }
        }
        const queued = (await gateway.queue.contents()).flatMap(({ events }) =>
          events.map(({ message_id }) => message_id),
        )
        expect(new Set(queued)).toEqual(new Set([...acknowledged].map((n) => `m-${n}`)))
        if (!guardFailed) expect(queued).toHaveLength(acknowledged.size)
      }),
      { numRuns: thorough(40, 10) },
    )
  }, 60_000)
})
