/** Checks that the cost count runs, counts what is billed, and is not part of a deployment. */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { unstable_readConfig as readConfig } from 'wrangler'
import type { Archived } from '../../bench/cost/archiving.ts'
import { type Usage, marginal, monthly, sumOfItems } from '../../bench/cost/bill.ts'
import { type GoalName, GOALS } from '../../bench/goals.ts'
import { COUNTS_PATH } from '../../bench/cost/control.ts'
import { unitsOf } from '../../bench/cost/meter/bindings.ts'
import { KINDS, Meter, added, sumOf } from '../../bench/cost/meter/counts.ts'
import { PRICES, type Priced } from '../../bench/cost/prices.ts'
import { daysUntilFull, kept, millionKeptDollars } from '../../bench/cost/storage.ts'
import { WORKLOADS } from '../../bench/cost/workloads.ts'
import { bundle } from '../../scripts/local/bundle.ts'
import { ROOT, WORKERS } from '../../scripts/workers.ts'

const run = promisify(execFile)

interface Json {
  readonly workloads: readonly {
    readonly name: string
    readonly byVolume: Readonly<Record<string, Usage>>
  }[]
  readonly destinations: readonly { readonly name: string; readonly usage: Usage }[]
  readonly archived: Archived | null
  readonly watch: {
    readonly read: readonly { readonly usage: Usage }[]
    readonly minutes: readonly { readonly sources: number; readonly operations: Usage['operations'] }[]
  }
}

describe('npm run cost -- --quick', () => {
  let folder = ''
  let text = ''
  let json: Json = { workloads: [], destinations: [], archived: null, watch: { read: [], minutes: [] } }

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'postern-cost-'))
    const out = path.join(folder, 'cost.json')
    text = (await run(process.execPath, [path.join(ROOT, 'scripts/cost.ts'), '--quick', '--out', out])).stdout
    json = JSON.parse(await readFile(out, 'utf8')) as Json
  }, 300_000)
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const usageOf = (name: RegExp): Usage => {
    const usage = json.workloads.find((one) => name.test(one.name))?.byVolume['1000000']
    if (usage === undefined) throw new Error(`${name.source} was not played`)
    return usage
  }
  const perDelivery = (usage: Usage, kind: Priced): number => usage.operations[kind] / usage.deliveries

  it('plays every workload', () => {
    expect(json.workloads.map(({ name }) => name)).toEqual(WORKLOADS.map(({ name }) => name))
    for (const { name } of WORKLOADS) expect(text).toContain(`| ${name} `)
  })

  it.each(Object.keys(GOALS).filter((name) => name.endsWith('Dollars')))('prints the goal %s', (name) => {
    expect(text).toContain(`| ${GOALS[name as GoalName].what} `)
  })

  it('counts what destinations use: requests, time, and rows of the object and of the store', () => {
    expect(json.destinations.map(({ usage }) => usage.deliveries)).toEqual([100, 2, 2])
    const [singles, batches, sparse] = json.destinations.map(({ usage }) => usage)
    for (const usage of [singles, batches, sparse]) {
      for (const kind of ['object_calls', 'object_rows_written', 'd1_rows_read'] as const)
        expect([kind, (usage?.operations[kind] ?? 0) > 0]).toEqual([kind, true])
      // The endpoint takes 100 ms.
      expect(usage?.operations.object_ms).toBeGreaterThan(99)
      expect(usage?.operations.d1_rows_written).toBe(0)
    }
    // Rows are shared by many deliveries.
    expect(singles?.operations.object_rows_written).toBeLessThan(100)
  })

  it('counts what the watch uses: rows of the store by the event, calls and rows of objects by the minute', () => {
    expect(json.watch.read.map(({ usage }) => [usage.deliveries, usage.events])).toEqual([
      [20, 20],
      [2, 200],
    ])
    for (const { usage } of json.watch.read) {
      // Each event is read, and none is written.
      expect(usage.operations.d1_rows_read / usage.events).toBeGreaterThan(1)
      expect(usage.operations.d1_rows_written).toBe(0)
    }
    expect(json.watch.minutes.map(({ sources }) => sources)).toEqual([1, 32])
    const [one, many] = json.watch.minutes.map(({ operations }) => operations)
    // Its minute, and that of the incidents with two alarms.
    expect(one?.object_rows_written).toBeGreaterThanOrEqual(4)
    expect(one?.object_calls).toBe(5)
    expect(many?.object_rows_written).toBeGreaterThan(one?.object_rows_written ?? Infinity)
    expect(many?.object_calls).toBeGreaterThan(10)
  })

  it('counts what the archive uses: an object a file, rows of its table, and rows that are removed', () => {
    if (json.archived === null) throw new Error('nothing was archived')
    const { written, removed, idle, bytesAnEvent } = json.archived
    expect(written.operations.r2_class_a).toBeGreaterThanOrEqual(1)
    expect(written.operations.r2_class_a).toBeLessThan(5)
    for (const kind of ['object_calls', 'object_ms', 'd1_rows_read', 'd1_rows_written'] as const)
      expect([kind, written.operations[kind] > 0]).toEqual([kind, true])
    // All but the last segment goes.
    expect(removed.events).toBeGreaterThan(0.7 * written.events)
    expect(removed.operations.d1_rows_written).toBeGreaterThan(0)
    expect([idle.object_calls, idle.d1_rows_written, idle.r2_class_a]).toEqual([1, 0, 0])
    expect(bytesAnEvent).toBeGreaterThan(50)
  })

  it.each([
    ['requests', 2, 2],
    // The guard twice, and the sign of life that an isolate gives once a minute, if it falls into the measured time.
    ['object_calls', 2, 3],
    ['queue_operations', 3, 3],
    ['r2_class_a', 0, 0],
  ] as const)('counts for a delivery that comes alone: %s', (kind, least, most) => {
    const counted = Math.round(perDelivery(usageOf(/^single events of/), kind))
    expect(counted).toBeGreaterThanOrEqual(least)
    expect(counted).toBeLessThanOrEqual(most)
  })

  it('counts rows of the guard, which the deliveries of a second share', () => {
    const rows = perDelivery(usageOf(/^single events of/), 'object_rows_written')
    expect(rows).toBeGreaterThan(0)
    expect(rows).toBeLessThan(1.5)
  })

  it('counts rows of the database, and the bucket of a delivery too large for the queue', () => {
    expect(usageOf(/^single events of/).operations.d1_rows_written).toBeGreaterThan(0)
    const large = usageOf(/1,000/)
    expect([perDelivery(large, 'r2_class_a'), perDelivery(large, 'r2_class_b')]).toEqual([1, 1])
    expect(perDelivery(large, 'queue_operations')).toBe(3)
  })
})

describe('the meter', () => {
  const code = (entry: string | undefined) => (entry === undefined ? '' : bundle(entry))

  it.each(WORKERS)('is not in the $name that $config deploys', async ({ config }) => {
    const text = await code(readConfig({ config: path.join(ROOT, config) }).main)
    expect(text.length).toBeGreaterThan(10_000)
    expect(text).not.toContain(COUNTS_PATH)
  })

  it('is in the gateway that the count starts', async () => {
    expect(await code(`${ROOT}bench/cost/entries/gateway.ts`)).toContain(COUNTS_PATH)
  })

  it.each([
    [100, 1],
    [63_700, 1],
    [64_000, 2],
    [120_000, 2],
  ])('bills a message with %i sealed bytes as %i of 64 KB', (bytes, units) => {
    const sealed = new Uint8Array(bytes)
    expect(unitsOf({ version: 1, source: 's', key: 'req_1/0', kind: 'inline', sealed })).toBe(units)
  })

  it('clears the counts that were taken, and sums by kind and origin', () => {
    const meter = new Meter()
    meter.add('object_calls', 'guard.admit')
    meter.add('object_calls', 'guard.admit', 2)
    meter.add('log_bytes', 'gateway', 5)
    const counts = meter.take()
    expect(counts.object_calls).toEqual({ 'guard.admit': 3 })
    expect(KINDS.map((kind) => sumOf(meter.take()[kind]))).toEqual(KINDS.map(() => 0))
    expect(added([counts, counts]).log_bytes).toEqual({ gateway: 10 })
  })
})

describe('the bill', () => {
  const nothing = Object.fromEntries(Object.keys(PRICES).map((kind) => [kind, 0])) as Record<Priced, number>
  const usage = (operations: Partial<Record<Priced, number>>): Usage => ({
    deliveries: 10,
    events: 100,
    operations: { ...nothing, ...operations },
  })

  it.each([
    [{ queue_operations: 30 }, 1.2, 0.12],
    [{ d1_rows_written: 10, requests: 10 }, 1.3, 0.13],
    [{ object_ms: 1_000_000 * 10 }, 1_600, 160],
    [{}, 0, 0],
  ])('of a million with %j', (operations, deliveries, events) => {
    expect(sumOfItems(marginal(usage(operations), 'deliveries'))).toBeCloseTo(deliveries, 6)
    expect(sumOfItems(marginal(usage(operations), 'events'))).toBeCloseTo(events, 6)
  })

  it('lists the most expensive item first', () => {
    const [first] = marginal(usage({ requests: 10, queue_operations: 30 }), 'events')
    expect(first?.what).toBe(PRICES.queue_operations.what)
  })

  it.each([
    // A row an event: fifty million are free.
    [1_000_000, 1, 0],
    [50_000_000, 50, 0],
    [60_000_000, 60, 10],
  ])('of a month with %i events takes off what is free', (events, gross, beyond) => {
    const bill = monthly(usage({ d1_rows_written: 100 }), events)
    expect(bill.grossDollars).toBeCloseTo(gross, 6)
    expect(bill.usageDollars).toBeCloseTo(beyond, 6)
    expect(bill.totalDollars).toBeCloseTo(beyond + 5, 6)
  })
})

describe('what is kept in D1', () => {
  it.each<[string, number, number, object]>([
    ['within what the plan includes', 1, 3, { gigabytes: 1.8, dollars: 0 }],
    ['beyond it', 1, 12, { gigabytes: 7.2, dollars: 1.65 }],
    ['more than a database holds', 10, 3, { gigabytes: 18, dollars: null }],
  ])('is priced: %s', (_what, millions, months, { gigabytes, dollars }: Partial<ReturnType<typeof kept>>) => {
    const found = kept(600, millions, months)
    expect(found.gigabytes).toBeCloseTo(gigabytes ?? 0)
    if (dollars === null) expect(found.dollars).toBeNull()
    else expect(found.dollars).toBeCloseTo(dollars ?? 0)
  })

  it('costs by the month, and fills a database', () => {
    expect(millionKeptDollars(600)).toBeCloseTo(0.45)
    expect(daysUntilFull(600, 100)).toBeCloseTo(5.07)
  })
})
