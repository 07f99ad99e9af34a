import { describe, expect, it } from 'vitest'
import { klaviyo } from '../../src/providers/klaviyo.ts'
import { maileroo } from '../../src/providers/maileroo.ts'
import { readBody } from './reading.ts'

/** A message that was refused for all whom it was for, with so much that each event would repeat. */
const rejected = (recipients: number, tagBytes: number) => ({
  event_type: 'rejected',
  event_id: `e-${recipients}-${tagBytes}`,
  message_id: 'm1@example.net',
  tags: { note: 'x'.repeat(tagBytes) },
  event_data: { to: Array.from({ length: recipients }, (_, i) => `person${i}@example.com`) },
})

const understood = async (...items: object[]) => {
  const { events, quarantined } = await readBody(maileroo, JSON.stringify(items))
  return { events: events.length, quarantined: quarantined.map(({ problem }) => problem) }
}

describe('an item about several recipients', () => {
  it.each<[string, readonly object[], { events: number; quarantined: string[] }]>([
    ['of fifty, as large as ESPs allow', [rejected(50, 16_384)], { events: 50, quarantined: [] }],
    ['of two thousand, with little to repeat', [rejected(2_000, 0)], { events: 2_000, quarantined: [] }],
    [
      'of a thousand, with large repeated fields',
      [rejected(1_000, 10_000)],
      { events: 0, quarantined: ['item_too_wide'] },
    ],
    [
      'beside others, which are accepted',
      [rejected(1, 100_000), rejected(1_000, 10_000), rejected(2, 100), rejected(1, 100_001)],
      { events: 4, quarantined: ['item_too_wide'] },
    ],
    [
      'of some, several times in a delivery',
      Array.from({ length: 4 }, (_, i) => rejected(100, 25_000 + i)),
      { events: 300, quarantined: ['item_too_wide'] },
    ],
  ])('%s', async (_what, items, expected) => {
    expect(await understood(...items)).toEqual(expected)
  })
})

describe('items that are about no message', () => {
  const topics = (...names: string[]) =>
    JSON.stringify({
      data: names.map((name) => ({ topic: `event:klaviyo.${name}`, payload: { phone: '+4917612345678' } })),
    })

  it.each([
    ['none', ['opened_email'], { events: 1, dropped: 0 }],
    ['some', ['opened_email', 'sent_sms', 'received_sms'], { events: 1, dropped: 2 }],
    ['nothing else', ['sent_sms', 'opened_push'], { events: 0, dropped: 2 }],
  ])('are counted, and nothing of them is kept: %s', async (_what, names, expected) => {
    const { events, quarantined, dropped } = await readBody(klaviyo, topics(...names))
    expect({ events: events.length + quarantined.length, dropped }).toEqual(expected)
    if (expected.events === 0) expect(JSON.stringify({ events, quarantined })).not.toContain('+49')
  })
})

describe('the same event', () => {
  it.each([
    ['twice', [rejected(1, 0), rejected(1, 0)], 1],
    ['three times beside another', [rejected(1, 0), rejected(1, 1), rejected(1, 0), rejected(1, 0)], 2],
  ])('%s in one delivery is one', async (_what, items, events) => {
    expect(await understood(...items)).toEqual({ events, quarantined: [] })
  })
})
