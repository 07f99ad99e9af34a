import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { consume } from '../../../src/consumer/consume.ts'
import type { MailEvent } from '../../../src/event/mail-event.ts'
import { CAUSES } from '../../../src/event/cause/causes.ts'
import { domainOf, mailboxProviderOf } from '../../../src/event/mailbox-providers.ts'
import { CAMPAIGN_MAX_CHARACTERS, CROSSED, NAMES_MAX } from '../../../src/store/deliverability.ts'
import type { Store } from '../../../src/store/store.ts'
import { anyText } from '../../support/any-text.ts'
import { consumeEvents, consumerDeps } from '../../support/consumer.ts'
import { countedD1 } from '../../support/counted-d1.ts'
import { DAY_MS, NOON_MS, type SimulatedEvent, contentsOf, mailEvent } from '../../support/mail-events.ts'
import { TestMessage, batchOf, inlineEnvelope } from '../../support/queue.ts'
import { emptyStore, rowsOf } from '../../support/store.ts'
import { thorough } from '../../support/thorough.ts'

const { kept: CAMPAIGNS_MAX, stored: CAMPAIGNS_STORED_MAX } = NAMES_MAX.campaign
const { kept: CROSSED_MAX, stored: CROSSED_STORED_MAX } = NAMES_MAX.cause_campaign

type Counts = Record<string, Record<string, Record<string, number>>>

const TODAY = Math.floor(NOON_MS / DAY_MS)

let store: Store

beforeEach(async () => {
  store = await emptyStore()
})

/** Stores events at noon of a day. */
const storeAt = (events: readonly MailEvent[], day = TODAY) =>
  consumeEvents(consumerDeps(store, { nowMs: () => day * DAY_MS + DAY_MS / 2 }), events)

const eventsOf = (changes: readonly Partial<SimulatedEvent>[]): Promise<MailEvent[]> =>
  Promise.all(
    changes.map((change, nr) => mailEvent({ type: 'email.delivered', atMs: NOON_MS, nr, ...change })),
  )

/** The counts of each row. */
async function stored(): Promise<Record<string, Counts>> {
  const rows = await rowsOf('SELECT source, day, counts FROM deliverability')
  return Object.fromEntries(
    rows.map(({ source, day, counts }) => [
      `${String(source)} ${Number(day) - TODAY}`,
      JSON.parse(String(counts)) as Counts,
    ]),
  )
}

const shop = async (): Promise<Counts> => (await stored())['shop 0'] ?? {}

const sumOf = (counts: Record<string, Record<string, number>> = {}): number =>
  Object.values(counts)
    .flatMap((types) => Object.values(types))
    .reduce((sum, n) => sum + n, 0)

const FAILED: Partial<SimulatedEvent> = { type: 'email.bounced', recipient: 'ada@example.com' }
const SPRING = { campaign_id: 'spring' }
const GMAIL = { recipient: 'ada@gmail.com' }

describe('counts of a source and day', () => {
  it.each<[what: string, change: Partial<SimulatedEvent>, dimension: string, key: string]>([
    ['a campaign', { campaign_id: 'spring' }, 'campaign', '=spring'],
    ['no campaign', {}, 'campaign', ''],
    ['a campaign without a name', { campaign_id: '' }, 'campaign', '='],
    ['a campaign named other', { campaign_id: 'other' }, 'campaign', '=other'],
    ['a campaign named *', { campaign_id: '*' }, 'campaign', '=*'],
    ['a campaign named null', { campaign_id: 'null' }, 'campaign', '=null'],
    ['a campaign named __proto__', { campaign_id: '__proto__' }, 'campaign', '=__proto__'],
    ['a campaign with quotes', { campaign_id: `a"b'c\\"$.[0]` }, 'campaign', `=a"b'c\\"$.[0]`],
    ['a campaign with lines', { campaign_id: 'a\n\tb\u2028' }, 'campaign', '=a\n\tb\u2028'],
    ['a campaign with emoji', { campaign_id: '🚀'.repeat(101) }, 'campaign', `=${'🚀'.repeat(50)}`],
    [
      'a long campaign',
      { campaign_id: 'x'.repeat(50_000) },
      'campaign',
      `=${'x'.repeat(CAMPAIGN_MAX_CHARACTERS)}`,
    ],
    ['a known mailbox provider', { recipient: 'Ada@Gmail.com' }, 'mailbox_provider', '=gmail'],
    ['a mailbox provider that is not known', { recipient: 'ada@example.com' }, 'mailbox_provider', '*'],
    ['an address without a domain', { recipient: 'ada' }, 'mailbox_provider', '*'],
    ['no recipient', { recipient: null }, 'mailbox_provider', ''],
    ['a bounce', { type: 'email.bounced', bounce_type: 'hard' }, 'bounce_type', '=hard'],
    ['no bounce', {}, 'bounce_type', ''],
    ['a cause', { ...FAILED, cause: 'no_mailbox' }, 'cause', '=no_mailbox'],
    ['no cause', FAILED, 'cause', ''],
    ['a cause of a campaign', { ...FAILED, ...SPRING, cause: 'content' }, 'cause_campaign', 'content=spring'],
    ['a cause of no campaign', { ...FAILED, cause: 'content' }, 'cause_campaign', 'content'],
    ['a campaign without a cause', { ...FAILED, ...SPRING }, 'cause_campaign', '=spring'],
    ['a campaign that did not fail', SPRING, 'cause_campaign', ''],
    [
      'a cause at a provider',
      { ...FAILED, ...GMAIL, cause: 'policy' },
      'cause_mailbox_provider',
      'policy=gmail',
    ],
    ['a cause elsewhere', { ...FAILED, cause: 'policy' }, 'cause_mailbox_provider', 'policy*'],
    ['a failure elsewhere', FAILED, 'cause_mailbox_provider', '*'],
    [
      'a deferral',
      { ...GMAIL, type: 'email.deferred', cause: 'policy' },
      'cause_mailbox_provider',
      'policy=gmail',
    ],
    [
      'a complaint with a cause',
      { ...SPRING, type: 'email.spam_reported', cause: 'content' },
      'cause_campaign',
      'content=spring',
    ],
    ['a provider that took it', GMAIL, 'cause_mailbox_provider', ''],
  ])('have %s', async (_what, change, dimension, key) => {
    await storeAt(await eventsOf([change, change]))
    const type = change.type ?? 'email.delivered'
    expect((await shop())[dimension]).toEqual({ [key]: { [type]: 2 } })
    await storeAt(await eventsOf([change, change, change]))
    expect((await shop())[dimension]).toEqual({ [key]: { [type]: 3 } })
  })

  it.each([['\u0000'], ['a\u0000b'], ['a\u0000c'], ['\ud800'], ['\udfff\ud800x']])(
    'lose no event of the campaign %j, which is no text',
    async (campaign_id) => {
      await storeAt(await eventsOf([{ campaign_id }, { campaign_id: 'spring' }]))
      // The first two are copies.
      await storeAt(await eventsOf([{}, {}, { campaign_id }, { campaign_id: 'spring' }]))
      const { campaign = {} } = await shop()
      expect(campaign['=spring']).toEqual({ 'email.delivered': 2 })
      expect(sumOf(campaign)).toBe(4)
      expect(Object.keys(campaign)).toHaveLength(2)
    },
  )
})

/** Events with a campaign of their own, so many of each. */
const crowd = (from: number, campaigns: number, each = 1): Promise<MailEvent[]> =>
  Promise.all(
    Array.from({ length: campaigns * each }, (_, i) =>
      mailEvent({
        type: i % 2 === 0 ? 'email.delivered' : 'email.opened',
        atMs: NOON_MS,
        nr: (from + 1) * 1_000 + i,
        campaign_id: `crowd-${from + (i % campaigns)}`,
      }),
    ),
  )

describe('opens, clicks and unsubscribes', () => {
  it.each(['email.opened', 'email.clicked', 'email.unsubscribed', 'email.bounced'] as const)(
    'count by whether a machine made them, and others do not: %s',
    async (type) => {
      await storeAt(await eventsOf([true, true, false, null].map((automated) => ({ type, automated }))))
      const judged = type === 'email.bounced' ? {} : { [`${type}#true`]: 2, [`${type}#false`]: 1 }
      expect((await shop())['campaign']).toEqual({ '': { [type]: 4, ...judged } })
    },
  )

  it('by machines make no campaign larger', async () => {
    const opened = { type: 'email.opened', automated: true, campaign_id: 'machines' } as const
    await storeAt(
      await eventsOf([opened, opened, ...Array.from({ length: 3 }, () => ({ campaign_id: 'people' }))]),
    )
    const two = Array.from({ length: CAMPAIGNS_MAX - 1 }, (_, i) => ({ campaign_id: `two-${i}` }))
    await storeAt(await eventsOf([...two, ...two, ...two].map((one, i) => ({ ...one, nr: 100 + i }))))
    await storeAt(await crowd(0, CAMPAIGNS_STORED_MAX))
    const { campaign = {} } = await shop()
    expect(campaign['=people']).toEqual({ 'email.delivered': 3 })
    expect(campaign['=machines']).toBeUndefined()
  })
})

describe('campaigns of a day', () => {
  it(`keep the ${CAMPAIGNS_MAX} largest names if there are more than ${CAMPAIGNS_STORED_MAX}`, async () => {
    const half = CAMPAIGNS_STORED_MAX / 2 - 1
    await storeAt(await crowd(0, half))
    await storeAt(await crowd(half, half))
    await storeAt(await eventsOf([{ campaign_id: 'late' }, {}]))
    expect(Object.keys((await shop())['campaign'] ?? {})).toHaveLength(CAMPAIGNS_STORED_MAX)
    await storeAt(await eventsOf([{}, {}, { campaign_id: 'late' }, { campaign_id: 'one more' }]))
    const { campaign = {} } = await shop()
    const names = Object.keys(campaign).filter((key) => key.startsWith('='))
    expect(names).toHaveLength(CAMPAIGNS_MAX)
    expect(campaign['=late']).toEqual({ 'email.delivered': 2 })
    expect(campaign['']).toEqual({ 'email.delivered': 1 })
    expect(sumOf({ rest: campaign['*'] ?? {} })).toBe(CAMPAIGNS_STORED_MAX - CAMPAIGNS_MAX)
    expect(sumOf(campaign)).toBe(CAMPAIGNS_STORED_MAX + 2)
  })

  it('are bounded in the first batch too, and a campaign that is larger than most gets a name at any time', async () => {
    await storeAt(await crowd(0, 1_000))
    await storeAt(await crowd(1_000, 1, 5))
    await storeAt(await crowd(2_000, 1_000))
    const { campaign = {}, mailbox_provider, bounce_type } = await shop()
    expect(Object.keys(campaign)).toHaveLength(CAMPAIGNS_MAX + 1)
    expect(sumOf({ named: campaign['=crowd-1000'] ?? {} })).toBe(5)
    for (const counts of [campaign, mailbox_provider, bounce_type]) expect(sumOf(counts)).toBe(2_005)
  })

  it('make no row that D1 refuses, whatever their names', async () => {
    const campaigns = Array.from({ length: 2_000 }, (_, i) => ({
      campaign_id: `${'"\u0001🚀'.repeat(33)}${i}`.slice(-CAMPAIGN_MAX_CHARACTERS),
    }))
    await storeAt(await eventsOf(campaigns))
    const [row] = await rowsOf('SELECT length(CAST(counts AS BLOB)) AS bytes FROM deliverability')
    expect(Number(row?.['bytes'])).toBeLessThan(200_000)
    expect(sumOf((await shop())['campaign'])).toBe(2_000)
  })
})

describe('causes that are crossed', () => {
  const failures = (from: number, count: number) =>
    Array.from({ length: count }, (_, i) => ({
      ...FAILED,
      nr: from + i,
      cause: i % 2 === 0 ? ('content' as const) : ('policy' as const),
      campaign_id: `crowd-${from + i}`,
      recipient: `p${i}@gmail.com`,
    }))

  it(`keep the ${CROSSED_MAX} largest names, and the others count by their cause alone`, async () => {
    const large = [1, 2, 3].map((nr) => ({ ...FAILED, ...SPRING, cause: 'reputation' as const, nr: -nr }))
    await storeAt(await eventsOf(failures(0, CROSSED_MAX)))
    await storeAt(await eventsOf([...failures(CROSSED_MAX, CROSSED_STORED_MAX - CROSSED_MAX - 1), ...large]))
    expect(Object.keys((await shop())['cause_campaign'] ?? {})).toHaveLength(CROSSED_STORED_MAX)
    await storeAt(await eventsOf(failures(2 * CROSSED_STORED_MAX, CROSSED_STORED_MAX)))
    const { cause_campaign = {} } = await shop()
    expect(Object.keys(cause_campaign).filter((key) => key.includes('='))).toHaveLength(CROSSED_MAX)
    expect(cause_campaign['reputation=spring']).toEqual({ 'email.bounced': 3 })
    const rest = ['content*', 'policy*'].map((key) => cause_campaign[key]?.['email.bounced'] ?? 0)
    expect(Math.min(...rest)).toBeGreaterThan(20)
    expect(cause_campaign['*']).toBeUndefined()
    expect(sumOf(cause_campaign)).toBe(sumOf((await shop())['bounce_type']))
  })

  it('make no row that D1 refuses, whatever fails for which cause', async () => {
    const providers = [
      'gmail.com',
      'aol.com',
      'gmx.de',
      'web.de',
      'icloud.com',
      'hotmail.com',
      'qq.com',
      'example.com',
    ]
    const all = Array.from({ length: 2_000 }, (_, i) => ({
      ...FAILED,
      cause: CAUSES[i % CAUSES.length] ?? null,
      campaign_id: `${'"\u0001🚀'.repeat(33)}${i}`.slice(-CAMPAIGN_MAX_CHARACTERS),
      recipient: `p@${providers[i % providers.length]}`,
    }))
    await storeAt(await eventsOf(all))
    const [row] = await rowsOf('SELECT length(CAST(counts AS BLOB)) AS bytes FROM deliverability')
    expect(Number(row?.['bytes'])).toBeLessThan(200_000)
    for (const dimension of CROSSED) expect(sumOf((await shop())[dimension])).toBe(2_000)
  })
})

describe('the day of an event', () => {
  it('is the UTC day on which it is stored, and never before that of an earlier event', async () => {
    await storeAt(await eventsOf([{ source: 'shop' }]), TODAY + 1)
    await storeAt(await eventsOf([{ source: 'news' }]), TODAY)
    await storeAt(await eventsOf([{ source: 'news' }, { source: 'news' }]), TODAY + 2)
    expect(Object.keys(await stored()).toSorted()).toEqual(['news 1', 'news 2', 'shop 1'])
  })
})

describe('a batch', () => {
  it('writes one row for each of its sources, and none for copies', async () => {
    const { db, rows } = countedD1(store.db)
    const written = async (events: readonly MailEvent[]): Promise<number> => {
      const bySource = [...Map.groupBy(events, ({ source }) => source)]
      const messages = await Promise.all(
        bySource.map(async ([source, some]) => {
          const contents = contentsOf(some, [], { source })
          return new TestMessage(await inlineEnvelope(contents, `req_${crypto.randomUUID()}/0`))
        }),
      )
      rows.written = 0
      await consume(batchOf(messages), consumerDeps({ ...store, db }))
      return rows.written
    }
    const events = (count: number) =>
      eventsOf(Array.from({ length: count }, (_, i) => ({ source: `s${i % 3}`, campaign_id: `c${i % 7}` })))
    expect(await written(await events(6))).toBe(1 + 2 + 3 + 3)
    // A segment, with its entry in the index, and two rows for each source.
    expect(await written(await events(90))).toBe(2 + 3 + 3)
    expect(await written(await events(90))).toBe(0)
  })
})

const RECIPIENTS = ['ada@gmail.com', 'bob@GMX.de', 'eve@hotmail.com', 'zoe@example.com', 'odd', null]
const CAMPAIGN = fc.option(
  fc.oneof(
    fc.constantFrom('spring', 'other', '*', '__proto__', '', 'a"b'),
    anyText({ maxLength: 8 }).map((text) => text.replaceAll('\0', '')),
  ),
)
const someEvents: fc.Arbitrary<Partial<SimulatedEvent>[]> = fc.array(
  fc.record({
    type: fc.constantFrom('email.sent', 'email.delivered', 'email.bounced', 'email.opened', 'email.unknown'),
    source: fc.constantFrom('shop', 'news'),
    recipient: fc.constantFrom(...RECIPIENTS),
    campaign_id: CAMPAIGN,
    bounce_type: fc.constantFrom('hard', 'soft', null),
    cause: fc.constantFrom('reputation', 'no_mailbox', null),
    automated: fc.constantFrom(true, false, null),
  }),
  { minLength: 1, maxLength: 30 },
)
const batches = fc.array(
  fc.record({ numbers: fc.array(fc.nat(), { minLength: 1, maxLength: 40 }), days: fc.nat({ max: 2 }) }),
  { minLength: 1, maxLength: 6 },
)

/** Counts of the events that are stored, by the day of their segment. */
async function countStored(events: readonly MailEvent[]): Promise<Record<string, Counts>> {
  const byId = new Map(events.map((event) => [event.id, event]))
  const found: Record<string, Counts> = {}
  for (const { day, id } of await rowsOf(
    `SELECT b.stored_at / ${DAY_MS} AS day, i.value AS id FROM segments b CROSS JOIN json_each(b.ids) i`,
  )) {
    const event = byId.get(String(id))
    if (event === undefined) throw new Error('an event is stored that was not sent')
    const counts = (found[`${event.source} ${Number(day) - TODAY}`] ??= {})
    const provider =
      event.recipient === null ? '' : mailboxProviderOf(domainOf(store.people.normal(event.recipient)))
    const cause = event.cause ?? null
    const [campaign, mailbox_provider] = [
      event.campaign_id === null ? '' : `=${event.campaign_id}`,
      provider === '' ? '' : provider === 'other' ? '*' : `=${provider}`,
    ]
    const crossed = (key: string) =>
      event.type === 'email.bounced' || cause !== null ? `${cause ?? ''}${key}` : ''
    const keys = {
      campaign,
      mailbox_provider,
      bounce_type: event.bounce_type === null ? '' : `=${event.bounce_type}`,
      cause: cause === null ? '' : `=${cause}`,
      cause_campaign: crossed(campaign),
      cause_mailbox_provider: crossed(mailbox_provider),
    }
    for (const [dimension, key] of Object.entries(keys)) {
      const types = ((counts[dimension] ??= {})[key] ??= {})
      const judged =
        event.type === 'email.opened' && typeof event.automated === 'boolean'
          ? [`${event.type}#${event.automated}`]
          : []
      for (const type of [event.type, ...judged]) types[type] = (types[type] ?? 0) + 1
    }
  }
  return found
}

describe('the figures', () => {
  it('are those of a count over the stored events, whatever comes in which order and how often', async () => {
    await fc.assert(
      fc.asyncProperty(someEvents, batches, async (given, sent) => {
        store = await emptyStore()
        const events = await eventsOf(given)
        for (const { numbers, days } of sent) {
          const some = numbers.flatMap((n) => events[n % events.length] ?? [])
          for (const [, ones] of Map.groupBy(some, ({ source }) => source)) await storeAt(ones, TODAY + days)
        }
        expect(await stored()).toEqual(await countStored(events))
      }),
      { numRuns: thorough(200, 15) },
    )
  })
})
