/** Signs of life of the path, and what they say after a while. */
import { describe, expect, it } from 'vitest'
import { NO_SIGNS, type PathState, type Sign, pathProblems, withSign } from '../../src/refusals/path-state.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const START = 1_780_000_000_000

/** @param signs each with the seconds after the start at which it comes */
const after = (...signs: readonly (readonly [seconds: number, Sign])[]): PathState =>
  signs.reduce((state, [seconds, sign]) => withSign(state, sign, START + seconds * SECOND), NO_SIGNS)

const stored = (seconds: number, storeFault: string | null = null) =>
  [seconds, { of: 'stored', storeFault }] as const
const accepted = (seconds: number) => [seconds, { of: 'accepted', atMs: START + seconds * SECOND }] as const
const watch = (seconds: number, storedAt: number | null = null) =>
  [seconds, { of: 'watch', storedMs: storedAt === null ? null : START + storedAt * SECOND }] as const
const night = (seconds: number, failed = false) => [seconds, { of: 'night', failed }] as const

describe('the path', () => {
  it.each<[string, PathState, number, readonly string[], (number | null)?]>([
    ['of which nothing is known', after(accepted(0)), HOUR, []],
    ['that is quiet', after(stored(0)), HOUR, []],
    ['that stores what was accepted between two signs', after(stored(0), accepted(90)), HOUR, []],
    ['that stores what was accepted', after(stored(0), accepted(91), stored(93)), HOUR, []],
    ['whose consumer is given time', after(stored(0), accepted(91)), 211 * SECOND, []],
    ['whose consumer is silent', after(stored(0), accepted(91), accepted(600)), 212 * SECOND, ['consumer_silent']],
    ['whose consumer says why', after(stored(0), accepted(91), stored(93, 'DatabaseFull')), HOUR, ['store_refuses']],
    ['whose consumer works again', after(stored(0), accepted(91), stored(93, 'Error'), stored(900)), HOUR, []],
    ['whose queue is behind', NO_SIGNS, 11 * MINUTE, ['backlog'], START],
    ['whose queue moves', NO_SIGNS, 10 * MINUTE, [], START],
    ['whose consumer lost a sign', after(stored(0), accepted(91), watch(160, 93)), 400 * SECOND, []],
    ['whose watch has read nothing since', after(stored(0), accepted(91), watch(160, 90)), 400 * SECOND, ['consumer_silent']],
    ['whose watch runs', after(watch(0)), 5 * MINUTE, []],
    ['whose watch is silent', after(watch(0)), 5 * MINUTE + 1, ['watch_silent']],
    ['whose night went well', after(night(0)), 26 * HOUR, []],
    ['whose night is missing', after(night(0)), 26 * HOUR + 1, ['night_failed']],
    ['whose night failed', after(night(0, true)), 1, ['night_failed']],
    ['whose next night went well', after(night(0, true), night(1)), 2 * SECOND, []],
    ['with several problems, the most urgent first', after(stored(0), accepted(91), watch(0), night(0, true)), HOUR, ['consumer_silent', 'watch_silent', 'night_failed']],
  ])('%s', (_what, state, laterMs, expected, oldestMs = null) => {
    expect(pathProblems(state, oldestMs, START + laterMs).map(({ problem }) => problem)).toEqual(expected)
  }) // prettier-ignore

  it('is silent since the first delivery that was not stored', () => {
    const state = after(stored(0), accepted(91), accepted(600))
    expect(pathProblems(state, null, START + HOUR)[0]?.sinceMs).toBe(START + 91 * SECOND)
  })
})
