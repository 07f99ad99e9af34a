import { expect, it } from 'vitest'
import { MinuteWaker } from '../../src/consumer/minute-waker.ts'
import type { LogFields } from '../../src/platform/log.ts'

interface Call {
  readonly atMs: number
  readonly fault?: string
}

it.each<[string, readonly Call[], readonly (string | null)[]]>([
  ['once a minute', [{ atMs: 0 }, { atMs: 59_999 }, { atMs: 60_000 }], [null, null]],
  ['again if the clock goes back', [{ atMs: 0 }, { atMs: -60_000 }], [null, null]],
  ['at once if the store begins to fail', [{ atMs: 0 }, { atMs: 1, fault: 'Error' }], [null, 'Error']],
  [
    'at once if the store works again',
    [{ atMs: 0, fault: 'Error' }, { atMs: 1, fault: 'Error' }, { atMs: 2 }],
    ['Error', null],
  ],
])('an object is woken %s', async (_, calls, expected) => {
  const woken: (string | null)[] = []
  let nowMs = 0
  const waker = new MinuteWaker({
    wake: async (fault) => void woken.push(fault),
    failure: 'watch_not_woken',
    nowMs: () => nowMs,
    log: () => undefined,
  })
  for (const { atMs, fault = null } of calls) {
    nowMs = atMs
    await waker.wake(fault)
  }
  expect(woken).toEqual(expected)
})

it('an object that does not answer is named in the log, and asked again a minute later', async () => {
  const lines: LogFields[] = []
  let nowMs = 0
  const waker = new MinuteWaker({
    wake: () => Promise.reject(new RangeError('down')),
    failure: 'archive_not_woken',
    nowMs: () => nowMs,
    log: (line) => void lines.push(line),
  })
  for (nowMs of [0, 1, 60_000]) await waker.wake(null)
  const line = { event: 'archive_not_woken', fault: 'RangeError' }
  expect(lines).toEqual([line, line])
})
