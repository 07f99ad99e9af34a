import { describe, expect, it } from 'vitest'
import {
  BEHIND_MAX_MINUTES,
  FAILING_MAX_MINUTES,
  SKIPPED_TOLD_MINUTES,
  watchProblems,
} from '../../../src/console/messages/watch.ts'
import type { WatchStatus } from '../../../src/watch/incidents/api.ts'

const NOW = 29_000_000
const NOW_MS = NOW * 60_000

const WELL: WatchStatus = {
  minute: NOW - 2,
  minutesBehind: 0,
  missed: 0,
  openIncidents: 4,
  failing: null,
  store: null,
  skipped: null,
}
const failingFor = (minutes: number) => ({ fault: 'RangeError', sinceMs: NOW_MS - minutes * 60_000 })
const skippedBefore = (minutes: number) => ({ fromMinute: NOW - minutes - 400, untilMinute: NOW - minutes })

describe('the watch', () => {
  it.each<[string, Partial<WatchStatus>, readonly string[]]>([
    ['is well', {}, []],
    ['has not begun', { minute: null }, ['note not_begun']],
    ['is a little behind', { minutesBehind: BEHIND_MAX_MINUTES }, []],
    ['is behind', { minutesBehind: BEHIND_MAX_MINUTES + 1 }, ['wrong behind']],
    ['fails since a moment', { failing: failingFor(FAILING_MAX_MINUTES) }, ['note failing']],
    ['fails', { failing: failingFor(FAILING_MAX_MINUTES + 1) }, ['wrong failing']],
    ['fails from its first minute on', { minute: null, failing: failingFor(60) }, ['wrong failing']],
    ['fails and is behind: one problem', { minutesBehind: 60, failing: failingFor(60) }, ['wrong failing']],
    ['has left out minutes', { skipped: skippedBefore(SKIPPED_TOLD_MINUTES) }, ['note skipped']],
    ['has left out minutes long ago', { skipped: skippedBefore(SKIPPED_TOLD_MINUTES + 1) }, []],
    [
      'has left out minutes and is behind again',
      { minutesBehind: 6, skipped: skippedBefore(5) },
      ['wrong behind', 'note skipped'],
    ],
  ])('%s', (_what, change, expected) => {
    const problems = watchProblems({ ...WELL, ...change }, NOW_MS)
    expect(problems.map(({ level, problem }) => `${level} ${problem}`)).toEqual(expected)
    for (const { says, todo } of problems) {
      expect(says).toMatch(/^It .*\.$/)
      expect(todo).toMatch(/\.$/)
    }
  })

  it('says since when it fails, with the class of the fault', () => {
    const [problem] = watchProblems({ ...WELL, minutesBehind: 9, failing: failingFor(10) }, NOW_MS)
    expect(problem?.says).toBe(
      `It fails since ${new Date(NOW_MS - 600_000).toISOString()} (RangeError), and is 9 min behind.`,
    )
  })
})
