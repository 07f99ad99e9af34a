import { expect, it } from 'vitest'
import { LineLimit } from '../../src/platform/line-limit.ts'
import type { LogFields } from '../../src/platform/log.ts'

const NOW_MS = 1_800_000_000_000

it('writes ten lines per second of each kind, and then the number of suppressed ones', async () => {
  const lines: LogFields[] = []
  const work: Promise<unknown>[] = []
  const limit = new LineLimit(
    (line) => void lines.push(line),
    async (ms) => expect(ms).toBe(1_000),
  )
  const allowed = (kind: string, times: number, nowMs = NOW_MS, source?: string) =>
    Array.from({ length: times }, () =>
      limit.allows({ kind, source }, nowMs, (promise) => void work.push(promise)),
    ).filter(Boolean).length
  expect([allowed('validation', 1_000), allowed('fault', 3), allowed('handshake', 11)]).toEqual([10, 3, 10])
  expect(work).toHaveLength(1)
  expect(lines).toEqual([])
  await Promise.all(work)
  expect(lines).toEqual([
    { event: 'lines_not_logged', outcome: 'validation', count: 990 },
    { event: 'lines_not_logged', outcome: 'handshake', count: 1 },
  ])
  expect(allowed('validation', 11, NOW_MS + 1_000)).toBe(10)
  await Promise.all(work)
  expect(lines).toHaveLength(3)
  expect([allowed('duplicate', 12, NOW_MS, 'shop'), allowed('duplicate', 9, NOW_MS, 'blog')]).toEqual([10, 9])
  await Promise.all(work)
  expect(lines.at(-1)).toEqual({ event: 'lines_not_logged', outcome: 'duplicate', source: 'shop', count: 2 })
})
