/** A double of the storage, since a local runtime fires every alarm that is set. */
import { describe, expect, it } from 'vitest'
import { isComing, wakeWithin } from '../../src/platform/alarm.ts'

const NOW_MS = Date.UTC(2026, 10, 1)

/** When the alarm is set for after the call, from the present on. @param set when it was set for before */
async function alarmAfter(set: number | null, waitMs: number): Promise<number | null> {
  let alarmMs = set === null ? null : NOW_MS + set
  const storage = {
    getAlarm: async () => alarmMs,
    async setAlarm(at: number | Date) {
      alarmMs = Number(at)
    },
  }
  await wakeWithin(storage, waitMs, NOW_MS)
  return alarmMs === null ? null : alarmMs - NOW_MS
}

describe('an alarm', () => {
  it.each<[what: string, set: number | null, waitMs: number, after: number]>([
    ['is set', null, 5_000, 5_000],
    ['stays if it is earlier', 1_000, 5_000, 1_000],
    ['is brought forward', 9_000, 5_000, 5_000],
    ['stays if it is a little late: it is on its way', -59_000, 5_000, -59_000],
    ['is set anew if it never came', -60_001, 5_000, 5_000],
    ['is set anew after days', -5 * 86_400_000, 60_000, 60_000],
    ['is never of the present, which Cloudflare may let lie', null, 0, 1],
    ['is never of the past', 9_000, -10, 1],
  ])('%s', async (_what, set, waitMs, after) => {
    expect(await alarmAfter(set, waitMs)).toBe(after)
  })

  it.each([
    [null, false],
    [1, true],
    [-60_000, true],
    [-60_001, false],
  ])('that is set for %s is coming: %s', (set, coming) => {
    expect(isComing(set === null ? null : NOW_MS + set, NOW_MS)).toBe(coming)
  })
})
