import { env } from 'cloudflare:workers'
import { createExecutionContext, createMessageBatch, getQueueResult } from 'cloudflare:test'
import { beforeEach, describe, expect, it } from 'vitest'
import { emailServiceEvent } from '../../src/simulator/email-service.ts'
import consumer, { type ConsumerEnv } from '../../src/consumer/index.ts'
import { SetupError } from '../../src/platform/master-key.ts'
import { listDeadLetters } from '../../src/store/dead-letters.ts'
import { listEvents } from '../../src/store/events.ts'
import type { Store } from '../../src/store/store.ts'
import { AFTER_ALL_MS, NOON_MS, contentsOf, mailEvent } from '../support/mail-events.ts'
import { espAccountObjects } from '../support/esp-accounts.ts'
import { destinationObjects } from '../support/destinations.ts'
import { inlineEnvelope } from '../support/queue.ts'
import { emptyStore, storedEvents } from '../support/store.ts'

let store: Store

beforeEach(async () => {
  store = await emptyStore()
})

async function deliver(queue: string, bodies: readonly unknown[], vars: Partial<ConsumerEnv> & object = {}) {
  const batch = createMessageBatch(
    queue,
    bodies.map((body, i) => ({ id: `id-${i}`, timestamp: new Date(0), attempts: 1, body })),
  )
  const ctx = createExecutionContext()
  await consumer.queue(
    batch,
    {
      STORE: env.STORE,
      LARGE: env.LARGE,
      MASTER_KEY: env.MASTER_KEY ?? '',
      REGISTRY: {
        getByName: () => ({ snapshots: { destinationIndex: async () => ({ version: 1, names: ['app'] }) } }),
      } as unknown as ConsumerEnv['REGISTRY'],
      DESTINATIONS: destinationObjects(),
      ESP_ACCOUNTS: espAccountObjects(),
      ARCHIVER: { getByName: () => ({ wake: async () => undefined }) },
      REFUSALS: { getByName: () => ({ sign: async () => undefined }) },
      INCIDENTS: { getByName: () => ({ wake: async () => undefined }) },
      ...vars,
    },
    ctx,
  )
  return getQueueResult(batch, ctx)
}

const envelope = async () =>
  inlineEnvelope(contentsOf([await mailEvent({ type: 'email.spam_reported', atMs: NOON_MS })]))

const HAPPENING = {
  kind: 'email.delivered',
  messageId: 'm-1',
  recipient: 'ada@example.com',
  occurredAtSeconds: NOON_MS / 1_000,
}

describe('the consumer Worker', () => {
  it('stores messages of the queue, and acknowledges them', async () => {
    expect((await deliver('postern-events', [await envelope()])).explicitAcks).toEqual(['id-0'])
    expect(await storedEvents()).toBe(1)
  })

  it.each(['postern-events-staging', 'postern-dead', 'postern-dead-events'])(
    'stores messages of %s as well',
    async (queue) => {
      expect((await deliver(queue, [await envelope()])).explicitAcks).toEqual(['id-0'])
      expect(await storedEvents()).toBe(1)
    },
  )

  it('dead-letters at once what fails in the dead letter queue', async () => {
    expect((await deliver('postern-dead', ['odd'])).explicitAcks).toEqual(['id-0'])
    expect((await listDeadLetters(store, { limit: 2 })).dead_letters).toMatchObject([
      { reason: 'envelope_malformed' },
    ])
  })

  it.each([
    'postern-email-service',
    'postern-email-service-staging',
    'postern-email-dead',
    'postern-email-dead-service',
  ])('stores events of the Email Service from %s, under the configured source', async (queue) => {
    const vars = { EMAIL_SERVICE_SOURCE: 'our-mail' } as object
    const result = await deliver(queue, [emailServiceEvent(HAPPENING)], vars)
    expect(result.explicitAcks).toEqual(['id-0'])
    expect((await listEvents(store, { source: 'our-mail', limit: 2 }, AFTER_ALL_MS)).events).toMatchObject([
      { type: 'email.delivered', provider: 'cloudflare-email' },
    ])
  })

  it.each(['other', 'postern-eventsx', 'postern-'])(
    'does not acknowledge messages of an unknown queue: %s',
    async (queue) => {
      await expect(deliver(queue, [1])).rejects.toThrow('has no consumer')
    },
  )

  it('refuses to run without a master key', async () => {
    await expect(deliver('postern-events', [await envelope()], { MASTER_KEY: '' })).rejects.toThrow(
      SetupError,
    )
  })

  it('has no public route', () => {
    expect(consumer.fetch().status).toBe(404)
  })
})
