import { describe, expect, it } from 'vitest'
import { Reporter } from '../../src/gateway/report.ts'
import type { LogFields } from '../../src/platform/log.ts'
import type { RefusalRecord, RefusalReport } from '../../src/watch/refusal.ts'
import { decision } from '../support/decision.ts'

const NOW_MS = 1_800_000_000_000

const record = (n: number, code = 'signature_mismatch'): RefusalRecord => ({
  requestId: `req_${n}`,
  atMs: NOW_MS,
  source: `source-${n}`,
  provider: 'generic',
  code,
  status: 401,
  detail: {},
  decision: decision(),
  network: '192.0.2.0/24',
})

async function reportOf(refusals: number, send: (report: RefusalReport) => Promise<void>) {
  const lines: LogFields[] = []
  const work: Promise<unknown>[] = []
  const reporter = new Reporter(send, (line) => void lines.push(line))
  for (let n = 0; n < refusals; n++) reporter.refused(record(n), (promise) => void work.push(promise))
  await Promise.all(work)
  return { lines, calls: work.length }
}

describe('reports of refusals', () => {
  it('cost log lines and calls by time, not by number: a flood of 10,000 is one call and a dozen lines', async () => {
    const reports: RefusalReport[] = []
    const { lines, calls } = await reportOf(10_000, async (report) => void reports.push(report))
    expect(calls).toBe(1)
    expect(lines).toHaveLength(11)
    expect(lines.at(-1)).toEqual({ event: 'refusals_untold', count: 9_990 })
    const [report] = reports
    expect(reports).toHaveLength(1)
    expect(report?.latest).toHaveLength(10)
    expect(report?.counts.length).toBeLessThanOrEqual(501)
    expect(report?.counts.reduce((sum, { count }) => sum + count, 0)).toBe(10_000)
  })

  it('raise an alarm when a used token comes around other bytes', async () => {
    const lines: LogFields[] = []
    const work: Promise<unknown>[] = []
    const reporter = new Reporter(
      async () => undefined,
      (line) => void lines.push(line),
    )
    reporter.refused(record(1, 'token_reused'), (promise) => void work.push(promise))
    await Promise.all(work)
    expect(lines).toMatchObject([
      { event: 'alarm', code: 'token_reused', source: 'source-1', request_id: 'req_1' },
    ])
  })

  it('are lost without harm when the watch is down', async () => {
    const { lines } = await reportOf(1, () => Promise.reject(new Error('down')))
    expect(lines.map(({ event }) => event)).toEqual(['delivery_refused', 'watch_unavailable'])
  })
})
