/** The optional second store, Redis at Upstash over HTTPS: its two Worker secrets and its client, in one place. */
import { Redis } from '@upstash/redis/cloudflare'
import { SetupError } from './master-key.ts'
import { outboundUrlProblem } from './outbound-url.ts'

export interface RedisEnv {
  readonly UPSTASH_REDIS_REST_URL?: string
  readonly UPSTASH_REDIS_REST_TOKEN?: string
}

export interface RedisSettings {
  readonly url: string
  readonly token: string
}

export const NO_REDIS =
  'The gateway has no Redis: set the secrets UPSTASH_REDIS_REST_URL and UPSTASH_REDIS_REST_TOKEN first.'

/** Longest wait for one answer, including its retry. A sender waits several seconds, and one delivery may need three answers. */
const ROUND_TRIP_MS = 1_000

/**
 * The settings, or `undefined` if Redis is not used (both secrets are absent).
 *
 * @throws {SetupError} in one sentence, never with a value
 */
export function readRedis(env: RedisEnv): RedisSettings | undefined {
  const url = env.UPSTASH_REDIS_REST_URL ?? ''
  const token = env.UPSTASH_REDIS_REST_TOKEN ?? ''
  if (url === '' && token === '') return undefined
  if (url === '' || token === '') {
    const [present, absent] = url === '' ? ['TOKEN', 'URL'] : ['URL', 'TOKEN']
    throw new SetupError(
      `UPSTASH_REDIS_REST_${present} is set without UPSTASH_REDIS_REST_${absent}: set both, or neither.`,
    )
  }
  const problem = outboundUrlProblem(url)
  if (problem !== undefined) throw new SetupError(`UPSTASH_REDIS_REST_URL is not usable. ${problem}`)
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new SetupError('UPSTASH_REDIS_REST_TOKEN holds white space or characters that no header can carry.')
  return { url, token }
}

/** Requests of an isolate may share it. An answer that is late is a fault, like any other. */
export const redisClient = ({ url, token }: RedisSettings, roundTripMs = ROUND_TRIP_MS): Redis =>
  new Redis({
    url,
    token,
    // A function: with a signal object the library treats an abort as an answer.
    signal: () => AbortSignal.timeout(roundTripMs),
    // A closed connection is retried, silence is not. Running a script twice is safe: a claim knows its own lease, and at worst a
    // place in the quota is taken twice.
    retry: { retries: 1, backoff: () => 0 },
    // Otherwise commands of several requests share one call and end with the request that made it.
    enableAutoPipelining: false,
    // Texts are returned as they were written, not parsed as JSON.
    automaticDeserialization: false,
    enableTelemetry: false,
  })
