import { beforeEach, describe, expect, it } from 'vitest'
import { type ImportedSuppression, importSuppressions } from '../../src/store/import-suppressions.ts'
import type { Store } from '../../src/store/store.ts'
import { type SuppressionRow, exportSuppressions } from '../../src/store/suppression-rows.ts'
import { storedReason } from '../../src/store/suppression-reasons.ts'
import { addSuppression, findSuppression, removeSuppression } from '../../src/store/suppressions.ts'
import { consumeEvents, consumerDeps } from '../support/consumer.ts'
import { NOON_MS, mailEvent } from '../support/mail-events.ts'
import { emptyStore } from '../support/store.ts'

let store: Store

beforeEach(async () => {
  store = await emptyStore()
})

const ADA = 'ada@example.com'
const NOW_MS = NOON_MS + 1_000_000
const EVENT_ID = '0b'.repeat(22)

const entry = (change: Partial<ImportedSuppression> = {}): ImportedSuppression => ({
  address: ADA,
  reason: 'unsubscribe',
  note: '',
  sinceMs: NOON_MS,
  asOfMs: null,
  liftedAtMs: null,
  source: 'shop',
  eventId: EVENT_ID,
  nativeType: 'unsub',
  evidence: 'by link',
  expiresAtMs: null,
  ...change,
})

const put = (...entries: ImportedSuppression[]) => importSuppressions(store, entries, NOW_MS)

const ofRow = (row: SuppressionRow): ImportedSuppression => ({
  address: row.address,
  reason: storedReason(row.reason, row.scope),
  note: row.note ?? '',
  sinceMs: row.since === null ? null : Date.parse(row.since),
  asOfMs: row.as_of === null ? null : Date.parse(row.as_of),
  liftedAtMs: row.lifted_at === null ? null : Date.parse(row.lifted_at),
  source: row.source,
  eventId: row.event_id,
  nativeType: row.native_type,
  evidence: row.evidence,
  expiresAtMs: row.expires_at === null ? null : Date.parse(row.expires_at),
})

async function all(): Promise<SuppressionRow[]> {
  const rows: SuppressionRow[] = []
  let cursor: string | undefined
  do {
    const page = await exportSuppressions(store, { limit: 2, cursor, inForceAtMs: null })
    rows.push(...page.suppressions)
    cursor = page.next_cursor ?? undefined
  } while (cursor !== undefined)
  return rows
}

const reported = (
  type: 'email.unsubscribed' | 'email.subscribed',
  atMs: number,
  source: string,
  scope: string | null = null,
) => mailEvent({ type, atMs, recipient: ADA, source, scope })

const reasonsOf = async (address: string) =>
  ((await findSuppression(store, address, 0))?.reasons ?? []).map(({ reason }) => reason)

describe('an import', () => {
  it('restores in an empty store all that was exported, and a second time changes nothing', async () => {
    await addSuppression(store, ADA, 'by phone', NOON_MS)
    await consumeEvents(consumerDeps(store), [
      await mailEvent({
        type: 'email.bounced',
        bounce_type: 'hard',
        atMs: NOON_MS + 5,
        recipient: 'bob@example.com',
        reason: '550 no such user',
      }),
      await reported('email.unsubscribed', NOON_MS, 'shop'),
      await reported('email.unsubscribed', NOON_MS + 7, 'shop'),
      await reported('email.unsubscribed', NOON_MS + 6, 'shop', 'list:a/b'),
    ])
    await addSuppression(store, 'eve@example.com', null, NOON_MS)
    await removeSuppression(store, 'eve@example.com', NOON_MS + 9)
    const exported = await all()
    expect(exported).toHaveLength(4 + 5)
    expect(exported.filter(({ since }) => since === null)).toHaveLength(5)

    store = await emptyStore()
    expect(await put(...exported.map(ofRow))).toEqual({ added: 4, lifted: 5, keptLifted: 0 })
    const byAddress = (rows: SuppressionRow[]) =>
      rows.toSorted((a, b) =>
        ofRow(a).address + ofRow(a).reason < ofRow(b).address + ofRow(b).reason ? -1 : 1,
      )
    expect(byAddress(await all())).toEqual(byAddress(exported))
    expect(await put(...exported.map(ofRow))).toEqual({ added: 0, lifted: 0, keptLifted: 0 })
  })

  it('of an unsubscribe from a list is lifted by a subscribe to it, before or after, and by no other', async () => {
    const imported = () => put(entry({ reason: 'unsubscribe:list:a' }))
    const again = (scope: string | null, nr: number) =>
      reported('email.subscribed', NOON_MS + nr, 'shop', scope)
    await imported()
    await consumeEvents(consumerDeps(store), [await again(null, 1), await again('list:b', 2)])
    expect((await findSuppression(store, ADA, 0))?.scopes).toMatchObject([
      { reason: 'unsubscribe', scope: 'list:a' },
    ])
    await consumeEvents(consumerDeps(store), [await again('list:a', 3)])
    expect(await findSuppression(store, ADA, 0)).toBeUndefined()
    expect(await imported()).toMatchObject({ added: 0, keptLifted: 1 })
    expect(await put(entry({ sinceMs: NOON_MS + 1 }))).toMatchObject({ added: 1 })
    expect(await reasonsOf(ADA)).toEqual(['unsubscribe'])
  })

  const NONE = { added: 0, lifted: 0, keptLifted: 0 }
  it.each([
    ['evidence', {}, { added: 1 }, ['unsubscribe']],
    ['evidence of the time of the lifting', { sinceMs: NOON_MS + 50 }, { added: 1 }, ['unsubscribe']],
    ['evidence from before the lifting', { sinceMs: NOON_MS + 49 }, { keptLifted: 1 }, []],
    [
      'evidence before and after it',
      { sinceMs: NOON_MS, asOfMs: NOON_MS + 60 },
      { added: 1 },
      ['unsubscribe'],
    ],
    ['no time', { sinceMs: null }, { added: 1 }, ['unsubscribe']],
    ['a later lifting', { sinceMs: null, liftedAtMs: NOON_MS + 60 }, { lifted: 1 }, []],
    ['an earlier lifting', { sinceMs: null, liftedAtMs: NOON_MS }, {}, []],
    ['another reason, older', { reason: 'manual' as const, sinceMs: NOON_MS }, { keptLifted: 1 }, []],
  ])('for a lifted address, with %s', async (what, change, sums, reasons) => {
    if (what !== 'evidence') {
      await addSuppression(store, ADA, null, NOON_MS)
      await removeSuppression(store, ADA, NOON_MS + 50)
    }
    expect(await put(entry(change))).toEqual({ ...NONE, ...sums })
    expect(await reasonsOf(ADA)).toEqual(reasons)
  })

  it.each([
    ['the same', {}, 0, NOON_MS],
    ['older evidence', { sinceMs: NOON_MS - 9 }, 1, NOON_MS - 9],
    ['newer evidence', { sinceMs: NOON_MS + 9 }, 1, NOON_MS],
    ['no time', { sinceMs: null }, 0, NOON_MS],
    ['an older lifting', { liftedAtMs: NOON_MS - 9 }, 0, NOON_MS],
    ['a note', { note: 'by phone' }, 1, NOON_MS],
  ])('for a suppressed address, with %s', async (_what, change, added, sinceMs) => {
    await put(entry())
    expect((await put(entry(change))).added).toBe(added)
    expect((await findSuppression(store, ADA, 0))?.reasons).toMatchObject([
      { since: new Date(sinceMs).toISOString(), evidence: 'by link' },
    ])
  })

  it('of a newer lifting covers the evidence that is here', async () => {
    await put(entry())
    expect(await put(entry({ sinceMs: null, liftedAtMs: NOON_MS + 1 }))).toEqual({ ...NONE, lifted: 1 })
    expect(await reasonsOf(ADA)).toEqual([])
  })

  it('cuts times in the future, so that later events count', async () => {
    await put(entry({ sinceMs: null, liftedAtMs: NOW_MS + 9_999_999 }))
    await consumeEvents(consumerDeps(store), [await reported('email.unsubscribed', NOW_MS, 'shop')])
    expect(await reasonsOf(ADA)).toEqual(['unsubscribe'])
  })

  it.each([
    ['the source that reported it', {}, 'shop', []],
    ['another source', {}, 'other', ['unsubscribe']],
    ['any source, if it is not known', { source: null }, 'shop', ['unsubscribe']],
    ['the source of the first of several', { asOfMs: NOON_MS + 3 }, 'shop', ['unsubscribe']],
  ])('of an unsubscribe is lifted by %s or not, as an event', async (_what, change, source, reasons) => {
    await put(entry(change))
    await consumeEvents(consumerDeps(store), [await reported('email.subscribed', NOON_MS + 9, source)])
    expect(await reasonsOf(ADA)).toEqual(reasons)
  })

  it('of an unsubscribe stays lifted where its source knows a later subscription', async () => {
    await consumeEvents(consumerDeps(store), [await reported('email.subscribed', NOON_MS + 9, 'shop')])
    expect(await put(entry())).toEqual({ ...NONE, keptLifted: 1 })
    expect(await reasonsOf(ADA)).toEqual([])
  })
})
