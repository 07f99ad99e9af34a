import { describe, expect, it } from 'vitest'
import { Store } from '../../src/watch/watchers/store.ts'
import { inObject } from '../support/objects.ts'

const MINUTE_MS = 60_000
/** Of a day. */
const NOON = 1_440 * 20_000

describe('the past of sources', () => {
  it('loses hours and days that ended before a time', () =>
    inObject(async ({ storage }) => {
      const { past } = new Store(storage)
      const put = (span: number, minute: number) =>
        storage.sql.exec(
          `INSERT INTO past (source, span, place, minute, points) VALUES ('shop', ?, ?, ?, '[]')`,
          span,
          minute / span,
          minute,
        )
      for (const hour of [0, 1, 2]) put(60, NOON + 60 * hour)
      put(1_440, NOON - 1_440)
      const rows = () => storage.sql.exec<{ n: number }>('SELECT count(*) AS n FROM past').one().n
      expect(past.forget(NOON + 119, true)).toEqual({
        count: 2,
        isMore: false,
        oldestMs: (NOON - 1_440) * MINUTE_MS,
      })
      expect(rows()).toBe(4)
      expect(past.forget(NOON + 119, false)).toEqual({
        count: 2,
        isMore: false,
        oldestMs: (NOON + 60) * MINUTE_MS,
      })
      expect(rows()).toBe(2)
      expect(past.forget(NOON + 180, false)).toEqual({ count: 2, isMore: false, oldestMs: null })
    }))
})
