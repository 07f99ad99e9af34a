import { describe, expect, it } from 'vitest'
import { SetupError } from '../../src/platform/master-key.ts'
import { readRedis, redisNamespace } from '../../src/platform/redis.ts'

const URL = 'https://eu1-calm-otter-12345.upstash.io'
const TOKEN = 'AX-seeded-token-of-this-test-0123456789'

const env = (url: string | undefined, token: string | undefined) => ({
  ...(url === undefined ? {} : { UPSTASH_REDIS_REST_URL: url }),
  ...(token === undefined ? {} : { UPSTASH_REDIS_REST_TOKEN: token }),
})

describe('the settings of Redis', () => {
  it.each([
    [undefined, undefined],
    ['', ''],
    ['', undefined],
  ])('are absent: %o, %o', (url, token) => expect(readRedis(env(url, token))).toBeUndefined())

  it.each([[URL], [`${URL}/`], ['http://127.0.0.1:8079'], ['http://localhost:8079'], ['http://[::1]:8079']])(
    'are read: %s',
    (url) => expect(readRedis(env(url, TOKEN))).toEqual({ url, token: TOKEN }),
  )

  it.each([
    ['the token is missing', URL, undefined, 'UPSTASH_REDIS_REST_TOKEN'],
    ['the token is empty', URL, '', 'UPSTASH_REDIS_REST_TOKEN'],
    ['the URL is missing', undefined, TOKEN, 'UPSTASH_REDIS_REST_URL'],
    ['http to the internet', URL.replace('https', 'http'), TOKEN, 'UPSTASH_REDIS_REST_URL'],
    ['another scheme', 'redis://eu1-calm-otter-12345.upstash.io:6379', TOKEN, 'UPSTASH_REDIS_REST_URL'],
    ['no URL', 'eu1-calm-otter-12345', TOKEN, 'UPSTASH_REDIS_REST_URL'],
    ['a private address', 'https://10.0.0.7', TOKEN, 'UPSTASH_REDIS_REST_URL'],
    ['a metadata address', 'https://169.254.169.254', TOKEN, 'UPSTASH_REDIS_REST_URL'],
    ['user and password in the URL', 'https://me:seeded@eu1.upstash.io', TOKEN, 'UPSTASH_REDIS_REST_URL'],
    ['a line break after the URL', `${URL}\n`, TOKEN, 'UPSTASH_REDIS_REST_URL'],
    ['a line break after the token', URL, `${TOKEN}\n`, 'UPSTASH_REDIS_REST_TOKEN'],
    ['a token that no header can carry', URL, 'tokén-of-this-test', 'UPSTASH_REDIS_REST_TOKEN'],
  ])('are refused in one sentence, without a value: %s', (_what, url, token, named) => {
    let message = ''
    try {
      readRedis(env(url, token))
    } catch (cause) {
      if (cause instanceof SetupError) message = cause.message
    }
    expect(message).toContain(named)
    for (const value of ['seeded', 'calm-otter', '10.0.0.7', 'tokén']) expect(message).not.toContain(value)
  })
})

it('prefixes its keys with the deployment', () => {
  expect(redisNamespace('0123456789abcdef'.repeat(4))).toBe('postern:0123456789ab')
})
