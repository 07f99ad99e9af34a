import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { batchId } from '../../src/destinations/send/body.ts'
import type { ConsumerDeps } from '../../src/consumer/deps.ts'
import { consume } from '../../src/consumer/consume.ts'
import { sealContents } from '../../src/event/envelope.ts'
import { eventId } from '../../src/event/identity.ts'
import { readMasterKeys } from '../../src/platform/master-key.ts'
import { listArrived } from '../../src/store/arrived-events.ts'
import { listEvents } from '../../src/store/events.ts'
import { messageStates } from '../../src/store/messages.ts'
import { type Audience, audienceIds } from '../../src/store/event-ids.ts'
import { people } from '../../src/store/people.ts'
import { resealableStore } from '../../src/store/reseal.ts'
import { openStore, scopedTo } from '../../src/store/store.ts'
import { consumeEvents, consumerDeps } from '../support/consumer.ts'
import { AFTER_ALL_MS, NOON_MS, contentsOf, mailEvent } from '../support/mail-events.ts'
import { TestMessage, batchOf, queueSealer } from '../support/queue.ts'
import { MASTERS, emptyStore, rowsOf } from '../support/store.ts'

const ids = audienceIds(people(MASTERS))
const AUDIENCES: readonly Audience[] = ['store', 'viewers', 'destination app', 'destination crm']
const ID = await eventId('shop', 'sendgrid', ['bounce', 'm-1', 'ada@example.com'], NOON_MS)
const BATCH = await batchId([ID])

describe('the ids of an audience', () => {
  it('differ from the id that anybody can compute, and from those of all others', async () => {
    const all = await Promise.all(AUDIENCES.map((audience) => ids(audience).of(ID)))
    expect(new Set([ID, ...all]).size).toBe(AUDIENCES.length + 1)
    expect(all.every((id) => /^[0-9a-f]{44}$/.test(id) && id.startsWith(ID.slice(0, 12)))).toBe(true)
  })

  it('are the same each time, and lead back', async () => {
    await fc.assert(
      fc.asyncProperty(fc.stringMatching(/^[0-9a-f]{44}$/), fc.constantFrom(...AUDIENCES), async (id, audience) => {
        const shown = await ids(audience).of(id)
        expect(await audienceIds(people(MASTERS))(audience).of(id)).toBe(shown)
        expect(await ids(audience).back(shown)).toBe(id)
      }),
      { numRuns: 50 },
    ) // prettier-ignore
  })

  it.each([
    ['of a batch', BATCH, /^batch_[0-9a-f]{32}$/],
    ['without a hash', 'now', /^now$/],
    ['with a shorter one', ID.slice(0, 31), new RegExp(`^${ID.slice(0, 31)}$`)],
    ['of the empty text', '', /^$/],
  ])('keep the form %s', async (_what, id, form) => {
    const shown = await ids('viewers').of(id)
    expect(shown).toMatch(form)
    expect(await ids('viewers').back(shown)).toBe(id)
  })

  it('are others under another master key', async () => {
    const other = people(readMasterKeys(`v1:${Buffer.alloc(32, 8).toString('base64')}`))
    expect(await audienceIds(other)('store').of(ID)).not.toBe(await ids('store').of(ID))
  })

  it('have keys that are the index of no address', async () => {
    const people_ = people(MASTERS)
    const purpose = 'event ids: store'
    const key = Buffer.from(await people_.keyFor(purpose)).toString('hex')
    for (const address of [purpose, `KEY FOR ${purpose}`, `key for ${purpose}`])
      expect(key).not.toContain(await people_.indexOf(address))
  })
})

/** Stores an event as the gateway sends it. */
async function consumed(deps: ConsumerDeps): Promise<void> {
  const sealed = await sealContents(contentsOf([event]), queueSealer, 'req_1/0')
  const body = { version: 1, source: 'shop', key: 'req_1/0', kind: 'inline', sealed }
  await consume(batchOf([new TestMessage(body)]), deps)
}

const event = await mailEvent({ type: 'email.bounced', bounce_type: 'hard', atMs: NOON_MS })

describe('an event that is stored', () => {
  it('has an id in no table that can be computed from what the ESP reported', async () => {
    await consumed(consumerDeps(await emptyStore()))
    for (const table of ['segments', 'evidence', 'suppressions'])
      expect(JSON.stringify(await rowsOf(`SELECT * FROM ${table}`))).not.toContain(event.id.slice(12))
  })

  it('is the same event when the ESP sends it again after the master key was replaced and the old one removed', async () => {
    const deps = consumerDeps(await emptyStore())
    await consumed(deps)
    const newer = `v2:${Buffer.alloc(32, 5).toString('base64')}`
    const both = readMasterKeys(`${newer},${oldKey()}`)
    const { step } = resealableStore(deps.store.db, both)
    for (let cursor: string | null = null; ;) {
      cursor = (await step(cursor))?.cursor ?? null
      if (cursor === null) break
    }
    for (const masters of [both, readMasterKeys(newer)]) {
      const store = openStore(deps.store.db, masters)
      await consumed({ ...deps, store })
      const { events } = await listEvents(store, { limit: 9 }, AFTER_ALL_MS)
      expect(events.map(({ recipient }) => recipient)).toEqual([event.recipient])
    }
  })
})

const oldKey = (): string =>
  MASTERS.map(({ version, bytes }) => `v${version}:${Buffer.from(bytes).toString('base64')}`).join(',')

describe('who may not see addresses', () => {
  it('gets ids of viewers everywhere, and pages on with what they were given', async () => {
    const store = await emptyStore()
    const events = await Promise.all([1, 2, 3].map((nr) => mailEvent({ type: 'email.opened', atMs: NOON_MS, nr })))
    await consumeEvents(consumerDeps(store), events)
    const stored = (await listEvents(store, { limit: 9 }, AFTER_ALL_MS)).events.map(({ id }) => id)
    const viewed = await Promise.all(stored.map((id) => ids('viewers').of(id)))
    const viewer = scopedTo(store, { sources: null, personal: false })

    const pages: unknown[] = []
    const cursors: string[] = []
    let cursor: string | undefined
    do {
      const page = await listEvents(viewer, { limit: 1, cursor }, AFTER_ALL_MS)
      pages.push(...page.events.map(({ id }) => id))
      cursor = page.next_cursor ?? undefined
      cursors.push(Buffer.from(cursor ?? '', 'base64url').toString())
    } while (cursor !== undefined)
    expect(pages).toEqual(viewed)
    expect(stored.some((id) => cursors.join(' ').includes(id.slice(12)))).toBe(false)

    const arrived = await listArrived(viewer, { limit: 9, after: 'oldest' })
    expect(arrived.events.map((one) => one.event.id).toSorted()).toEqual(viewed.toSorted())
    const [state] = await messageStates(viewer, { source: 'shop', message_id: 'm-1' })
    expect(viewed).toContain(state?.event_id)
  }) // prettier-ignore
})
