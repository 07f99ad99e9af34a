/** The overview: numbers beside the week before, things that are wrong, first steps and cost. Sources, deliverability and times beside it. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { costWords } from '../../../src/console/messages/cost.ts'
import { wrongDestinations, wrongInside } from '../../../src/console/pages/overview/wrong.tsx'
import type { StoreState } from '../../../src/store/state.ts'
import { consumeEvents, consumerDeps } from '../../support/consumer.ts'
import { ACTIVE, destinationObjects } from '../../support/destinations.ts'
import { type SimulatedEvent, mailEvent } from '../../support/mail-events.ts'
import { emptyStore } from '../../support/store.ts'
import { holder } from '../credentials.ts'
import { type TestConsole, migrate, newConsole, store } from '../support.ts'
import { type Visitor, logIn, textOf } from './visitor.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const WEEK_MS = 168 * HOUR_MS
/** Half past an hour, not a fixed date: the registry ends sessions by the real clock. */
const NOW_MS = Math.floor(Date.now() / HOUR_MS) * HOUR_MS + 30 * MINUTE_MS

let here: TestConsole
let someone: Visitor
let nr = 0

beforeAll(async () => {
  await migrate()
})

beforeEach(async () => {
  await emptyStore()
  here = newConsole({ DESTINATIONS: destinationObjects() })
  here.clock.nowMs = NOW_MS
  someone = (await logIn(here, 'viewer')).someone
})

async function happened(agoMs: number, changes: readonly Partial<SimulatedEvent>[]): Promise<void> {
  const atMs = NOW_MS - agoMs
  const events = await Promise.all(
    changes.map((change) => mailEvent({ type: 'email.delivered', atMs, nr: nr++, ...change })),
  )
  await consumeEvents(consumerDeps(store, { nowMs: () => atMs }), events)
}

const times = (count: number, change: Partial<SimulatedEvent> = {}): Partial<SimulatedEvent>[] =>
  Array.from({ length: count }, () => change)

const bounced = { type: 'email.bounced', bounce_type: 'hard' } as const

describe('the overview', () => {
  it('counts since the hour before, beside as much of the week before', async () => {
    await happened(10 * MINUTE_MS, [...times(6), ...times(2, bounced)])
    await happened(2 * HOUR_MS, times(9))
    await happened(WEEK_MS + 40 * MINUTE_MS, [...times(3), ...times(1, bounced)])
    // Half of this hour is over.
    await happened(WEEK_MS + 10 * MINUTE_MS, times(2))
    const html = await someone.html('/')
    const text = textOf(html)
    expect(text).toContain('events 8 60 % more than a week before')
    expect(text).toContain('delivered 6 50 % more than a week before')
    expect(text).toContain('share bounced 25 % 20 % a week before')
    expect(html).toMatch(
      /aria-label="Events: 9 in all, 1\.\d+? times|aria-label="Events: [^"]+ than a week before/,
    )
    expect(html).toContain('class="before"')
  })

  it('says nothing of a week before that it does not know', async () => {
    await happened(10 * MINUTE_MS, times(3))
    const html = await someone.html('/')
    expect(textOf(html)).toContain('events 3 delivered 3')
    expect(html).not.toContain('a week before</li>')
  })

  it('leads through the first steps until there is an event', async () => {
    expect(await someone.text('/')).toMatch(/First steps .*Add a source .*Add a destination/)
    await happened(MINUTE_MS, times(1))
    const text = await someone.text('/')
    expect(text).toContain('What happened last')
  })

  it('says what a source lacks, and which one is silent', async () => {
    const put = await here.api('PUT', '/api/sources/shop', {
      provider: 'generic',
      secrets: { hmac: 'secret-of-the-overview-page' },
    })
    expect(put.status).toBe(201)
    await here.api('PUT', '/api/sources/bare', { provider: 'generic' })
    await happened(WEEK_MS, times(4))
    expect(await someone.text('/')).toContain(
      'silent shop No event in 24 hours, and 4 in the same time a week before.',
    )
    expect(await someone.text('/')).toContain('refuses everything bare It has no secret')
    const limited = (await logIn(here, 'viewer', ['bare'])).someone
    expect(await limited.text('/')).not.toContain('silent shop')
    const list = await someone.text('/sources')
    expect(list).toContain('shop silent')
    expect(list).toContain('0 events in 24 hours')
    await here.api('DELETE', '/api/sources/bare')
    await here.api('DELETE', '/api/sources/shop')
  })

  it.each([
    [
      'a destination that stopped',
      wrongDestinations([['app', { ...ACTIVE, state: 'disabled', reason: 'gone' }]]),
      'disabled app The endpoint',
    ],
    ['one that does not answer', wrongDestinations([['app', null]]), 'unknown app'],
    [
      'dead letters',
      wrongDestinations([['app', { ...ACTIVE, dead_letters: 3 }]]),
      'dead letters app 3 deliveries',
    ],
    ['one that works', wrongDestinations([['app', ACTIVE]]), ''],
    [
      'the store and the watch',
      wrongInside(
        {
          missing: [],
          deadLetters: 2,
          quarantined: 0,
          retrying: [],
          growth: null,
          archive: null,
        } satisfies StoreState,
        {
          minute: 1,
          minutesBehind: 90,
          missed: 0,
          openIncidents: 0,
          failing: null,
          store: null,
          skipped: null,
        },
        NOW_MS,
      ),
      'wrong the watch It is 90 min behind',
    ],
  ])('knows %s', (_what, wrong, words) => {
    const said = wrong.map(({ state, subject, text }) => `${state} ${subject} ${text}`).join(' ')
    expect(said.startsWith(words)).toBe(true)
    expect(said === '').toBe(words === '')
  })
})

describe('the cost', () => {
  it.each([
    [0, 0, '0 events a month cost $5.00 at Cloudflare, with its paid plan.'],
    [1e6, 0, '1 million events a month cost $5.00 to $5.95 at Cloudflare, with its paid plan.'],
    [1e7, 1, '10 million events a month cost $5.00 to $36.85 at Cloudflare, with its paid plan.'],
    [2e9, 0, '2,000 million events a month cost $79.94 to $3408.67 at Cloudflare, with its paid plan.'],
  ])('of %d events a month and %d destinations', (events, destinations, words) => {
    expect(costWords(events, destinations)).toBe(words)
  })

  it.each([
    ['', 'At the rate of the last days'],
    ['many', 'At the rate of the last days'],
    ['10,000,000', '10 million events a month cost $5.00 to $'],
  ])('of a month with %j events is on the overview', async (events, words) => {
    expect(await someone.text(`/?${new URLSearchParams({ events }).toString()}`)).toContain(words)
  })
})

describe('deliverability', () => {
  it('shows the share that bounced beside the week before, and what became worse', async () => {
    const [gmail, yahoo] = [
      { recipient: 'ada@gmail.com', campaign_id: 'spring' },
      { recipient: 'bob@aol.com' },
    ]
    await happened(WEEK_MS, [...times(9, gmail), ...times(1, { ...gmail, ...bounced })])
    await happened(MINUTE_MS, [...times(3, gmail), ...times(1, { ...gmail, ...bounced }), ...times(4, yahoo)])
    const text = await someone.text('/deliverability')
    expect(text.slice(text.indexOf('By mailbox'))).toContain('gmail 3 1 ▲ worse 25 % 10 %')
    expect(text).toContain('All 7 1 ▲ worse 12.5 % 10 %')
    const html = await someone.html('/deliverability?by=campaign')
    expect(html).toContain('<a href="/events?campaign=spring">')
    expect(await someone.text('/deliverability?source=none')).toContain('No figures yet.')
    expect(await someone.text('/deliverability?by=nothing&days=0')).toContain('By mailbox provider')
  })

  it('says how long each source takes from sent to delivered', async () => {
    const sent = (n: number, ago: number, type: 'email.sent' | 'email.delivered') =>
      happened(ago, [{ type, message_id: `m-${n}`, recipient: `p${n}@example.com` }])
    for (const [n, seconds] of [2, 4, 60].entries()) {
      await sent(n, MINUTE_MS + seconds * 1_000, 'email.sent')
      await sent(n, MINUTE_MS, 'email.delivered')
    }
    await sent(9, MINUTE_MS, 'email.delivered')
    const { json } = await here.api('GET', '/api/deliverability/times')
    expect(json).toEqual({
      times: [
        {
          source: 'shop',
          provider: expect.any(String),
          delivered: 4,
          timed: 3,
          median_seconds: 4,
          p90_seconds: 60,
        },
      ],
    })
    const limited = await logIn(here, 'viewer', ['other'])
    expect(await limited.someone.text('/deliverability')).not.toContain('3 of 4')
    const other = await holder(here, 'viewer', ['other'])
    expect((await other.send('GET', '/api/deliverability/times')).json).toEqual({ times: [] })
    expect(await someone.text('/deliverability')).toMatch(/shop \S.* 4 s 60 s 3 of 4/)
  })
})
