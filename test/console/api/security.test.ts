import { beforeAll, describe, expect, it } from 'vitest'
import { consume } from '../../../src/consumer/consume.ts'
import type { DeliveryFacts } from '../../../src/event/envelope.ts'
import { consumerDeps } from '../../support/consumer.ts'
import { NOON_MS, contentsOf, mailEvent } from '../../support/mail-events.ts'
import { TestMessage, batchOf, inlineEnvelope } from '../../support/queue.ts'
import { emptyStore } from '../../support/store.ts'
import { newConsole } from '../support.ts'

/** One row for each delivery. */
const DELIVERIES: readonly Partial<DeliveryFacts>[] = [
  { source: 'whole', request_id: 'req_whole' },
  {
    source: 'odd',
    request_id: 'req_odd',
    methods: ['signature', 'basic'],
    // `made_up` comes from another version: the recorded value is shown unchanged.
    checks: { passed: ['made_up', 'transport'], failed: ['source_ip'], undecided: ['rate', 'replay'] },
    alerts: ['source_ip_not_listed', 'country_not_listed'],
    degraded: 'guard_down:Error',
    level: 'enhanced',
  },
]

beforeAll(async () => {
  const deps = consumerDeps(await emptyStore())
  for (const facts of DELIVERIES) {
    const event = await mailEvent({ type: 'email.sent', atMs: NOON_MS, source: facts.source ?? '' })
    const envelope = await inlineEnvelope(contentsOf([event], [], facts), `${facts.request_id}/0`)
    await consume(batchOf([new TestMessage(envelope)]), deps)
  }
})

describe('an event', () => {
  it.each([
    [
      'whole',
      {
        request_id: 'req_whole',
        verified: ['signature'],
        passed: ['source_ip', 'rate', 'replay', 'payload', 'transport'],
        failed: [],
        undecided: [],
        alerts: [],
        degraded: null,
      },
    ],
    [
      'odd',
      {
        request_id: 'req_odd',
        verified: ['signature', 'basic'],
        passed: ['made_up', 'transport'],
        failed: ['source_ip'],
        undecided: ['rate', 'replay'],
        alerts: ['source_ip_not_listed', 'country_not_listed'],
        degraded: 'guard_down:Error',
      },
    ],
  ])('of a delivery that was %s says how it was let in, beside its flat fields', async (source, security) => {
    const { json } = await newConsole().api('GET', `/api/events?source=${source}`)
    expect(json['events']).toMatchObject([{ type: 'email.sent', recipient: 'ada@example.com', security }])
  })
})
