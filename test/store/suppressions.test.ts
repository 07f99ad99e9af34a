import { beforeEach, describe, expect, it } from 'vitest'
import { toInstant } from '../../src/platform/time.ts'
import { CursorMalformed } from '../../src/store/cursor.ts'
import {
  type SuppressionQuery,
  activeReasons,
  addSuppression,
  findSuppression,
  listSuppressions,
  removeSuppression,
} from '../../src/store/suppressions.ts'
import type { Store } from '../../src/store/store.ts'
import { consumeEvents, consumerDeps } from '../support/consumer.ts'
import { NOON_MS, mailEvent } from '../support/mail-events.ts'
import { countOf, emptyStore } from '../support/store.ts'

let store: Store

beforeEach(async () => {
  store = await emptyStore()
})

const since = new Date(NOON_MS).toISOString()
const manual = (note: string | null, scope: string | null = null) => ({
  reason: 'manual',
  scope,
  since,
  source: null,
  evidence: null,
  event_id: null,
  note,
  rule: null,
  expires_at: null,
  provisional: false,
})

describe('the suppression list by hand', () => {
  it('accepts an address in any spelling, with a note', async () => {
    await addSuppression(store, ' Ada@Example.com', 'asked by phone', NOON_MS)
    expect(await findSuppression(store, 'ADA@example.com', 0)).toEqual({
      recipient: 'ada@example.com',
      reasons: [manual('asked by phone')],
      scopes: [],
      expired: [],
    })
    expect(await findSuppression(store, 'bob@example.com', 0)).toBeUndefined()
  })

  it.each([null, ''])('reads %j as no note', async (note) => {
    await addSuppression(store, 'ada@example.com', note, NOON_MS)
    expect((await findSuppression(store, 'ada@example.com', 0))?.reasons).toEqual([manual(null)])
  })

  it.each([
    ['two', 'two'],
    [null, 'one'],
  ])('keeps the first time and the last note when it is added again with %j', async (again, kept) => {
    await addSuppression(store, 'ada@example.com', 'one', NOON_MS)
    await addSuppression(store, 'ada@example.com', again, NOON_MS + 1_000)
    expect((await findSuppression(store, 'ada@example.com', 0))?.reasons).toEqual([manual(kept)])
  })

  it('can be lifted and added again', async () => {
    await addSuppression(store, 'ada@example.com', 'one', NOON_MS)
    expect(await removeSuppression(store, 'Ada@example.com', NOON_MS)).toBe(true)
    expect(await findSuppression(store, 'ada@example.com', 0)).toBeUndefined()
    expect(await removeSuppression(store, 'ada@example.com', NOON_MS)).toBe(false)
    await addSuppression(store, 'ada@example.com', 'two', NOON_MS)
    expect((await findSuppression(store, 'ada@example.com', 0))?.reasons).toEqual([manual('two')])
  })

  it('blocks one scope, and leaves all other mail', async () => {
    await addSuppression(store, 'ada@example.com', 'no news', NOON_MS, 'list:a')
    const [blocks, leaves] = [{ reasons: [manual('no news', 'list:a')], scopes: [] }, { reasons: [], scopes: [manual('no news', 'list:a')] }] // prettier-ignore
    for (const [asked, expected] of [
      ['list:a', blocks],
      [null, leaves],
      ['list', leaves],
      ['a', leaves],
      ['list:a:b', leaves],
    ] as const)
      // prettier-ignore
      expect(await findSuppression(store, 'ada@example.com', 0, asked), String(asked)).toEqual({
        recipient: 'ada@example.com',
        ...expected,
        expired: [],
      })
    await addSuppression(store, 'ada@example.com', 'nothing', NOON_MS)
    expect(await findSuppression(store, 'ada@example.com', 0, 'list:a')).toMatchObject({
      reasons: [manual('nothing'), manual('no news', 'list:a')],
      scopes: [],
      expired: [],
    })
    expect(await activeReasons(store, ['ada@example.com', 'bob@example.com'], 0, 'list:b')).toEqual([
      { reasons: ['manual'], scopes: ['list:a'] },
      { reasons: [], scopes: [] },
    ])
    expect(await activeReasons(store, ['ada@example.com'], 0, 'list:a')).toEqual([
      { reasons: ['manual'], scopes: [] },
    ])
  })

  it('lists people with scopes, each once, also where a scope or a reason is asked for', async () => {
    const add = (name: string, ms: number, scope?: string) =>
      addSuppression(store, `${name}@example.com`, null, NOON_MS + ms, scope)
    await add('ada', 1)
    await add('ada', 2, 'list:a')
    await add('ada', 3, 'list:b')
    await add('bob', 4, 'list:a')
    await add('eve', 5)
    const listed = async (query: Partial<SuppressionQuery>) => {
      const names: string[] = []
      let cursor: string | undefined
      do {
        const page = await listSuppressions(store, { limit: 1, cursor, ...query }, 0)
        names.push(
          ...page.suppressions.map(
            ({ recipient, reasons, scopes }) => `${recipient.slice(0, 3)} ${reasons.length} ${scopes.length}`,
          ),
        )
        cursor = page.next_cursor ?? undefined
      } while (cursor !== undefined)
      return names
    }
    expect(await listed({})).toEqual(['eve 1 0', 'bob 0 1', 'ada 1 2'])
    expect(await listed({ reason: 'manual' })).toEqual(['eve 1 0', 'bob 0 1', 'ada 1 2'])
    expect(await listed({ scope: 'list:a' })).toEqual(['eve 1 0', 'bob 1 0', 'ada 2 1'])
    expect(await listed({ scope: 'list:b', reason: 'manual' })).toEqual(['eve 1 0', 'ada 2 1'])
    expect(await listed({ scope: 'list:c' })).toEqual(['eve 1 0', 'ada 1 2'])
  })

  it('stores nothing for an address that was not suppressed', async () => {
    expect(await removeSuppression(store, 'nobody@example.com', NOON_MS)).toBe(false)
    expect(await countOf('suppressions')).toBe(0)
    expect(await countOf('recipients')).toBe(0)
  })

  it('lists people with all their reasons, newest evidence first, page by page', async () => {
    const people = Array.from({ length: 9 }, (_, i) => `p${i}@example.com`)
    for (const [i, address] of people.entries()) {
      // Two each share a time.
      await addSuppression(store, address, null, NOON_MS + Math.floor(i / 2))
    }
    const bounced = await mailEvent({
      type: 'email.bounced',
      bounce_type: 'hard',
      atMs: NOON_MS + 99,
      recipient: 'p1@example.com',
    })
    await consumeEvents(consumerDeps(store), [bounced])
    await removeSuppression(store, 'p2@example.com', NOON_MS + 100)
    const listed: string[] = []
    let cursor: string | undefined
    do {
      const page = await listSuppressions(store, { limit: 3, cursor }, 0)
      listed.push(
        ...page.suppressions.map(
          ({ recipient, reasons }) => `${recipient} ${reasons.map(({ reason }) => reason).join()}`,
        ),
      )
      cursor = page.next_cursor ?? undefined
    } while (cursor !== undefined)
    expect(listed).toHaveLength(8)
    expect(listed[0]).toBe('p1@example.com manual,hard_bounce')
    expect(listed[1]).toBe('p8@example.com manual')
    expect(listed.slice(1).map((line) => line.slice(0, 2))).toEqual(
      expect.arrayContaining(['p0', 'p3', 'p4', 'p5', 'p6', 'p7', 'p8']),
    )
    expect(listed.at(-1)).toBe('p0@example.com manual')
    const found = async (query: Partial<SuppressionQuery>) =>
      (await listSuppressions(store, { limit: 10, ...query }, 0)).suppressions.map(({ recipient }) =>
        recipient.slice(0, 2),
      )
    expect(await found({ reason: 'hard_bounce' })).toEqual(['p1'])
    expect(await found({ reason: 'manual', until: toInstant(NOON_MS + 1) })).toEqual(
      expect.arrayContaining(['p0', 'p1']),
    )
    expect(await found({ since: toInstant(NOON_MS + 1), until: toInstant(NOON_MS + 2) })).toEqual(['p3'])
    expect(await found({ reason: 'spam_report' })).toEqual([])
    await expect(listSuppressions(store, { limit: 3, cursor: 'x' }, 0)).rejects.toThrow(CursorMalformed)
  })
})
