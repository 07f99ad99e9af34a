/** Which findings of a minute are explained, from which events, and what happens where they cannot be read. */
import { beforeAll, describe, expect, it } from 'vitest'
import type { Store } from '../../../src/store/store.ts'
import type { Change } from '../../../src/watch/grouping.ts'
import { explained } from '../../../src/watch/reading/explain.ts'
import type { SourceChange } from '../../../src/watch/watchers/api.ts'
import { consumeEvents, consumerDeps } from '../../support/consumer.ts'
import { MINUTE_MS } from '../../../src/platform/time.ts'
import { mailEvent } from '../../support/mail-events.ts'
import { emptyStore } from '../../support/store.ts'

const MINUTE = 29_000_000

let store: Store

const bounces = (count: number, from: number, change: Partial<Parameters<typeof mailEvent>[0]> = {}) =>
  Promise.all(
    Array.from({ length: count }, (_, i) =>
      mailEvent({
        type: 'email.bounced',
        atMs: MINUTE * MINUTE_MS - 1_000 * i,
        nr: from + i,
        source: 'shop',
        recipient: `p${i}@outlook.com`,
        campaign_id: 'spring',
        cause: 'reputation',
        ...change,
      }),
    ),
  )

beforeAll(async () => {
  store = await emptyStore()
  const deps = consumerDeps(store, { nowMs: () => MINUTE * MINUTE_MS + 1_000 })
  await consumeEvents(deps, await bounces(12, 0))
  await consumeEvents(deps, await bounces(12, 100, { source: 'news', cause: 'content' }))
  await consumeEvents(deps, await bounces(9, 200, { type: 'email.spam_reported', cause: null }))
  await consumeEvents(deps, await bounces(30, 300, { cause: 'content', atMs: (MINUTE - 60) * MINUTE_MS }))
})

const found = (
  change: 'raised' | 'risen' | 'seen',
  kind = 'bounce_share',
  source = 'shop',
): SourceChange => ({
  source,
  change: {
    change,
    raisedAt: MINUTE,
    finding: { kind, severity: 'warning', fromMinute: MINUTE - 3, features: [], evidence: 'more bounces' },
  },
})
const over: Change = {
  change: 'ended',
  untilMinute: MINUTE,
  incident: { kind: 'bounce_share', raisedAt: 1, fromMinute: 1, lastMinute: 2, severity: 'warning' },
}

const mainOf = async (minute: number, ...changes: readonly SourceChange[]) =>
  (await explained(store, minute, changes)).map(({ change }) =>
    change.change === 'ended' ? 'ended' : change.finding.main,
  )

describe('a finding', () => {
  it('has the main cause of its own events: of its source and type, since it began', async () => {
    const [shop, news, complaints] = await mainOf(
      MINUTE,
      found('raised'),
      found('risen', 'bounce_share', 'news'),
      found('raised', 'complaint_share'),
    )
    expect(shop).toEqual({
      events: 12,
      cause: 'reputation',
      detail: null,
      count: 12,
      campaign: { name: 'spring', count: 12 },
      mailboxProvider: { name: 'outlook', count: 12 },
      domain: { name: 'outlook.com', count: 12 },
    })
    expect(news).toMatchObject({ events: 12, cause: 'content' })
    expect(complaints).toMatchObject({ events: 9, cause: null, campaign: { name: 'spring', count: 9 } })
  })

  it('that lasts is explained each tenth minute', async () => {
    expect(await mainOf(MINUTE + 1, found('seen'))).toEqual([undefined])
    expect(await mainOf(MINUTE, found('seen'))).toMatchObject([{ cause: 'reputation' }])
  })

  it.each<[string, SourceChange]>([
    ['of another kind', found('raised', 'silence')],
    ['of the operation', found('raised', 'queue_backlog')],
    ['of a source without events', found('raised', 'bounce_share', 'none')],
  ])('%s has none', async (_, one) => expect(await mainOf(MINUTE, one)).toEqual([undefined]))

  it('that is over stays as it is', async () =>
    expect(await mainOf(MINUTE, { source: 'shop', change: over })).toEqual(['ended']))
})

it('explains twenty findings of a minute, the new ones first', async () => {
  const old = Array.from({ length: 15 }, () => found('seen'))
  const news = Array.from({ length: 15 }, () => found('raised'))
  const explainedOnes = (await mainOf(MINUTE, ...old, ...news)).map((main) => main !== undefined)
  expect(explainedOnes).toEqual([
    ...Array<boolean>(5).fill(true),
    ...Array<boolean>(10).fill(false),
    ...Array<boolean>(15).fill(true),
  ])
})

it('tells a finding without its cause if the store does not answer', async () => {
  const broken = { ...store, db: { prepare: () => { throw new Error('down') } } as unknown as D1Database } // prettier-ignore
  const one = found('raised')
  expect(await explained(broken, MINUTE, [one])).toEqual([one])
})
