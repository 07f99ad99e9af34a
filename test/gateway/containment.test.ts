/** Containments are obeyed by gateways that have cached their source, end by the gateway's clock, and are lifted at once. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Measure } from '../../src/registry/containment/containment.ts'
import { type TestGateway, newGateway, registry } from '../support/gateway.ts'
import { delivered, signGeneric } from '../support/generic.ts'
import { WHO } from '../support/who.ts'

const SECRET = 'a-secret-of-the-containment-test'
const HOSTILE = '203.0.113.66'
const OTHER = '198.51.100.7'
const BLOCKED: Measure = { action: 'block', network: '203.0.113.0/24' }

let messages = 0
let name: string
let gateway: TestGateway

beforeEach(async () => {
  await newSource({})
})
afterEach(() => gateway.settled())

async function newSource(settings: Record<string, unknown>): Promise<void> {
  name = `contained-${crypto.randomUUID()}`
  gateway = newGateway()
  await putSource(settings)
}

/** The gateway's clock is the registry's at this moment, and stands still. */
async function putSource(settings: Record<string, unknown>): Promise<void> {
  const document = { provider: 'generic', secrets: { hmac: SECRET }, ...settings }
  const put = await registry().sources.put(name, document, WHO, null)
  if (!put.ok) throw new Error(JSON.stringify(put))
  gateway.clock.nowMs = put.owner.updatedAtMs
}

async function begin(measure: Measure, seconds = 600) {
  const begun = await registry().containments.begin(name, measure, seconds, null, WHO)
  if (!begun.ok) throw new Error(JSON.stringify(begun))
  expect(begun.unreached).toEqual([])
  return begun.containment
}

async function post(from: string, secret = SECRET, headers: Record<string, string> = {}, id?: string) {
  const atSeconds = Math.floor(gateway.clock.nowMs / 1_000)
  const signed = await signGeneric(delivered(id ?? `m-${messages++}`), secret, atSeconds)
  return gateway.fetch(`/hooks/${name}`, {
    ...signed,
    headers: { ...signed.headers, ...headers, 'cf-connecting-ip': from },
  })
}

const statusOf = async (...request: Parameters<typeof post>) => (await post(...request)).status

describe('a blocked network', () => {
  it('is refused on the next verified delivery, though the clock of the isolate has not moved', async () => {
    expect(await statusOf(HOSTILE)).toBe(200)
    await begin(BLOCKED)
    expect(await statusOf(HOSTILE)).toBe(403)
    expect(await statusOf(HOSTILE)).toBe(403)
    expect(await statusOf(OTHER)).toBe(200)
  })

  it('is refused for wrong proofs within a second', async () => {
    expect(await statusOf(HOSTILE)).toBe(200)
    await begin(BLOCKED)
    gateway.clock.nowMs += 1_000
    expect(await statusOf(HOSTILE, 'a-wrong-secret-of-this-test')).toBe(403)
  })

  it('is refused before the body is read', async () => {
    await begin(BLOCKED)
    let pulled = 0
    const body = new ReadableStream({
      pull(controller) {
        pulled += 1
        controller.error(new Error('the body was read'))
      },
    })
    const headers = { 'content-type': 'application/json', 'cf-connecting-ip': HOSTILE }
    const answered = await gateway.fetch(`/hooks/${name}`, { method: 'POST', headers, body })
    expect(answered.status).toBe(403)
    // The stream itself may fill its queue once.
    expect(pulled).toBeLessThanOrEqual(1)
  })

  it.each([
    ['::ffff:203.0.113.66', 403],
    ['::ffff:cb00:7142', 403],
    ['203.0.114.1', 200],
    ['203.0.112.255', 200],
    ['2001:db8::cb00:7142', 200],
    ['not an address', 200],
  ])('holds %s: %i', async (address, status) => {
    await begin(BLOCKED)
    expect(await statusOf(address)).toBe(status)
  })

  it('ends by the clock of the gateway, without a message', async () => {
    const { endsAtMs } = await begin(BLOCKED, 60)
    gateway.clock.nowMs = endsAtMs - 1
    expect(await statusOf(HOSTILE)).toBe(403)
    gateway.clock.nowMs = endsAtMs
    expect(await statusOf(HOSTILE)).toBe(200)
  })

  it('that was lifted is accepted a second later, and at once where another network asks first', async () => {
    const { id } = await begin(BLOCKED)
    expect(await statusOf(HOSTILE)).toBe(403)
    await registry().containments.lift(id, WHO)
    expect(await statusOf(HOSTILE)).toBe(403)
    expect(await statusOf(OTHER)).toBe(200)
    expect(await statusOf(HOSTILE)).toBe(200)
    const again = await begin(BLOCKED)
    expect(await statusOf(HOSTILE)).toBe(403)
    await registry().containments.lift(again.id, WHO)
    gateway.clock.nowMs += 1_000
    expect(await statusOf(HOSTILE)).toBe(200)
  })

  it('that the source allows since then is accepted', async () => {
    await begin(BLOCKED)
    expect(await statusOf(HOSTILE)).toBe(403)
    await putSource({ allowedIps: ['203.0.113.64/26'] })
    gateway.clock.nowMs += 1_000
    expect(await statusOf(HOSTILE)).toBe(200)
    expect(await statusOf('203.0.113.3')).toBe(403)
  })
})

describe('a paused source', () => {
  it('answers that the sender shall come back, and then loses nothing', async () => {
    expect(await statusOf(OTHER)).toBe(200)
    const { endsAtMs } = await begin({ action: 'pause' })
    const refused = await post(OTHER, SECRET, {}, 'm-kept')
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '300'])
    gateway.clock.nowMs = endsAtMs - 30_000
    expect((await post(OTHER, SECRET, {}, 'm-kept')).headers.get('retry-after')).toBe('30')
    gateway.clock.nowMs = endsAtMs
    expect(await statusOf(OTHER, SECRET, {}, 'm-kept')).toBe(200)
    expect(await statusOf(OTHER, SECRET, {}, 'm-kept')).toBe(200)
    expect(await gateway.queue.eventIds()).toHaveLength(2)
  })

  it('that is lifted accepts within a second', async () => {
    const { id } = await begin({ action: 'pause' })
    expect(await statusOf(OTHER)).toBe(503)
    await registry().containments.lift(id, WHO)
    gateway.clock.nowMs += 1_000
    expect(await statusOf(OTHER)).toBe(200)
  })
})

describe('a raised level', () => {
  const ELSEWHERE = { allowedIps: ['192.0.2.0/24'], level: 'standard' }

  it('refuses what the level of the source would tolerate, and only as long as it lasts', async () => {
    await newSource(ELSEWHERE)
    expect(await statusOf(OTHER)).toBe(200)
    const { endsAtMs } = await begin({ action: 'raise_level', level: 'maximum' })
    expect(await statusOf(OTHER)).toBe(403)
    expect(await statusOf('192.0.2.9')).toBe(200)
    const [first, second] = await gateway.queue.contents()
    expect([first?.delivery.level, second?.delivery.level]).toEqual(['standard', 'maximum'])
    gateway.clock.nowMs = endsAtMs
    expect(await statusOf(OTHER)).toBe(200)
  })

  it('that is lifted tolerates again within a second', async () => {
    await newSource(ELSEWHERE)
    const { id } = await begin({ action: 'raise_level', level: 'maximum' })
    expect(await statusOf(OTHER)).toBe(403)
    await registry().containments.lift(id, WHO)
    gateway.clock.nowMs += 1_000
    expect(await statusOf(OTHER)).toBe(200)
  })

  it('never lowers the level of the source', async () => {
    await newSource(ELSEWHERE)
    await begin({ action: 'raise_level', level: 'enhanced' })
    await putSource({ ...ELSEWHERE, level: 'maximum' })
    gateway.clock.nowMs += 1_000
    expect(await statusOf(OTHER)).toBe(403)
  })
})
