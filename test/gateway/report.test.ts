// For `scheduler`.
import 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { Reporter } from '../../src/gateway/report.ts'
import type { LogFields } from '../../src/platform/log.ts'
import type { RefusalRecord, RefusalReport } from '../../src/refusals/refusal.ts'
import { decision, refusal } from '../support/decision.ts'

const NOW_MS = 1_800_000_000_000

const record = (n: number, code = 'signature_mismatch'): RefusalRecord =>
  refusal({ requestId: `req_${n}`, source: `source-${n}`, code })

const verifiedRecord = (n: number, code = 'rate_limited'): RefusalRecord => ({
  ...record(n, code),
  decision: { ...decision(), authentication: { status: 'verified', attempted: [], verified: ['signature'] } },
})

/** A reporter, with what it logs, sends and leaves to do. */
function reporting(send?: (report: RefusalReport) => Promise<void>) {
  const lines: LogFields[] = []
  const reports: RefusalReport[] = []
  const work: Promise<unknown>[] = []
  const reporter = new Reporter(
    send ?? (async (report) => void reports.push(report)),
    (line) => void lines.push(line),
  )
  const refused = (one: RefusalRecord) => reporter.refused(one, (promise) => void work.push(promise))
  return { lines, reports, work, reporter, refused, reported: () => Promise.all(work) }
}

// A report goes out after a second.
describe.concurrent('reports of refusals', () => {
  it('name each source once whose handshake was answered', async () => {
    const { reports, work, reporter, reported } = reporting()
    for (const source of ['shop', 'shop', 'mail'])
      reporter.handshake(source, NOW_MS, (promise) => void work.push(promise))
    await reported()
    expect(reports).toEqual([{ counts: [], latest: [], handshakes: ['shop', 'mail'] }])
  })

  it('cost log lines and calls by time, not by number: a flood of 10,000 causes one call and a dozen lines', async () => {
    const { lines, reports, work, refused, reported } = reporting()
    for (let n = 0; n < 10_000; n++) refused(record(n))
    await reported()
    expect(work).toHaveLength(1)
    expect(lines).toHaveLength(11)
    expect(lines.at(-1)).toEqual({ event: 'refusals_not_logged', count: 9_990 })
    const [report] = reports
    expect(reports).toHaveLength(1)
    expect(report?.latest).toHaveLength(10)
    expect(report?.counts.length).toBeLessThanOrEqual(501)
    expect(report?.counts.reduce((sum, { count }) => sum + count, 0)).toBe(10_000)
  })

  it.each<[string, (n: number) => Partial<RefusalRecord>]>([
    ['strangers, at unknown names', () => ({ source: null, code: 'source_unknown' })],
    ['strangers, with forgeries for one source', () => ({ source: 'shop' })],
    ['strangers, with forgeries for many sources', () => ({})],
    [
      'a captured delivery that is too old',
      (n) => ({ ...verifiedRecord(n, 'timestamp_outside_window'), source: 'shop' }),
    ],
  ])('hide no alarm behind a flood: %s', async (_what, flood) => {
    const { lines, reports, refused, reported } = reporting()
    for (let n = 0; n < 2_000; n++)
      refused({ ...record(n), network: `10.${n >> 8}.${n & 255}.0/24`, ...flood(n) })
    const alarm = { ...verifiedRecord(7, 'token_reused'), requestId: 'req_alarm', source: 'mail' }
    refused(alarm)
    await reported()
    expect(lines.filter(({ request_id }) => request_id === 'req_alarm')).toMatchObject([{ event: 'alarm' }])
    expect(lines.length).toBeLessThanOrEqual(12)
    const [report] = reports
    expect(report?.latest).toContainEqual(alarm)
    expect(report?.counts.length).toBeLessThanOrEqual(402)
    const { source, code, network } = alarm
    expect(report?.counts).toContainEqual(expect.objectContaining({ source, code, network, count: 1 }))
  })

  it('log five of one source and ten of each class', async () => {
    const { lines, refused, reported } = reporting()
    for (const source of ['a', 'b', 'c', null])
      for (let n = 0; n < 20; n++)
        for (const one of [record(n), verifiedRecord(n), verifiedRecord(n, 'token_reused')])
          refused({ ...one, source })
    const told = (code: string, source?: string) =>
      lines.filter((line) => line.code === code && (source === undefined || line.source === source)).length
    for (const code of ['signature_mismatch', 'rate_limited', 'token_reused']) {
      expect([told(code, 'a'), told(code, 'b'), told(code)]).toEqual([5, 5, 10])
    }
    await reported()
    expect(lines.at(-1)).toEqual({ event: 'refusals_not_logged', count: 240 - 30 })
  })

  it.each(['before', 'after'])(
    'of one code hide no other of the same source: %s a lone one',
    async (when) => {
      const { lines, reports, refused, reported } = reporting()
      const lone = { ...record(1, 'body_too_large'), source: 'shop', requestId: 'req_lone' }
      if (when === 'after') refused(lone)
      for (let n = 0; n < 2_000; n++) refused({ ...record(n), source: 'shop' })
      if (when === 'before') refused(lone)
      await reported()
      expect(lines.filter(({ request_id }) => request_id === 'req_lone')).toHaveLength(1)
      expect(reports[0]?.latest).toContainEqual(lone)
      expect(lines.length).toBeLessThanOrEqual(7)
    },
  )

  it('of a source whose proof was captured do not hide an alarm of another', async () => {
    const { lines, refused, reported } = reporting()
    for (let n = 0; n < 2_000; n++) refused({ ...verifiedRecord(n, 'token_reused'), source: 'shop' })
    refused({ ...verifiedRecord(1, 'token_reused'), source: 'mail' })
    expect(lines.map(({ event, source }) => [event, source])).toEqual([
      ...Array.from({ length: 5 }, () => ['alarm', 'shop']),
      ['alarm', 'mail'],
    ])
    await reported()
  })

  it('go on when the request that was to report has been ended by the platform', async () => {
    const { reports, reporter, refused, reported } = reporting()
    reporter.refused(record(1), () => undefined)
    refused({ ...record(2), atMs: NOW_MS + 3_001 })
    expect(reports).toHaveLength(1)
    await reported()
    expect(reports.map(({ latest }) => latest.map(({ requestId }) => requestId))).toEqual([
      ['req_1'],
      ['req_2'],
    ])
  })

  it('raise an alarm if a used token comes with another body', async () => {
    const { lines, refused, reported } = reporting()
    refused(record(1, 'token_reused'))
    await reported()
    expect(lines).toMatchObject([
      { event: 'alarm', code: 'token_reused', source: 'source-1', request_id: 'req_1' },
    ])
  })

  it('are lost without harm when the log is down', async () => {
    const { lines, refused, reported } = reporting(() => Promise.reject(new Error('down')))
    refused(record(0))
    await reported()
    expect(lines.map(({ event }) => event)).toEqual(['delivery_refused', 'refusals_unavailable'])
  })
})
