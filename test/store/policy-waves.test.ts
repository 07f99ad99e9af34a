/** A sudden wave of `no_mailbox` at one mailbox provider makes entries provisional. */
import { beforeEach, describe, expect, it } from 'vitest'
import type { MailEvent } from '../../src/event/mail-event.ts'
import { DAY_MS, HOUR_MS } from '../../src/platform/time.ts'
import { findWaves, waveOf, wavesSince } from '../../src/store/policy/waves.ts'
import type { Store } from '../../src/store/store.ts'
import { findSuppression } from '../../src/store/suppressions.ts'
import { NOW_MS, consumeEvents, consumerDeps } from '../support/consumer.ts'
import { type SimulatedEvent, mailEvent } from '../support/mail-events.ts'
import { emptyStore } from '../support/store.ts'

const HOUR = Math.floor(NOW_MS / HOUR_MS)

let store: Store
let nr = 0

beforeEach(async () => {
  store = await emptyStore()
  const counts = { mailbox_provider: { '=gmail': { 'email.delivered': 1_000, 'email.bounced': 10 } } }
  await store.db
    .prepare('INSERT INTO deliverability (source, day, counts) VALUES (?1, ?2, ?3)')
    .bind('shop', Math.floor(NOW_MS / DAY_MS) - 1, JSON.stringify(counts))
    .run()
})

const atGmail = (who: string, change: Partial<SimulatedEvent> = {}): Promise<MailEvent> =>
  mailEvent({
    type: 'email.bounced',
    bounce_type: 'hard',
    cause: 'no_mailbox',
    recipient: `${who}@gmail.com`,
    atMs: HOUR * HOUR_MS + 60_000,
    nr: nr++,
    ...change,
  })

const many = (count: number, change: (i: number) => Partial<SimulatedEvent> = () => ({})) =>
  Promise.all(Array.from({ length: count }, (_, i) => atGmail(`p${i}`, change(i))))

const stored = (events: readonly MailEvent[]) => consumeEvents(consumerDeps(store), events)

const entryOf = async (who: string, nowMs = NOW_MS, domain = 'gmail.com') =>
  ((await findSuppression(store, `${who}@${domain}`, nowMs))?.reasons ?? []).map(
    ({ rule, expires_at: expires, provisional }) =>
      `${rule ?? '-'} ${expires === null ? 'never' : Math.round((Date.parse(expires) - NOW_MS) / DAY_MS)} ${String(provisional)}`,
  )

describe('a wave', () => {
  it('makes entries provisional, those of before it was found as well; a delivery releases, a later bounce confirms', async () => {
    await stored(
      await many(60, (i) => ({
        type: 'email.delivered',
        bounce_type: null,
        cause: null,
        recipient: `d${i}@gmail.com`,
      })),
    )
    await stored(await many(21))
    await stored([await atGmail('else', { recipient: 'else@outlook.com' })])
    expect(await entryOf('p0')).toEqual(['5 never false'])
    await findWaves(store, NOW_MS)
    expect(await wavesSince(store, HOUR)).toEqual([
      { provider: 'gmail', hour: HOUR, bounces: 21, events: 81, usual: 0.004 },
    ])
    expect(await entryOf('p0')).toEqual(['5 7 true'])
    expect(await entryOf('p20')).toEqual(['5 7 true'])
    expect(await entryOf('else', NOW_MS, 'outlook.com')).toEqual(['5 never false'])
    expect(await entryOf('p0', NOW_MS + 8 * DAY_MS)).toEqual([])

    await stored([await atGmail('late')])
    expect(await entryOf('late')).toEqual(['5 7 true'])
    await stored([
      await atGmail('p1', {
        type: 'email.delivered',
        bounce_type: null,
        cause: null,
        atMs: NOW_MS + HOUR_MS,
      }),
    ])
    expect(await entryOf('p1')).toEqual([])
    await stored([await atGmail('p2', { atMs: NOW_MS + 2 * HOUR_MS })])
    expect(await entryOf('p2')).toEqual(['5 never false'])
    await findWaves(store, NOW_MS)
    expect(await wavesSince(store, 0)).toHaveLength(1)
  })

  it('is none while few bounce, or bounces are usual', async () => {
    await stored(await many(19))
    await findWaves(store, NOW_MS)
    expect(await wavesSince(store, 0)).toEqual([])
  })

  const found = { provider: 'gmail', hour: HOUR, bounces: 30 }
  const shares = { today: 2_400, inHour: 100, inDay: 400, usualEvents: 1_000, usualBounces: 9 }
  it.each([
    ['five times the usual share', shares, true],
    ['less than that', { ...shares, usualBounces: 11 }, false],
    ['a quiet hour of a busy day', { ...shares, inHour: 50, usualBounces: 19 }, true],
    ['nothing usual known', { ...shares, usualEvents: 100, usualBounces: 0 }, false],
    ['no mail before', { ...shares, usualEvents: 0, usualBounces: 0 }, false],
    ['below the noise', { ...shares, today: 8_000, usualBounces: 0 }, false],
  ])('%s', (_, given, expected) => {
    expect(waveOf(found, given) !== undefined).toBe(expected)
  })
})
