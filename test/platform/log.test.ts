import { describe, expect, it } from 'vitest'
import { faultName } from '../../src/platform/log.ts'

describe('the name of a fault', () => {
  it.each([
    ['is that of its class', new RangeError('a secret'), 'RangeError'],
    ['is its type if it is no error', 'a secret', 'string'],
    ['tells a full database', new Error('D1_ERROR: database or disk is full: SQLITE_FULL'), 'DatabaseFull'],
    [
      'tells an overloaded queue by the code',
      new Error('Queue sendBatch failed: Too Many Requests (10250)'),
      'QueueOverloaded',
    ],
    [
      'tells a full queue, wherever the code is bracketed',
      new Error('Queue send failed: whatever [code: 10251]'),
      'QueueFull',
    ],
    ['does not read a number that is no code', new Error('Queue send failed after 10250 ms'), 'Error'],
    ['does not know other codes', new Error('failed (10001)'), 'Error'],
  ])('%s', (_what, cause, name) => expect(faultName(cause)).toBe(name))
})
