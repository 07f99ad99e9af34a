import { describe, expect, it } from 'vitest'
import { exampleDelivery } from '../../../src/destinations/send/example.ts'
import { type Filter, eventFilter } from '../../../src/event/filter/filter.ts'
import type { EventType } from '../../../src/event/mail-event.ts'
import type { OpenDestination } from '../../../src/destinations/config.ts'
import { NOON_MS } from '../../support/mail-events.ts'

const destinationWith = (filter: Filter) =>
  ({ config: {}, filter, matches: eventFilter(filter) }) as Pick<
    OpenDestination,
    'config' | 'filter' | 'matches'
  >

describe('the example event', () => {
  it.each<[Filter, EventType | null, EventType]>([
    [{}, null, 'email.delivered'],
    [{}, 'email.opened', 'email.opened'],
    [{ types: ['email.bounced', 'email.spam_reported'] }, null, 'email.bounced'],
    [{ types: ['email.spam_reported'] }, null, 'email.spam_reported'],
    [{ types: ['email.spam_reported'] }, 'email.bounced', 'email.bounced'],
    [{ sources: ['shop'] }, null, 'email.delivered'],
    [{ where: { bounce_type: 'hard' } }, null, 'email.bounced'],
    [{ sources: ['shop'], where: { type: { $startsWith: 'email.un' } } }, null, 'email.unsubscribed'],
    [{ types: ['email.clicked'], where: { recipient: 'ada@example.com' } }, null, 'email.clicked'],
    [{ where: { recipient: 'ada@example.com' } }, null, 'email.delivered'],
  ])('with the filter %j and the type %s is %s', async (filter, type, expected) => {
    const delivery = await exampleDelivery(destinationWith(filter), type, NOON_MS)
    expect(delivery.type).toBe(expected)
    expect(JSON.parse(delivery.body)).toMatchObject({
      type: expected,
      data: { type: expected, source: 'postern-test', metadata: { test: true } },
    })
  })
})
