import { beforeEach, describe, expect, it } from 'vitest'
import type { LogFields } from '../../src/platform/log.ts'
import { IDLE_MS, Runner } from '../../src/readers/runner.ts'

const START_MS = 1_000_000

let nowMs: number
/** The alarm that is set. */
let alarmAtMs: number | null
let alarmsSet: number
let lines: LogFields[]
/** Effects of the runs: the last one repeats. */
let runs: (() => Promise<number | null>)[]
let runsBegun: number
let runsAtOnce: number

beforeEach(() => {
  nowMs = START_MS
  alarmAtMs = null
  alarmsSet = 0
  lines = []
  runs = [async () => null]
  runsBegun = 0
  runsAtOnce = 0
})

let busy = 0

const newRunner = () =>
  new Runner({
    storage: {
      getAlarm: async () => alarmAtMs,
      async setAlarm(at) {
        alarmAtMs = Number(at)
        alarmsSet++
      },
    },
    async run() {
      const work = runs[Math.min(runsBegun++, runs.length - 1)]
      runsAtOnce = Math.max(runsAtOnce, ++busy)
      try {
        return (await work?.()) ?? null
      } finally {
        busy--
      }
    },
    nowMs: () => nowMs,
    log: (fields) => void lines.push(fields),
    reader: 'app',
  })

const afterMs = () => (alarmAtMs === null ? null : alarmAtMs - START_MS)

describe('a wake', () => {
  it('runs once, and sets the alarm first: if the object dies in the run, it begins it again', async () => {
    let alarmInRun: number | null = null
    runs = [
      async () => {
        alarmInRun = afterMs()
        return null
      },
    ]
    await newRunner().wake()
    expect([runsBegun, alarmInRun, afterMs()]).toEqual([1, IDLE_MS, IDLE_MS])
  })

  it('during a run makes it run once more, however many there are', async () => {
    const begun = Promise.withResolvers<void>()
    const gate = Promise.withResolvers<null>()
    runs = [
      () => {
        begun.resolve()
        return gate.promise
      },
      async () => null,
    ]
    const runner = newRunner()
    const all = [runner.wake()]
    await begun.promise
    all.push(runner.wake(), runner.wake(), runner.wake())
    gate.resolve(null)
    await Promise.all(all)
    expect([runsBegun, runsAtOnce]).toEqual([2, 1])
  })

  it('after a run begins another one', async () => {
    const runner = newRunner()
    await runner.wake()
    await runner.wake()
    expect(runsBegun).toBe(2)
  })
})

describe('the alarm', () => {
  it.each<[string, number | null, number]>([
    ['only a hint brings more', null, IDLE_MS],
    ['more is due soon', 5_000, 5_000],
    ['more is due at once: the rest belongs to another invocation', 0, 1],
    ['more is due in an hour: a hint may be lost until then', 3_600_000, IDLE_MS],
  ])('is set if %s', async (_name, waitMs, expected) => {
    runs = [async () => waitMs]
    await newRunner().wake()
    expect([afterMs(), runsBegun]).toEqual([expected, 1])
  })

  it('that is earlier stays, and costs no row', async () => {
    alarmAtMs = START_MS + 100
    runs = [async () => 5_000]
    await newRunner().wake()
    expect([afterMs(), alarmsSet]).toEqual([100, 0])
  })

  it('finds what a lost hint would have told', async () => {
    const found: number[] = []
    runs = [
      async () => {
        found.push(nowMs)
        return null
      },
    ]
    const runner = newRunner()
    await runner.wake()
    // The platform clears an alarm before it fires.
    nowMs = alarmAtMs ?? 0
    alarmAtMs = null
    await runner.wake()
    expect(found).toEqual([START_MS, START_MS + IDLE_MS])
    expect(afterMs()).toBe(2 * IDLE_MS)
  })
})

describe('a run that fails', () => {
  it.each([
    [1, 2_000],
    [2, 4_000],
    [3, 8_000],
    [5, 32_000],
    [6, IDLE_MS],
    [100, IDLE_MS],
  ])('%i times in a row comes again after %i ms', async (failures, waitMs) => {
    runs = [() => Promise.reject(new TypeError('the database is down'))]
    const runner = newRunner()
    for (let i = 0; i < failures; i++) {
      alarmAtMs = null
      await runner.wake()
    }
    expect(afterMs()).toBe(waitMs)
    expect(lines).toHaveLength(failures)
    expect(lines[0]).toEqual({ event: 'reader_failed', reader: 'app', fault: 'TypeError' })
  })

  it('begins with the short wait again once one has succeeded', async () => {
    const fails = () => Promise.reject(new TypeError('the database is down'))
    runs = [fails, fails, fails, async () => null, fails]
    const runner = newRunner()
    for (let i = 0; i < runs.length; i++) {
      alarmAtMs = null
      await runner.wake()
    }
    expect(afterMs()).toBe(2_000)
  })
})
