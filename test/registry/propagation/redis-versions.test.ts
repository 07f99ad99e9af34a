import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { announce } from '../../../src/registry/propagation/notify-guards.ts'
import { versionsInRedis } from '../../../src/registry/propagation/redis-versions.ts'

const ID = '0123456789abcdef'.repeat(4)

const SET_UP = { UPSTASH_REDIS_REST_URL: 'https://a.example', UPSTASH_REDIS_REST_TOKEN: 'token-of-this-test' }

beforeEach(() => void vi.spyOn(globalThis, 'fetch').mockRejectedValue(new TypeError('no network')))
afterEach(() => void vi.restoreAllMocks())

const told: (readonly [string, number])[] = []
const guards = {
  getByName: (name: string) => ({ learn: async (version: number) => void told.push([name, version]) }),
}

const UNREACHED = { guard: 'redis', oldValueMayLiveSeconds: 30 }

describe('Redis, as the registry knows it,', () => {
  it.each([
    ['is not used, and needs no news', {}, /^The gateway has no Redis/, []],
    [
      'is set up by halves, and has not heard',
      { UPSTASH_REDIS_REST_URL: 'https://a.example' },
      /TOKEN/,
      [UNREACHED],
    ],
    ['is down, and has not heard', SET_UP, null, [UNREACHED]],
  ])('%s', async (_what, env, problem, unreached) => {
    const redis = versionsInRedis(env, ID)
    if (problem === null) expect(redis.problem).toBeNull()
    else expect(redis.problem).toMatch(problem)
    expect(await announce('shop', 2, 7, guards, redis)).toEqual(unreached)
    expect(told.splice(0)).toEqual([
      ['shop#0', 7],
      ['shop#1', 7],
    ])
  })
})
