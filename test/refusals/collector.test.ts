import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { Collector } from '../../src/refusals/collector.ts'
import type { RefusalRecord, RefusalReport } from '../../src/refusals/refusal.ts'
import { refusal } from '../support/decision.ts'
import { inObject } from '../support/objects.ts'

const report = (n: number, change: Partial<RefusalRecord> = {}): RefusalReport => {
  const one = refusal({ requestId: `req_${n}`, ...change })
  const name = one.code === 'token_reused' ? 'alarm' : 'unverified'
  return {
    counts: [
      { minute: 30_000_000, class: name, source: one.source, code: one.code, network: one.network, count: 1 },
    ],
    latest: [one],
    duplicates: [{ source: 'shop', count: 1 }],
  }
}

/** The real class with a log that can be read, in an object's context. */
async function collecting(work: (collector: Collector) => Promise<unknown>, logIsDown = false) {
  const told: RefusalReport[] = []
  const began = performance.now()
  const atMs: number[] = []
  await inObject(async (state) => {
    const forwarded: Promise<unknown>[] = []
    const REFUSALS = {
      getByName: () => ({
        report: async (one: RefusalReport) => {
          told.push(one)
          atMs.push(performance.now() - began)
          if (logIsDown) throw new Error('the log is down')
        },
      }),
    }
    const ctx = Object.create(state, {
      waitUntil: { value: (promise: Promise<unknown>) => void forwarded.push(promise) },
    }) as DurableObjectState
    await work(new Collector(ctx, { REFUSALS }))
    for (let i = 0; i < forwarded.length; i++) await forwarded[i]
  })
  const counts = told.flatMap((one) => one.counts).reduce((sum, { count }) => sum + count, 0)
  const copies = told.flatMap((one) => one.duplicates ?? []).reduce((sum, { count }) => sum + count, 0)
  return { told, counts, copies, atMs }
}

describe.concurrent('a collector', () => {
  it('turns a thousand reports into two calls, and loses none', async () => {
    const { told, counts, copies } = await collecting(async (collector) => {
      for (let n = 0; n < 1_000; n++)
        await collector.report(report(n, { network: `10.${n >> 8}.${n & 255}.0/24` }))
    })
    expect(told.length).toBeLessThanOrEqual(3)
    expect({ counts, copies }).toEqual({ counts: 1_000, copies: 1_000 })
    for (const one of told) {
      expect(one.latest.length).toBeLessThanOrEqual(10)
      expect(one.counts.length).toBeLessThanOrEqual(402)
    }
  })

  it('passes the first report on at once, and the next after a second', async () => {
    const { told, atMs } = await collecting(async (collector) => {
      await collector.report(report(1))
      await scheduler.wait(100)
      await collector.report(report(2))
    })
    expect(told).toHaveLength(2)
    expect((atMs[1] ?? 0) - (atMs[0] ?? 0)).toBeGreaterThan(800)
  })

  it('lets an alarm wait for no second, and a flood of alarms cause no flood of calls', async () => {
    const { told, counts, atMs } = await collecting(async (collector) => {
      await collector.report(report(1))
      await scheduler.wait(300)
      await collector.report(report(2))
      for (let n = 0; n < 500; n++) await collector.report(report(n, { code: 'token_reused' }))
    })
    expect(counts).toBe(502)
    expect(told.length).toBeLessThanOrEqual(4)
    expect((atMs[1] ?? 0) - (atMs[0] ?? 0)).toBeLessThan(800)
    expect(
      told
        .slice(1)
        .flatMap(({ latest }) => latest)
        .some(({ code }) => code === 'token_reused'),
    ).toBe(true)
  })

  it('goes on after the log was down, and sends nothing twice', async () => {
    const { told, counts } = await collecting(async (collector) => {
      for (let n = 0; n < 3; n++) {
        await collector.report(report(n))
        await scheduler.wait(50)
      }
    }, true)
    expect(told).toHaveLength(2)
    expect(counts).toBe(3)
  })
})

describe('a report to a real collector', () => {
  it('arrives at the log', async () => {
    await env.COLLECTORS.getByName('0').report(report(77, { source: 'collected' }))
    const log = env.REFUSALS.getByName('refusals')
    for (let i = 0; i < 50 && (await log.latest({ source: 'collected', limit: 1 })).length === 0; i++)
      await scheduler.wait(50)
    expect(await log.latest({ source: 'collected', limit: 1 })).toMatchObject([{ requestId: 'req_77' }])
  })
})
