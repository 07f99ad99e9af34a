// For `scheduler`.
import 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { Result } from '../../src/gateway/intake.ts'
import type { Receipt } from '../../src/gateway/respond.ts'
import { type Accepted, AcceptedLog } from '../../src/gateway/accepted-log.ts'
import { EMPTY_CONTEXT } from '../../src/gateway/delivery-context.ts'
import type { LogFields } from '../../src/platform/log.ts'
import { strayIn } from '../support/log-lines.ts'

const NOW_MS = 1_800_000_000_000

const receiptOf = (accepted: number, duplicates = 0, quarantined = 0, dropped = 0): Receipt => ({
  accepted,
  duplicates,
  quarantined,
  dropped,
})

const accepted = (n: number, endedMs = NOW_MS): Accepted => ({
  requestId: `req_${n}`,
  outcome: 'receipt',
  receipt: receiptOf(1),
  isObserved: false,
  context: { ...EMPTY_CONTEXT, source: 'orders', verified: ['signature'], bytes: 100 + n },
  startedMs: endedMs - n,
  endedMs,
})

function written() {
  const lines: LogFields[] = []
  const work: Promise<unknown>[] = []
  const log = new AcceptedLog((line) => void lines.push(line))
  return {
    lines,
    ids: () => lines.map(({ request_id }) => request_id),
    work,
    add: (one: Accepted) => log.add(one, (promise) => void work.push(promise)),
  }
}

const idsOf = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => `req_${from + i}`)

// Lines are counted for a second.
describe.concurrent('log lines of accepted deliveries', () => {
  it.each<[string, Result['kind'], Receipt | undefined, string]>([
    ['accepted', 'receipt', receiptOf(2), 'queued'],
    ['a copy', 'receipt', receiptOf(0, 2), 'duplicate'],
    ['quarantined', 'receipt', receiptOf(0, 0, 1), 'queued'],
    ['nothing in it', 'receipt', receiptOf(0), 'answered'],
    ['nothing but text messages', 'receipt', receiptOf(0, 0, 0, 3), 'answered'],
    ['a handshake', 'handshake', undefined, 'answered'],
    ['a validation', 'validation', undefined, 'answered'],
  ])('say how the delivery was processed, and no zeros: %s', async (_what, outcome, receipt, processing) => {
    const { lines, work, add } = written()
    add({ ...accepted(7), outcome, receipt })
    await Promise.all(work)
    expect(lines.flatMap(strayIn)).toEqual([])
    expect(lines).toEqual([
      expect.objectContaining({
        event: 'delivery_accepted',
        request_id: 'req_7',
        source: 'orders',
        outcome,
        bytes: 107,
        duration_ms: 7,
        authentication: 'verified',
        processing,
        ...(receipt && { accepted: receipt.accepted }),
        ...Object.fromEntries(Object.entries(receipt ?? {}).filter(([, count]) => count > 0)),
      }),
    ])
  })

  it.each(['validation', 'handshake'] as const)(
    'are limited to ten a second where anybody can cause them: %s',
    async (outcome) => {
      const { lines, ids, work, add } = written()
      for (let n = 1; n <= 1_000; n++) add({ ...accepted(n), outcome, receipt: undefined })
      add(accepted(1_001))
      await Promise.all(work)
      expect(ids()).toEqual([...idsOf(1, 10), 'req_1001', undefined])
      expect(lines.at(-1)).toEqual({ event: 'lines_not_logged', outcome, count: 990 })
    },
  )
})
