import { describe, expect, it } from 'vitest'
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

describe('the same event', () => {
  it.each([
    ['twice', [rejected(1, 0), rejected(1, 0)], 1],
    ['three times beside another', [rejected(1, 0), rejected(1, 1), rejected(1, 0), rejected(1, 0)], 2],
  ])('%s in one delivery is one', async (_what, items, events) => {
    expect(await understood(...items)).toEqual({ events, quarantined: [] })
  })
})
