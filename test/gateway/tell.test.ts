import { describe, expect, it } from 'vitest'
import type { Result } from '../../src/gateway/intake.ts'
import { type Taken, Teller } from '../../src/gateway/tell.ts'
import { newTrail } from '../../src/gateway/trail.ts'
import type { LogFields } from '../../src/platform/log.ts'

const NOW_MS = 1_800_000_000_000

const receipt = (accepted: number, duplicates = 0, quarantined = 0): Result => ({
  kind: 'receipt',
  receipt: { accepted, duplicates, quarantined },
})

const taken = (n: number, endedMs = NOW_MS, result = receipt(1)): Taken => ({
  requestId: `req_${n}`,
  result,
  trail: { ...newTrail(), source: 'orders', proved: ['signature'], bytes: 100 + n },
  startedMs: endedMs - n,
  endedMs,
})

function told() {
  const lines: LogFields[] = []
  const work: Promise<unknown>[] = []
  const teller = new Teller((line) => void lines.push(line))
  return {
    lines,
    ids: () => lines.map(({ request_id }) => request_id),
    work,
    tell: (one: Taken) => teller.taken(one, (promise) => void work.push(promise)),
  }
}

describe('lines of deliveries that were taken', () => {
  it('come behind the answer, in the order of the deliveries, and one wait serves all of a moment', async () => {
    const { ids, work, tell } = told()
    for (const n of [1, 2, 3]) tell(taken(n))
    expect(ids()).toEqual([])
    expect(work).toHaveLength(1)
    await Promise.all(work)
    expect(ids()).toEqual(['req_1', 'req_2', 'req_3'])
    tell(taken(4))
    expect(work).toHaveLength(2)
    await Promise.all(work)
    expect(ids()).toEqual(['req_1', 'req_2', 'req_3', 'req_4'])
  })

  it('are written a hundred at a time at most, whoever is at hand', async () => {
    const { ids, work, tell } = told()
    for (let n = 1; n < 100; n++) tell(taken(n))
    expect(ids()).toEqual([])
    tell(taken(100))
    expect(ids()).toHaveLength(100)
    await Promise.all(work)
    expect(new Set(ids()).size).toBe(100)
    expect(ids()).toHaveLength(100)
  })

  it.each([
    ['later', 1_001],
    ['earlier, as a clock may say that was set back', -1_001],
  ])('are written by whoever comes a second %s where the request that was to is gone', (_when, ms) => {
    const lines: LogFields[] = []
    const teller = new Teller((line) => void lines.push(line))
    const gone = () => undefined
    teller.taken(taken(1), gone)
    teller.taken(taken(2, NOW_MS + Math.sign(ms) * 1_000), gone)
    expect(lines).toEqual([])
    teller.taken(taken(3, NOW_MS + ms), gone)
    expect(lines.map(({ request_id }) => request_id)).toEqual(['req_1', 'req_2', 'req_3'])
  })

  it.each([
    ['accepted', receipt(2), 'queued'],
    ['a copy', receipt(0, 2), 'duplicate'],
    ['quarantined', receipt(0, 0, 1), 'queued'],
    ['nothing in it', receipt(0), 'answered'],
    ['a handshake', { kind: 'handshake', handshake: { kind: 'handshake', json: undefined } }, 'answered'],
    ['a greeting', { kind: 'greeting', greeting: { status: 200 } }, 'answered'],
  ] as const)('say what became of it: %s', async (_what, result, processing) => {
    const { lines, work, tell } = told()
    tell(taken(7, NOW_MS, result))
    await Promise.all(work)
    expect(lines).toEqual([
      expect.objectContaining({
        event: 'delivery_taken',
        request_id: 'req_7',
        source: 'orders',
        outcome: result.kind,
        bytes: 107,
        duration_ms: 7,
        authentication: 'proven',
        processing,
        ...(result.kind === 'receipt' ? result.receipt : {}),
      }),
    ])
  })
})
