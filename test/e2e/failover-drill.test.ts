/** The failover drill as its command runs it, and with a gateway that loses what the queue refuses. */
import { join } from 'node:path'
import * as v from 'valibot'
import { expect, it } from 'vitest'
import { drillFailover } from '../../scripts/drills/failover/run.ts'
import { PARTS } from '../../scripts/drills/failover/parts.ts'
import type { FailoverPart } from '../../src/cli/checkout.ts'
import { DrillReportSchema } from '../../src/api/drills.ts'
import { thorough } from '../support/thorough.ts'

const PATIENCE_MS = 420_000

const CHOSEN = PARTS.map(({ name }) => name).slice(0, thorough(PARTS.length, 1))

const drill = (parts: readonly FailoverPart[], change: Partial<Parameters<typeof drillFailover>[0]> = {}) =>
  drillFailover({
    version: 'test',
    downSeconds: 4,
    perSecond: 10,
    parts,
    nowMs: Date.now,
    onProgress: () => undefined,
    ended: new AbortController().signal,
    ...change,
  })

const failedIn = ({ checks }: Awaited<ReturnType<typeof drill>>) =>
  checks.filter(({ passed }) => !passed).map(({ name, found }) => `${name}: ${found}`)

it(
  'finds that nothing is lost',
  async () => {
    const report = await drill(CHOSEN)
    expect(failedIn(report)).toEqual([])
    expect(v.is(DrillReportSchema, report)).toBe(true)
  },
  PATIENCE_MS,
)

it(
  'finds what a gateway loses that answers 200 to everything, and that it accepts forgeries',
  async () => {
    const entries = { gateway: join(import.meta.dirname, 'entries/careless-gateway.ts') }
    const failed = failedIn(await drill(['queue'], { entries, patienceMs: 5_000 }))
    expect(failed).toEqual([
      expect.stringMatching(/^Queues: nothing that got a 200 is lost: [1-9]\d* of \d+ events are not stored/),
      expect.stringMatching(/^Queues: nothing forged is accepted: [1-9]\d* of \d+ forged deliveries/),
    ])
  },
  PATIENCE_MS,
)

it(
  'ends at once if a person ends it, also while a part is down',
  async () => {
    const ended = new AbortController()
    const lines: string[] = []
    const onProgress = (line: string) => {
      lines.push(line)
      if (line.endsWith('down')) ended.abort()
    }
    await expect(drill(['queue', 'r2'], { ended: ended.signal, onProgress })).rejects.toThrow('aborted')
    expect(lines).toEqual(['Queues: load', 'Queues: down'])
  },
  PATIENCE_MS,
)
