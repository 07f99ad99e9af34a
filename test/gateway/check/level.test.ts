import { describe, expect, it } from 'vitest'
import { CHECKS, LEVELS } from '../../../src/event/decision.ts'
import { withinLevel } from '../../../src/gateway/check/level.ts'
import { EMPTY_RECORD } from '../../../src/gateway/check/record.ts'

const TOLERATED = { standard: 2, enhanced: 1, maximum: 0 } as const

/** Only two of today's checks can fail and be tolerated, so no delivery shows where `standard` ends. */
describe.each(LEVELS)('the level %s', (level) => {
  it.each([0, 1, 2, 3])('with %i failed checks', (failed) => {
    const record = { ...EMPTY_RECORD, failed: CHECKS.slice(0, failed) }
    expect(withinLevel(record, level).ok).toBe(failed <= TOLERATED[level])
  })
})
