import { describe, expect, it } from 'vitest'
import { suppressionHistory } from '../../src/store/suppression-history.ts'
import { removeSuppression } from '../../src/store/suppressions.ts'
import { consumeEvents, consumerDeps } from '../support/consumer.ts'
import { AFTER_ALL_MS, HOUR_MS, NOON_MS, type SimulatedEvent, mailEvent } from '../support/mail-events.ts'
import { emptyStore } from '../support/store.ts'

const ADA = 'ada@example.com'
const at = (hours: number): string => new Date(NOON_MS + hours * HOUR_MS).toISOString()

const BOUNCED = { type: 'email.bounced', bounce_type: 'hard', source: 'shop', atMs: NOON_MS } as const

async function historyAfter(events: readonly SimulatedEvent[], liftedBy?: string) {
  const store = await emptyStore()
  for (const event of events) await consumeEvents(consumerDeps(store), [await mailEvent(event)])
  if (liftedBy !== undefined) await removeSuppression(store, ADA, NOON_MS + 9 * HOUR_MS, liftedBy)
  const { evidence, liftings } = await suppressionHistory(store, 'Ada@Example.com', AFTER_ALL_MS)
  return { evidence: evidence.map(({ source, type }) => `${source} ${type}`), liftings }
}

describe('the history of an address', () => {
  it.each<[string, SimulatedEvent[], string[]]>([
    ['nothing', [], []],
    ['two sources that report the same', [BOUNCED, { ...BOUNCED, source: 'news', atMs: NOON_MS + HOUR_MS }], ['news email.bounced', 'shop email.bounced']],
    ['reasons of several kinds', [BOUNCED, { type: 'email.spam_reported', atMs: NOON_MS + HOUR_MS }, { type: 'email.unsubscribed', atMs: NOON_MS + 2 * HOUR_MS }], ['shop email.unsubscribed', 'shop email.spam_reported', 'shop email.bounced']],
    ['a soft bounce', [{ ...BOUNCED, bounce_type: 'soft' }], ['shop email.bounced']],
    ["a bounce whose cause is the sender's", [{ ...BOUNCED, cause: 'authentication' }], []],
    ['a bounce that never suppresses', [{ ...BOUNCED, bounce_type: 'blocked' }], []],
    ['other events, and those of others', [{ type: 'email.opened', atMs: NOON_MS }, { ...BOUNCED, recipient: 'bob@example.com' }], []],
  ])('has all evidence: %s', async (_what, events, evidence) => {
    expect(await historyAfter(events)).toEqual({ evidence, liftings: [] })
  }) // prettier-ignore

  it.each<[string, SimulatedEvent[], string | undefined, object[]]>([
    [
      'an operator',
      [BOUNCED],
      'token/7',
      [{ at: at(9), by: 'token/7', source: null, reading: null, scope: null }],
    ],
    ['an operator, where nothing was suppressed', [], 'token/7', []],
    [
      'the source',
      [
        { type: 'email.unsubscribed', atMs: NOON_MS },
        { type: 'email.subscribed', atMs: NOON_MS + HOUR_MS },
      ],
      undefined,
      [{ at: at(1), by: null, source: 'shop', reading: null, scope: null }],
    ],
    [
      'the source, for one list',
      [
        { type: 'email.unsubscribed', atMs: NOON_MS, scope: 'list:a:b' },
        { type: 'email.subscribed', atMs: NOON_MS + HOUR_MS, scope: 'list:a:b' },
      ],
      undefined,
      [{ at: at(1), by: null, source: 'shop', reading: null, scope: 'list:a:b' }],
    ],
  ])('says who lifted it: %s', async (_who, events, liftedBy, liftings) => {
    expect((await historyAfter(events, liftedBy)).liftings).toEqual(liftings)
  })
})
