import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { notifyGuards } from '../../../src/registry/propagation/notify-guards.ts'
import { redisVersions } from '../../../src/registry/propagation/redis-versions.ts'

const ID = '0123456789abcdef'.repeat(4)

const SET_UP = { UPSTASH_REDIS_REST_URL: 'https://a.example', UPSTASH_REDIS_REST_TOKEN: 'token-of-this-test' }

beforeEach(() => void vi.spyOn(globalThis, 'fetch').mockRejectedValue(new TypeError('no network')))
afterEach(() => void vi.restoreAllMocks())

const notified: (readonly [string, number])[] = []
const guards = {
  getByName: (name: string) => ({ learn: async (version: number) => void notified.push([name, version]) }),
}

const UNREACHED = { guard: 'redis', old_value_may_live_seconds: 30 }

describe('Redis versions', () => {
  it.each([
    ['need no publishing when Redis is not set up', {}, /^The gateway has no Redis/, []],
    [
      'are unreached when only one Redis secret is set',
      { UPSTASH_REDIS_REST_URL: 'https://a.example' },
      /TOKEN/,
      [UNREACHED],
    ],
    ['are unreached when Redis is down', SET_UP, null, [UNREACHED]],
  ])('%s', async (_what, env, problem, unreached) => {
    const redis = redisVersions(env, ID)
    if (problem === null) expect(redis.problem).toBeNull()
    else expect(redis.problem).toMatch(problem)
    expect(await notifyGuards('shop', 2, 7, guards, redis)).toEqual(unreached)
    expect(notified.splice(0)).toEqual([
      ['shop#0', 7],
      ['shop#1', 7],
    ])
  })
})
