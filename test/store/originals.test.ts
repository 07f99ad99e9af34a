/** Originals beside their events: read back, and gone with the person, with the event and with their days. */
import { env } from 'cloudflare:workers'
import { beforeEach, expect, it } from 'vitest'
import { compressed } from '../../src/event/original/original.ts'
import { applyErasures } from '../../src/store/erasures/apply.ts'
import { findOriginal, listEvents } from '../../src/store/events.ts'
import { blankEvents, dropOriginals } from '../../src/store/removal.ts'
import { type Store, scopedTo } from '../../src/store/store.ts'
import { NOW_MS, consumeEvents, consumerDeps } from '../support/consumer.ts'
import { erasureDeps, erasureList } from '../support/erasures.ts'
import { DAY_MS, NOON_MS, type SimulatedEvent, mailEvent } from '../support/mail-events.ts'
import { emptyStore, rowsOf } from '../support/store.ts'

let store: Store

beforeEach(async () => {
  store = await emptyStore()
})

const ADA = 'ada@example.com'
const BOB = 'bob@example.com'
const ALL = { upTo: Number.MAX_SAFE_INTEGER, keep: [], segments: 1_000 }

const itemOf = (nr: number) => ({ event: 'delivered', nr, note: `words of item ${nr}` })

type Changes = Partial<SimulatedEvent> & { readonly nr: number; readonly item?: object }

/** An event with an original. */
async function withOriginal({ item, ...changes }: Changes) {
  const event = await mailEvent({ type: 'email.delivered', atMs: NOON_MS, recipient: ADA, ...changes })
  const original = compressed(item ?? itemOf(changes.nr))
  return original === undefined ? event : { ...event, original }
}

const stored = async (...changes: readonly Changes[]) =>
  consumeEvents(consumerDeps(store), await Promise.all(changes.map(withOriginal)))

/** Text or state of each original, by the type and recipient of its event. */
async function kept(of = store): Promise<Record<string, string>> {
  const { events } = await listEvents(store, { limit: 100 }, NOW_MS)
  const found = await Promise.all(
    events.map(async ({ id, type, recipient }) => {
      const original = await findOriginal(of, id)
      return [
        `${type} ${recipient}`,
        original?.state === 'kept' ? original.text : (original?.state ?? 'unknown'),
      ]
    }),
  )
  return Object.fromEntries(found) as Record<string, string>
}

const text = (nr: number) => JSON.stringify(itemOf(nr))

it('each event has its own, and one without has none', async () => {
  await stored({ nr: 1 }, { nr: 2, recipient: BOB }, { nr: 3, type: 'email.opened', recipient: null })
  await consumeEvents(consumerDeps(store), [await mailEvent({ type: 'email.sent', atMs: NOON_MS })])
  expect(await kept()).toEqual({
    [`email.delivered ${ADA}`]: text(1),
    [`email.delivered ${BOB}`]: text(2),
    'email.opened null': text(3),
    [`email.sent ${ADA}`]: 'none',
  })
})

it('an event that comes again keeps the first one', async () => {
  await stored({ nr: 1 })
  const again = { ...(await withOriginal({ nr: 1 })), original: compressed({ other: 1 }) ?? '' }
  await consumeEvents(consumerDeps(store), [again])
  expect(await kept()).toEqual({ [`email.delivered ${ADA}`]: text(1) })
})

it('an event of which it cannot be opened stands, and says so', async () => {
  await stored({ nr: 1 })
  await env.STORE.prepare(`UPDATE segments SET originals = '["AAAA"]'`).run()
  expect(await kept()).toEqual({ [`email.delivered ${ADA}`]: 'unreadable' })
})

it('nothing is given to whoever may see nothing personal, or not the source', async () => {
  await stored({ nr: 1 })
  const viewer = scopedTo(store, { sources: null, personal: false })
  const { events } = await listEvents(viewer, { limit: 1 }, NOW_MS)
  expect(await findOriginal(viewer, events[0]?.id ?? '')).toEqual({ state: 'none' })
  const elsewhere = scopedTo(store, { sources: ['other'], personal: true })
  expect(await kept(elsewhere)).toEqual({ [`email.delivered ${ADA}`]: 'unknown' })
})

it('an erased person has none left, and others keep theirs', async () => {
  await stored({ nr: 1 }, { nr: 2, recipient: BOB })
  const list = erasureList([
    { number: 1, person: await store.people.indexOf(ADA), erasedAtMs: NOW_MS, keepsSuppression: false },
  ])
  expect(await applyErasures(erasureDeps(store, list), { through: 0, erasures: list.all }, () => true)).toBe(
    true,
  )
  expect(await kept()).toEqual({ 'email.delivered null': 'none', [`email.delivered ${BOB}`]: text(2) })
  const [row] = await rowsOf('SELECT originals FROM segments')
  expect(JSON.parse(String(row?.['originals']))).toEqual(expect.arrayContaining([null, expect.any(String)]))
})

it('an erased person is in no original of an event that names nobody', async () => {
  const nobody = { type: 'email.opened', recipient: null } as const
  await stored(
    { ...nobody, nr: 1, item: { data: { recipient: 'Ada@Example.com' } } },
    { ...nobody, nr: 2, item: { url: 'https://shop.example/?u=ada%40example.com' } },
    { ...nobody, nr: 3, item: { data: { recipient: BOB } } },
    { ...nobody, nr: 4, item: { to: Array.from({ length: 21 }, (_, i) => `p${i}@example.com`) } },
  )
  const originals = async () =>
    JSON.parse(String((await rowsOf('SELECT originals FROM segments'))[0]?.['originals'])) as unknown[]
  // One names too many to be found again.
  expect((await originals()).filter((one) => one !== null)).toHaveLength(3)
  const list = erasureList([
    { number: 1, person: await store.people.indexOf(ADA), erasedAtMs: NOW_MS, keepsSuppression: false },
  ])
  await applyErasures(erasureDeps(store, list), { through: 0, erasures: list.all }, () => true)
  expect((await originals()).filter((one) => one !== null)).toHaveLength(1)
  const [row] = await rowsOf('SELECT fingerprints FROM segments')
  expect(String(row?.['fingerprints'])).not.toContain((await store.people.indexOf(ADA)).slice(0, 8))
  expect(String(row?.['fingerprints'])).toContain((await store.people.indexOf(BOB)).slice(0, 8))
})

it('an event that was received before its person was erased is stored without', async () => {
  await stored({ nr: 1 })
  const list = erasureList([
    { number: 1, person: await store.people.indexOf(ADA), erasedAtMs: NOW_MS, keepsSuppression: false },
  ])
  await applyErasures(erasureDeps(store, list), { through: 0, erasures: list.all }, () => true)
  await stored({ nr: 2, type: 'email.opened' })
  expect(await rowsOf('SELECT originals FROM segments')).toEqual([{ originals: null }, { originals: null }])
})

it('a blanked event loses it', async () => {
  await stored({ nr: 1 }, { nr: 2, type: 'email.opened' })
  await blankEvents(store, { ...ALL, types: ['email.opened'] }, NOW_MS)
  expect(await kept()).toEqual({ [`email.delivered ${ADA}`]: text(1) })
  const [row] = await rowsOf('SELECT originals FROM segments')
  expect((JSON.parse(String(row?.['originals'])) as unknown[]).filter((one) => one !== null)).toHaveLength(1)
})

it.each<[string, readonly string[], boolean, number]>([
  ['of a source', ['shop'], false, 2],
  ['of another source', ['other'], false, 0],
  ['of all but a source', ['shop'], true, 0],
  ['of all but another source', ['other'], true, 2],
])('dropping those %s', async (_what, sources, others, dropped) => {
  await stored({ nr: 1 }, { nr: 2, type: 'email.opened' })
  const done = await dropOriginals(store, { ...ALL, sources, others })
  expect(done.events).toBe(dropped)
  const left = dropped === 0 ? [text(1), text(2)] : ['none', 'none']
  expect(Object.values(await kept()).toSorted()).toEqual(left)
  if (dropped > 0) expect(await rowsOf('SELECT originals FROM segments')).toEqual([{ originals: null }])
  expect((await dropOriginals(store, { ...ALL, sources, others })).events).toBe(0)
})

it('the events of a held person keep theirs', async () => {
  await stored({ nr: 1 })
  const keep = [(await store.people.indexOf(ADA)).slice(0, 8)]
  await dropOriginals(store, { ...ALL, keep, sources: ['shop'], others: false })
  expect(await kept()).toEqual({ [`email.delivered ${ADA}`]: text(1) })
})

it('is in no other column: the contents are those of an event without one', async () => {
  const one = await mailEvent({ type: 'email.delivered', atMs: NOON_MS + DAY_MS })
  await consumeEvents(consumerDeps(store), [{ ...one, original: compressed(itemOf(1)) ?? '' }])
  const [row] = await rowsOf('SELECT contents, originals FROM segments')
  expect(String(row?.['contents'])).not.toContain('original')
  expect(JSON.parse(String(row?.['originals'])) as unknown[]).toHaveLength(1)
})
