import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { CALL_MAX_MS, Hints } from '../../src/consumer/hints.ts'
import type { LogFields } from '../../src/platform/log.ts'

let nowMs: number
let names: string[] | null
let version: number
let asked: number[]
let woken: string[]
let lines: LogFields[]
/** Effect of a wake of this name; at once by default. */
let wakes: Map<string, () => Promise<void>>
let registry: () => Promise<void>

beforeEach(() => {
  nowMs = 1_000_000
  names = ['app', 'crm']
  version = 7
  asked = []
  woken = []
  lines = []
  wakes = new Map()
  registry = async () => undefined
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
})

const newHints = () =>
  new Hints({
    registry: {
      async destinationIndex(knownVersion) {
        asked.push(knownVersion)
        await registry()
        return { version, names: knownVersion === version ? null : names }
      },
    },
    wake(name) {
      woken.push(name)
      return wakes.get(name)?.() ?? Promise.resolve()
    },
    nowMs: () => nowMs,
    log: (fields) => void lines.push(fields),
  })

/** Lets all that is not waiting for a timer or a test go on. */
const turn = () => vi.advanceTimersByTimeAsync(0)

describe('a hint', () => {
  it('wakes every destination', async () => {
    await newHints().wakeAll()
    expect(woken).toEqual(['app', 'crm'])
    expect(lines).toEqual([])
  })

  it('wakes nobody where there is no destination', async () => {
    names = []
    await newHints().wakeAll()
    expect(woken).toEqual([])
  })

  it('never throws; a destination that fails stops no other', async () => {
    wakes.set('app', () => Promise.reject(new RangeError('down')))
    await newHints().wakeAll()
    expect(woken).toEqual(['app', 'crm'])
    expect(lines).toEqual([{ event: 'readers_not_woken', count: 1, fault: 'RangeError' }])
  })

  it('waits only a while for a wake that does not return', async () => {
    wakes.set('app', () => new Promise(() => undefined))
    const hint = newHints().wakeAll()
    await vi.advanceTimersByTimeAsync(CALL_MAX_MS)
    await hint
    expect(lines).toEqual([{ event: 'readers_not_woken', count: 1, fault: 'CallTimeout' }])
  })
})

describe('the names', () => {
  it('are asked for once in five seconds, with the version that is known', async () => {
    const hints = newHints()
    await hints.wakeAll()
    nowMs += 4_999
    await hints.wakeAll()
    expect(asked).toEqual([-1])
    nowMs += 1
    await hints.wakeAll()
    expect(asked).toEqual([-1, 7])
    expect(woken).toHaveLength(6)
  })

  it('are replaced if they have changed', async () => {
    const hints = newHints()
    await hints.wakeAll()
    ;[nowMs, version, names, woken] = [nowMs + 5_000, 8, ['new'], []]
    await hints.wakeAll()
    expect(woken).toEqual(['new'])
  })

  it('read last are used while the registry fails, and it is asked again soon', async () => {
    const hints = newHints()
    await hints.wakeAll()
    registry = () => Promise.reject(new TypeError('down'))
    nowMs += 5_000
    await hints.wakeAll()
    await hints.wakeAll()
    expect(asked).toHaveLength(2)
    expect(woken).toHaveLength(6)
    expect(lines).toEqual([{ event: 'readers_not_known', fault: 'TypeError' }])
    nowMs += 2_000
    await hints.wakeAll()
    expect(asked).toHaveLength(3)
  })

  it('are waited for only a while', async () => {
    registry = () => new Promise(() => undefined)
    const hint = newHints().wakeAll()
    await vi.advanceTimersByTimeAsync(CALL_MAX_MS)
    await hint
    expect(lines).toEqual([{ event: 'readers_not_known', fault: 'CallTimeout' }])
  })

  it('are asked for once by hints that come together', async () => {
    const hints = newHints()
    await Promise.all([hints.wakeAll(), hints.wakeAll(), hints.wakeAll()])
    expect(asked).toEqual([-1])
  })
})

describe('hints that come while a wake is in flight', () => {
  let hints: Hints
  let ends: (() => void)[]

  beforeEach(async () => {
    names = ['app']
    ends = []
    hints = newHints()
    wakes.set('app', () => new Promise((resolve) => ends.push(resolve)))
  })

  it('share one more, which starts after it', async () => {
    const all = Array.from({ length: 5 }, () => hints.wakeAll())
    await turn()
    expect(woken).toHaveLength(1)
    ends[0]?.()
    await turn()
    expect(woken).toHaveLength(2)
    ends[1]?.()
    await Promise.all(all)
    expect(woken).toHaveLength(2)
  })

  it('of the one that followed are followed in turn', async () => {
    const first = [hints.wakeAll(), hints.wakeAll()]
    await turn()
    ends[0]?.()
    await turn()
    const later = [hints.wakeAll(), hints.wakeAll()]
    await turn()
    expect(woken).toHaveLength(2)
    ends[1]?.()
    await turn()
    expect(woken).toHaveLength(3)
    ends[2]?.()
    await Promise.all([...first, ...later])
    wakes.clear()
    await hints.wakeAll()
    expect(woken).toHaveLength(4)
  })

  it('do not hold up another destination', async () => {
    names = ['app', 'crm']
    void hints.wakeAll()
    void hints.wakeAll()
    await turn()
    expect(woken).toEqual(['app', 'crm', 'crm'])
    await vi.advanceTimersByTimeAsync(2 * CALL_MAX_MS)
  })

  it('do not wait for one that was lost together with the hint that was to follow', async () => {
    void hints.wakeAll()
    void hints.wakeAll()
    await turn()
    nowMs += 3 * CALL_MAX_MS
    void hints.wakeAll()
    await turn()
    expect(woken).toHaveLength(2)
    await vi.advanceTimersByTimeAsync(3 * CALL_MAX_MS)
  })

  it('follow it also if it is lost', async () => {
    const lost = hints.wakeAll()
    const second = hints.wakeAll()
    await turn()
    wakes.clear()
    await vi.advanceTimersByTimeAsync(CALL_MAX_MS)
    await Promise.all([lost, second])
    expect(woken).toHaveLength(2)
    await hints.wakeAll()
    expect(woken).toHaveLength(3)
  })
})
