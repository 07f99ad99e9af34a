import { describe, expect, it } from 'vitest'
import { batchBody, batchId, singleBody } from '../../../src/destinations/send/body.ts'
import type { MailEvent } from '../../../src/event/mail-event.ts'
import { NOON_MS, mailEvent } from '../../support/mail-events.ts'

const event = async (change: Partial<MailEvent> = {}): Promise<MailEvent> => ({
  ...(await mailEvent({ type: 'email.bounced', atMs: NOON_MS, nr: 1 })),
  ...change,
})

describe('the body of one event', () => {
  it.each<[Partial<MailEvent>, string]>([
    [{ occurred_at: '2026-11-27T06:00:00.000Z' }, '2026-11-27T06:00:00.000Z'],
    [{ occurred_at: null, received_at: '2026-11-27T07:00:00.000Z' }, '2026-11-27T07:00:00.000Z'],
  ])('with %o has the time when it happened, or else was received', async (change, timestamp) => {
    const one = await event(change)
    expect(JSON.parse(singleBody(one))).toEqual({ type: 'email.bounced', timestamp, data: one })
  })
})

describe('the body of a batch', () => {
  it('has the time when its last event was received, the same at each try', async () => {
    const events = [
      await event({ id: 'a', received_at: '2026-11-27T08:00:00.000Z' }),
      await event({ id: 'b', received_at: '2026-11-27T07:00:00.000Z' }),
    ]
    expect(JSON.parse(batchBody(events))).toEqual({
      type: 'batch',
      timestamp: '2026-11-27T07:00:00.000Z',
      data: events,
    })
    expect(batchBody(events)).toBe(batchBody(events))
  })

  it.each([
    [['a', 'b'], ['a', 'b'], true],
    [['a', 'b'], ['b', 'a'], false],
    [['a', 'b'], ['a'], false],
    [['a', 'b'], ['ab'], false],
  ])('of %j has the id of the one of %j: %s', async (one, other, isSame) => {
    const [first, second] = await Promise.all([batchId(one), batchId(other)])
    expect(first).toMatch(/^batch_[0-9a-f]{32}$/)
    expect(first === second).toBe(isSame)
  })
})
