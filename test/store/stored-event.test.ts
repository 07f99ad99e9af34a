/** Each field of an event is read as it was stored, and nothing is stored twice. */
import { beforeEach, describe, expect, it } from 'vitest'
import type { DeliveryFacts } from '../../src/event/envelope.ts'
import { type MailEvent, MailEventSchema } from '../../src/event/mail-event.ts'
import { arrivalAt, readArrivals } from '../../src/store/arrival.ts'
import { listEvents } from '../../src/store/events.ts'
import { personOf } from '../../src/store/keys.ts'
import { ensureErased } from '../../src/store/erasures/ensure.ts'
import { messageStates } from '../../src/store/messages.ts'
import { type Store, openStore, scopedTo } from '../../src/store/store.ts'
import { EVENT_COLUMNS, toStore } from '../../src/store/stored-event.ts'
import {
  AFTER_ALL_MS,
  NOON_MS,
  type SimulatedEvent,
  deliveryFacts,
  mailEvent,
} from '../support/mail-events.ts'
import { erasureDeps, erasureList } from '../support/erasures.ts'
import { storeBatches } from '../support/segments.ts'
import { MASTERS, emptyStore, rowsOf } from '../support/store.ts'

let store: Store

beforeEach(async () => {
  store = await emptyStore()
})

const FIELDS = Object.keys(MailEventSchema.entries)

const PLAIN: SimulatedEvent = { type: 'email.delivered', atMs: NOON_MS }

async function stored(event: SimulatedEvent, facts: Partial<DeliveryFacts> = {}) {
  const read = await mailEvent(event)
  const person = read.recipient === null ? undefined : await personOf(store, read.recipient)
  const written = await toStore(read, deliveryFacts(facts), person, store)
  await storeBatches([[written]])
  return { read, written }
}

const readBack = async () =>
  (await listEvents(openStore(store.db, MASTERS), { limit: 5 }, AFTER_ALL_MS)).events

/** Changes of an event, which give each field a value. */
const EVENTS: readonly (readonly [what: string, change: Partial<SimulatedEvent>])[] = [
  ['with nothing more', {}],
  ['without a recipient', { recipient: null }],
  ['without a recipient, and a user agent', { recipient: null, user_agent: 'Mozilla' }],
  ['with another spelling of the address', { recipient: ' Ada@EXAMPLE.com' }],
  ['with an empty address', { recipient: '' }],
  ['with an address longer than is kept with a key', { recipient: `${'a'.repeat(400)}@example.com` }],
  ['without a time', { atMs: undefined }],
  ['without a message', { message_id: null }],
  ['with an id of the ESP', { provider_event_id: 'e-1' }],
  ['with further ids of the message', { other_message_ids: ['call-1', 'a"b@example.com'] }],
  ['with a campaign', { campaign_id: 'spring' }],
  ['with a kind of bounce', { bounce_type: 'hard' }],
  ['with a reason for a rejection', { reject_reason: 'spam' }],
  ['with codes', { smtp_code: '550', enhanced_code: '5.1.1' }],
  ['with a reason', { reason: 'no such user' }],
  ['with an empty reason', { reason: '' }],
  ['with a link', { url: 'https://shop.example/' }],
  ['with a client', { user_agent: 'Mozilla', client_ip: '203.0.113.7' }],
  ['with tags', { tags: ['a', 'b'] }],
  ['with a scope', { scope: 'group:12' }],
  ['that a machine made', { automated: true, automated_by: 'esp' }],
  ['that no machine made', { automated: false, automated_by: 'esp' }],
  ['with a cause', { cause: 'authentication', cause_detail: 'dmarc' }],
  ['with metadata', { metadata: { order: 7, list: [null] } }],
]

const isEmpty = (value: unknown): boolean =>
  (value ?? null) === null || (typeof value === 'object' && Object.keys(value ?? {}).length === 0)

describe('an event is read as it was stored', () => {
  it.each(EVENTS)('%s', async (_what, change) => {
    const { read, written } = await stored({ ...PLAIN, ...change })
    const [{ security, ...event } = { security: undefined }] = await readBack()
    // A field that is optional reads as null.
    const unset = Object.fromEntries(FIELDS.map((name) => [name, null]))
    expect(event).toEqual({ ...unset, ...read, id: written.id })
    expect(Object.keys(event)).toEqual(FIELDS)
    expect(security).toMatchObject({ verified: ['signature'], alerts: [], failed: [], degraded: null })
  })

  it('has a value of each field', async () => {
    const events = await Promise.all(EVENTS.map(([, change]) => mailEvent({ ...PLAIN, ...change })))
    const without = FIELDS.filter((name) => events.every((event) => isEmpty(event[name as keyof MailEvent])))
    expect(without).toEqual([])
  })

  it('with the facts of its delivery', async () => {
    const facts = {
      methods: ['signature', 'basic'],
      checks: { passed: ['rate'], failed: ['replay'], undecided: ['transport', 'payload'] },
      alerts: ['copy'],
      degraded: 'guard_down: x',
      network: '203.0.113.0/24',
      asn: 64_500,
      bytes: 812,
    }
    await stored(PLAIN, facts)
    const [event] = await readBack()
    const { checks, methods, network, asn, bytes, ...rest } = facts
    expect(event?.security).toMatchObject({ ...rest, ...checks, verified: methods })
    const { arrivals } = await readArrivals(store, { after: await arrivalAt(store, 0), events: 1 })
    expect(arrivals[0]?.row).toMatchObject({ network, asn, bytes })
  })
})

describe('nothing is stored twice', () => {
  it('no column after the last that has a value', async () => {
    const { written } = await stored(PLAIN)
    expect(written.values.at(-1)).not.toBeNull()
    expect(written.values.length).toBeLessThan(EVENT_COLUMNS.length / 2)
  })

  it.each([
    ['ada@example.com', 0],
    ['Ada@example.com', 15],
  ])('no address that is stored with the person: %s', async (recipient, characters) => {
    const sealedBytes = async (event: SimulatedEvent) => {
      const { written } = await stored(event)
      return atob(String(written.values[EVENT_COLUMNS.indexOf('sealed')])).length
    }
    const nothing = await sealedBytes({ ...PLAIN, recipient: 'ada@example.com', nr: 1 })
    const more = (await sealedBytes({ ...PLAIN, recipient, nr: 2 })) - nothing
    expect(more).toBe(characters === 0 ? 0 : `"recipient":""`.length + characters)
  })

  it('no fingerprint of the same person and message', async () => {
    const ada = await personOf(store, 'ada@example.com')
    const events = [1, 2, 3].map(async (nr) =>
      toStore(await mailEvent({ ...PLAIN, nr }), deliveryFacts(), ada, store),
    )
    await storeBatches([await Promise.all(events)])
    const [row] = await rowsOf('SELECT json_array_length(fingerprints) AS n FROM segments')
    // Three of source and type, one each of the delivery, the person and the message.
    expect(row).toEqual({ n: 6 })
  })
})

describe('a plain field that names somebody', () => {
  const ID = 'bounce+ada=example.com@esp.example'
  const erase = async () => {
    const person = await store.people.indexOf('ada@example.com')
    const list = [{ number: 1, person, erasedAtMs: AFTER_ALL_MS, keepsSuppression: false }]
    await ensureErased(erasureDeps(store, erasureList(list)))
  }
  const rows = async () => JSON.stringify(await rowsOf('SELECT contents FROM segments'))
  const viewer = () => scopedTo(store, { sources: null, personal: false })
  const idsFor = async (on: Store, message_id: string) =>
    (await listEvents(on, { limit: 5, message_id }, AFTER_ALL_MS)).events.map((event) => event.message_id)

  it.each<[string, Partial<SimulatedEvent>, boolean]>([
    ['a message id', { message_id: ID }, true],
    ['a message id with a plain address', { message_id: 'ADA@example.com/1@esp.example' }, true],
    ['a message id with an encoded address', { message_id: 'to-ada%40example.com@esp.example' }, true],
    ['a message id with dashes', { message_id: 'vrp-ada-example-com@esp.example' }, true],
    ['a further id', { other_message_ids: ['m-2', ID] }, true],
    ['an id of the ESP', { provider_event_id: 'e-ada@example.com' }, true],
    ['a campaign that names somebody else', { campaign_id: 'for bob@example.net' }, true],
    ['a code', { smtp_code: '550 ada@example.com' }, true],
    ['a code of an event without a recipient', { recipient: null, enhanced_code: 'bob@example.net' }, true],
    ['a message id of the same domain', { message_id: 'f00@example.com' }, false],
    ['a campaign', { campaign_id: 'spring' }, false],
  ])('%s is sealed, masked for viewers, and gone with the person', async (_what, change, isMasked) => {
    const { read } = await stored({ ...PLAIN, recipient: 'ada@example.com', ...change })
    const before = await rows()
    expect(before.includes('masked:')).toBe(isMasked)
    expect(before).not.toMatch(/ada[@=%-]|bob@/i)
    expect(await readBack()).toMatchObject([change])
    const shown = JSON.stringify((await listEvents(viewer(), { limit: 5 }, AFTER_ALL_MS)).events)
    expect(shown.includes('masked:')).toBe(isMasked)
    await erase()
    expect(await rows()).not.toMatch(/ada[@=%-]/i)
    if (read.recipient !== null) expect(await readBack()).toMatchObject([{ recipient: null }])
  })

  it('is found by the message id, by whoever may see it and by viewers, also after an erasure', async () => {
    await stored({ ...PLAIN, recipient: 'ada@example.com', message_id: ID, other_message_ids: [`x${ID}`] })
    for (const id of [ID, `x${ID}`]) expect(await idsFor(store, id)).toEqual([ID])
    expect(await messageStates(store, { source: 'shop', message_id: `<${ID}>` })).toHaveLength(1)
    const [shown] = await idsFor(viewer(), ID)
    expect(shown).toMatch(/^masked:[0-9a-f]{32}$/)
    expect(await idsFor(viewer(), shown ?? '')).toEqual([shown])
    await erase()
    expect(await idsFor(store, ID)).toEqual([shown])
  })

  it('is found by the campaign', async () => {
    await stored({ ...PLAIN, campaign_id: 'a@b' })
    expect((await listEvents(store, { limit: 5, campaign_id: 'a@b' }, AFTER_ALL_MS)).events).toHaveLength(1)
  })

  it('of an event older than the masks goes with the person', async () => {
    await stored({ ...PLAIN, recipient: 'ada@example.com', message_id: 'MID', campaign_id: 'CAM', other_message_ids: ['OID', 'm-2'] })
    const forms = [['MID', ID], ['CAM', 'for ada@example.com'], ['OID', ID]]
    for (const [from = '', to = ''] of forms)
      await store.db.prepare('UPDATE segments SET contents = replace(contents, ?1, ?2)').bind(`"${from}"`, `"${to}"`).run()
    expect(await rows()).toContain('for ada@example.com')
    await erase()
    expect(await rows()).not.toContain('ada')
    expect(await readBack()).toMatchObject([{ recipient: null, message_id: null, campaign_id: null, other_message_ids: [] }])
  }) // prettier-ignore
})
