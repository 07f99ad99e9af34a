/** How long an accepted delivery lives while the store takes nothing: computed from the committed configuration. */
import { describe, expect, it } from 'vitest'
import { readCommitted } from '../../scripts/deploy/configuration/committed.ts'
import { RETENTION_SECONDS } from '../../scripts/deploy/steps/retention.ts'
import {
  DEAD_LETTER_QUEUE,
  FIRST_QUEUE,
  type RetryPolicy,
  retryDelaySeconds,
} from '../../src/consumer/retry.ts'

interface ConsumerConfiguration {
  readonly queue: string
  readonly max_retries: number
  readonly retry_delay: number
  readonly dead_letter_queue?: string
}

const CONSUMERS = (await readCommitted()).flatMap(
  ({ configuration }) => (configuration.queues?.consumers ?? []) as readonly ConsumerConfiguration[],
)

const DAY_SECONDS = 86_400
/** The longest that Cloudflare keeps a message. */
const RETENTION_MAX_SECONDS = 14 * DAY_SECONDS
const DELAY_MAX_SECONDS = 86_400
const RETRIES_MAX = 100

const first = CONSUMERS.filter(({ dead_letter_queue: dead }) => dead !== undefined)
const deadOf = ({ dead_letter_queue: dead }: ConsumerConfiguration) =>
  CONSUMERS.find(({ queue }) => queue === dead)

const triesSeconds = ({ max_retries: retries }: ConsumerConfiguration, policy: RetryPolicy): number =>
  Array.from({ length: retries }, (_, i) => retryDelaySeconds(policy, i + 1, 0)).reduce((a, b) => a + b)

describe('a message', () => {
  it('is of one of two queues, each with a dead letter queue that has a consumer and none of its own', () => {
    expect(first.map(({ queue }) => queue)).toEqual(['postern-events', 'postern-email-service'])
    expect(first.map((one) => deadOf(one)?.dead_letter_queue)).toEqual([undefined, undefined])
    expect(first.every((one) => deadOf(one) !== undefined)).toBe(true)
  })

  it.each(first.map((one) => [one.queue, one] as const))(
    'of %s is tried for a day, and then for as long as Cloudflare keeps it, if the store is down',
    (_name, queue) => {
      expect(triesSeconds(queue, FIRST_QUEUE)).toBeGreaterThan(0.9 * DAY_SECONDS)
      const dead = deadOf(queue)
      expect(dead === undefined ? 0 : triesSeconds(dead, DEAD_LETTER_QUEUE)).toBeGreaterThan(
        RETENTION_SECONDS,
      )
    },
  )

  it.each(first.map((one) => [one.queue, one] as const))(
    'of %s is tried for an hour, and then for as long as Cloudflare keeps it, if the consumer fails as a whole',
    (_name, queue) => {
      expect(queue.max_retries * queue.retry_delay).toBeGreaterThan(3_600)
      const { max_retries = 0, retry_delay = 0 } = deadOf(queue) ?? {}
      expect(max_retries * retry_delay).toBeGreaterThan(RETENTION_SECONDS)
    },
  )

  it('is kept for as long as Cloudflare allows', () => expect(RETENTION_SECONDS).toBe(RETENTION_MAX_SECONDS))

  it('is retried within the limits of Cloudflare, and within hours after an outage', () => {
    for (const { max_retries, retry_delay } of CONSUMERS) {
      expect(max_retries).toBeLessThanOrEqual(RETRIES_MAX)
      expect(retry_delay).toBeLessThanOrEqual(DELAY_MAX_SECONDS)
    }
    expect(FIRST_QUEUE.maxDelaySeconds).toBeLessThanOrEqual(15 * 60)
    expect(DEAD_LETTER_QUEUE.maxDelaySeconds).toBeLessThanOrEqual(4 * 3_600)
  })
})
