import { expect, it } from 'vitest'
import { ago } from '../../../src/console/messages/time.ts'

const SECOND = 1_000
const HOUR = 3_600 * SECOND

it.each([
  [0, 'now'],
  [999, 'now'],
  [1 * SECOND, '1 s ago'],
  [59 * SECOND, '59 s ago'],
  [60 * SECOND, '1 min ago'],
  [HOUR - 1, '59 min ago'],
  [2 * HOUR - 1, '119 min ago'],
  [2 * HOUR, '2 h ago'],
  [2.5 * HOUR - 1, '2 h ago'],
  [2.5 * HOUR, '3 h ago'],
  [47 * HOUR, '47 h ago'],
  [48 * HOUR - 1, '48 h ago'],
  [48 * HOUR, '2 days ago'],
  [71 * HOUR, '3 days ago'],
  [-59 * SECOND, 'now'],
  [-5 * 60 * SECOND, 'in 5 min'],
])('%d ms before now is %s', (beforeMs, words) => {
  expect(ago(1_800_000_000_000 - beforeMs, 1_800_000_000_000)).toBe(words)
})
