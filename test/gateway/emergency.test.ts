/** A leaked secret is ended while several isolates still hold it in their memory. */
import { describe, expect, it } from 'vitest'
import { genericSource, newGateway, registry } from '../support/gateway.ts'
import { delivered, signGeneric } from '../support/generic.ts'
import { WHO } from '../support/who.ts'
import { rotate } from '../support/secrets.ts'

const LEAKED = 'a-leaked-secret-0123456789'
const LINK = { sha256: 'f6'.repeat(32), lifeSeconds: 3_600 }

const newSource = (settings: object = {}): Promise<string> =>
  genericSource({ secrets: { hmac: LEAKED }, ...settings })

let messages = 0
const sign = (secret: string) => signGeneric(delivered(`emergency-${messages++}`), secret)

describe('an emergency rotation', () => {
  it.each([
    ['one guard', {}],
    ['a guard in four shards', { guardShards: 4 }],
  ])('is known to every warm isolate on its very next request, with %s', async (_guards, settings) => {
    const name = await newSource(settings)
    const isolates = Array.from({ length: 5 }, () => newGateway())
    const post = async (isolate: (typeof isolates)[number], secret: string) =>
      (await isolate.fetch(`/hooks/${name}`, await sign(secret))).status
    // Each has the source and its key in memory, and has just used them.
    for (const isolate of isolates) expect(await post(isolate, LEAKED)).toBe(200)

    const done = await rotate(registry(), name, { slot: 'hmac', emergency: true, link: LINK }, WHO)
    expect(done).toMatchObject({ ok: true, unreached: [] })

    // The clock of the isolates has not moved: nothing of theirs is old.
    for (const isolate of isolates) expect(await post(isolate, LEAKED)).toBe(401)
    const got = await registry().secrets.retrieve(LINK.sha256, WHO)
    const secret = got.ok ? (got.values[0]?.value ?? '') : ''
    for (const isolate of isolates) expect(await post(isolate, secret)).toBe(200)
    for (const isolate of isolates) expect(await post(isolate, LEAKED)).toBe(401)
    for (const isolate of isolates) {
      expect(await isolate.queue.eventIds()).toHaveLength(2)
      await isolate.settled()
    }
  })

  it('ends a retiring version as well, and a pending one', async () => {
    const name = await newSource()
    const next = 'the-next-secret-0123456789'
    // The registry’s clock is the real one, which is behind that of the isolates.
    await rotate(registry(), name, { slot: 'hmac', value: next, graceSeconds: 10 * 365 * 86_400 }, WHO)
    await rotate(registry(), name, { slot: 'hmac', hold: true }, WHO)
    const isolate = newGateway()
    const post = async (secret: string) => (await isolate.fetch(`/hooks/${name}`, await sign(secret))).status
    expect([await post(LEAKED), await post(next)]).toEqual([200, 200])
    await rotate(registry(), name, { slot: 'hmac', emergency: true }, WHO)
    expect([await post(LEAKED), await post(next)]).toEqual([401, 401])
    const view = await registry().sources.find(name)
    expect(view?.secrets.map(({ state }) => state)).toEqual(['revoked', 'revoked', 'revoked', 'active'])
    await isolate.settled()
  })
})
