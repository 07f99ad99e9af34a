/** Cost and limits of copies: a flood of them costs by time, and lifts no quota. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { LogFields } from '../../src/platform/log.ts'
import { type TestGateway, genericSource, guardsBehind, newGateway } from '../support/gateway.ts'
import { type Signed, delivered, signGeneric } from '../support/generic.ts'

const sign = (message: string) => signGeneric(delivered(message))

const OVERLOADED = Object.assign(new Error('busy'), { overloaded: true, retryable: true })

/** Guards whose questions are counted, and which can be overloaded. */
function countedGuards() {
  const state = { questions: 0, isOverloaded: false }
  const GUARD = guardsBehind((call) => {
    if (call === 'settle') return
    state.questions++
    if (state.isOverloaded) throw OVERLOADED
  })
  return { state, GUARD }
}

const used = new Set<TestGateway>()

async function post(gateway: TestGateway, source: string, signed: Signed) {
  used.add(gateway)
  const response = await gateway.fetch(`/hooks/${source}`, signed)
  const said: Record<string, unknown> = await response.json()
  return { status: response.status, accepted: said['accepted'], duplicates: said['duplicates'] }
}

const COPY = { status: 200, accepted: 0, duplicates: 1 }
const NEW = { status: 200, accepted: 1, duplicates: 0 }

let lines: LogFields[] = []
beforeEach(() => {
  lines = []
  vi.spyOn(console, 'log').mockImplementation(
    (line: string) => void lines.push(JSON.parse(line) as LogFields),
  )
})
afterEach(async () => {
  for (const gateway of used) await gateway.settled()
  used.clear()
  vi.restoreAllMocks()
})

const linesOf = (source: string, event: string) =>
  lines.filter((line) => line.source === source && line.event === event)

const times = (count: number) => Array.from({ length: count }, (_, n) => n)

describe('a flood of copies', () => {
  it('gets a 200 for each, with a few guard calls and log lines a second', async () => {
    const { state, GUARD } = countedGuards()
    const gateway = newGateway({ GUARD })
    const source = await genericSource({ ratePerMinute: 1 })
    const signed = await sign('m-1')
    expect(await post(gateway, source, signed)).toEqual(NEW)
    for (const _second of times(3)) {
      state.questions = 0
      for (const _n of times(100)) expect(await post(gateway, source, signed)).toEqual(COPY)
      // The first of them shows that it is a copy; then five ask.
      expect(state.questions).toBeLessThanOrEqual(6)
      // Past the point at which a window of lines counts as lost, so that the next delivery opens another.
      gateway.clock.nowMs += 4_000
    }
    await gateway.settled()
    expect(linesOf(source, 'delivery_accepted')).toHaveLength(1 + 3 * 10)
    const counted = linesOf(source, 'lines_not_logged').map(({ count = 0 }) => count)
    expect(counted.reduce((sum, count) => sum + count, 0)).toBe(3 * 90)
  })

  it('of many captured deliveries costs one guard call for each, however often each comes', async () => {
    const { state, GUARD } = countedGuards()
    const gateway = newGateway({ GUARD })
    const source = await genericSource({ guardShards: 4 })
    const captured = await Promise.all(times(30).map((n) => sign(`m-${n}`)))
    for (const signed of captured) expect(await post(gateway, source, signed)).toEqual(NEW)
    state.questions = 0
    for (const _round of times(10))
      for (const signed of captured) expect(await post(gateway, source, signed)).toEqual(COPY)
    expect(state.questions).toBeLessThanOrEqual(30 + 5)
  })

  it('at the same time costs no more', async () => {
    const { state, GUARD } = countedGuards()
    const gateway = newGateway({ GUARD })
    const source = await genericSource()
    const signed = await sign('m-1')
    expect(await post(gateway, source, signed)).toEqual(NEW)
    expect(await post(gateway, source, signed)).toEqual(COPY)
    state.questions = 0
    const answers = await Promise.all(times(200).map(() => post(gateway, source, signed)))
    expect(answers).toEqual(times(200).map(() => COPY))
    expect(state.questions).toBeLessThanOrEqual(5)
  })

  it('keeps no other delivery out, and no other delivery counts as a copy', async () => {
    const gateway = newGateway()
    const [source, other] = [await genericSource(), await genericSource()]
    const signed = await sign('m-1')
    expect(await post(gateway, source, signed)).toEqual(NEW)
    for (const _n of times(50)) expect(await post(gateway, source, signed)).toEqual(COPY)
    expect(await post(gateway, source, await sign('m-2'))).toEqual(NEW)
    // The same bytes under the same secret at another source are another delivery.
    expect(await post(gateway, other, signed)).toEqual(NEW)
    const forged = { ...signed, body: String(signed.body).replace('ada', 'eve') }
    expect((await post(gateway, source, forged)).status).toBe(401)
  })

  it('under a revoked secret ends within a second, and one of a few copies at once', async () => {
    const gateway = newGateway()
    const [flooded, quiet] = [await genericSource(), await genericSource()]
    const signed = await sign('m-1')
    for (const source of [flooded, quiet]) expect(await post(gateway, source, signed)).toEqual(NEW)
    for (const _n of times(3)) expect(await post(gateway, quiet, signed)).toEqual(COPY)
    for (const _n of times(50)) expect(await post(gateway, flooded, signed)).toEqual(COPY)
    for (const source of [flooded, quiet])
      await genericSource({ secrets: { hmac: 'another-secret-of-a-test-0123456789' } }, source)
    expect((await post(gateway, quiet, signed)).status).toBe(401)
    // A new delivery is judged by the newest source in a flood, too. This also tells the isolate.
    expect((await post(gateway, flooded, await sign('m-2'))).status).toBe(401)
    expect((await post(gateway, flooded, signed)).status).toBe(401)
  })

  it('without other deliveries learns of the revoked secret a second later', async () => {
    const gateway = newGateway()
    const source = await genericSource()
    const signed = await sign('m-1')
    expect(await post(gateway, source, signed)).toEqual(NEW)
    for (const _n of times(50)) expect(await post(gateway, source, signed)).toEqual(COPY)
    await genericSource({ secrets: { hmac: 'another-secret-of-a-test-0123456789' } }, source)
    gateway.clock.nowMs += 1_000
    expect((await post(gateway, source, signed)).status).toBe(401)
  })
})

describe('a guard that is overloaded', () => {
  const overloaded = async (settings: Record<string, unknown>) => {
    const { state, GUARD } = countedGuards()
    const gateway = newGateway({ GUARD })
    const source = await genericSource(settings)
    const send = async (n: number) => post(gateway, source, await sign(`m-${n}`))
    expect(await send(0)).toEqual(NEW)
    state.isOverloaded = true
    state.questions = 0
    const statuses = async (ns: readonly number[]) => {
      const answers: number[] = []
      for (const n of ns) answers.push((await send(n)).status)
      return answers
    }
    return { state, gateway, source, send, statuses }
  }

  it.each([1, 16])('lifts no quota, with %i shards: earlier admissions count', async (guardShards) => {
    const { gateway, statuses } = await overloaded({ ratePerMinute: 3, guardShards })
    expect(await statuses([1, 2, 3, 4, 5])).toEqual([200, 200, 429, 429, 429])
    gateway.clock.nowMs += 30_000
    expect(await statuses([6])).toEqual([429])
    gateway.clock.nowMs += 31_000
    expect(await statuses([7, 8, 9, 10])).toEqual([200, 200, 200, 429])
  }) // prettier-ignore

  it('does not accept a copy, which uses no quota and costs few calls', async () => {
    const { state, gateway, send, statuses } = await overloaded({ ratePerMinute: 2 })
    expect(await send(1)).toEqual(NEW)
    for (const _n of times(100)) expect(await send(1)).toEqual(COPY)
    expect(state.questions).toBeLessThanOrEqual(1 + 5)
    expect(await statuses([2])).toEqual([429])
    expect(await gateway.queue.eventIds()).toHaveLength(2)
  })

  it('does not treat the retry of a delivery that the queue refused as a copy, and frees its quota', async () => {
    const { gateway, send } = await overloaded({ ratePerMinute: 2 })
    gateway.queue.refusing = true
    for (const _n of times(3)) expect((await send(1)).status).toBe(503)
    gateway.queue.refusing = false
    expect(await send(1)).toEqual(NEW)
  })

  it('of a source that refuses then admits nothing, and still recognizes a copy', async () => {
    const { state, send, statuses } = await overloaded({ whenGuardDown: 'refuse' })
    state.isOverloaded = false
    for (const _n of times(50)) expect(await send(0)).toEqual(COPY)
    state.isOverloaded = true
    expect(await statuses([1, 2])).toEqual([503, 503])
    expect(await send(0)).toEqual(COPY)
  })
})
