import { expect, it } from 'vitest'
import { ReportBatch } from '../../src/refusals/batch.ts'
import { DefectTally } from '../../src/refusals/defect-tally.ts'
import { MinuteReports } from '../../src/refusals/minute-reports.ts'
import type { DefectCount } from '../../src/refusals/refusal.ts'
import { inObject } from '../support/objects.ts'

const AT_MS = 30_000_000 * 60_000

const one = (change: Partial<DefectCount> = {}): DefectCount => ({
  source: 'shop',
  provider: 'MailerSend',
  type: 'bounce',
  lack: 'form',
  count: 1,
  ...change,
})

const countsOf = (defects: readonly DefectCount[]): readonly DefectCount[] => {
  const tally = new DefectTally()
  for (const defect of defects) tally.add(defect)
  return tally.counts
}

it('adds up what is alike, and keeps the first example of each', () => {
  expect(countsOf([one({ count: 2 }), one({ example: 'a' }), one({ example: 'b' }), one({ lack: 'time' }), one({ type: 'open' }), one({ source: 'news' })])).toEqual([
    one({ count: 4, example: 'a' }),
    one({ lack: 'time' }),
    one({ type: 'open' }),
    one({ source: 'news' }),
  ])
}) // prettier-ignore

it('sums up types past the bound, so that sums stay exact, and keeps four examples of a source', () => {
  const counts = countsOf(Array.from({ length: 500 }, (_, i) => one({ type: `t${i}`, example: `${i}` })))
  expect(counts).toHaveLength(25)
  expect(counts.at(-1)).toEqual(one({ type: '', count: 476 }))
  expect(counts.filter(({ example }) => example !== undefined)).toHaveLength(4)
})

it('fits into a row beside refusals, whatever isolates report', () => {
  const example = 'x'.repeat(1_500)
  const counts = countsOf(
    Array.from({ length: 20_000 }, (_, i) =>
      one({ source: `source-${i % 200}`, type: `type-${i}`.padEnd(64, 'x'), example }),
    ),
  )
  expect(new Set(counts.map(({ source }) => source)).size).toBe(100)
  expect(JSON.stringify(counts).length).toBeLessThan(1_100_000)
})

it('goes from an isolate to the minute in which it arrived', () =>
  inObject(({ storage }) => {
    const [isolate, collector] = [new ReportBatch(), new ReportBatch()]
    isolate.defect(one({ example: '{}' }))
    collector.add(isolate.report)
    const arrived = new MinuteReports(storage)
    arrived.add(collector.report, AT_MS)
    arrived.add({ counts: [], latest: [], defects: [one({ count: 2 })] }, AT_MS + 59_000)
    expect(arrived.of(AT_MS / 60_000, AT_MS + 61_000)).toEqual({
      refused: [],
      duplicates: [],
      defects: [one({ count: 3, example: '{}' })],
    })
  }))
