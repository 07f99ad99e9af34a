/** The overview: numbers beside the week before, things that are wrong, and first steps. Sources, deliverability and times beside it. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { CurrentFinding } from '../../../src/watch/operations/finding.ts'
import { consumeEvents, consumerDeps } from '../../support/consumer.ts'
import { destinationObjects } from '../../support/destinations.ts'
import { incidentObjects } from '../../support/incidents.ts'
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
    expect(html).toMatch(/aria-label="Events: 9, 1\.\d+? times|aria-label="Events: [^"]+ than a week before/)
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

  it.each([
    ['an incident', { incident: { number: 7, state: 'open' } }, 'href="/incidents/7"', 'Incident 7: '],
    ['a destination', {}, 'href="/destinations/app"', 'A destination gets nothing'],
    ['a source', { source: 'shop' }, 'href="/sources/shop"', 'A destination gets nothing'],
    ['the quarantine', { kind: 'quarantined' }, 'href="/quarantine"', ''],
    ['the queues', { kind: 'dead_letters', subject: 'the queues' }, 'href="/dead-letters"', ''],
    ['the store', { kind: 'store_filling', subject: 'the store' }, 'href="/system"', ''],
  ] as const)('lists what is wrong, and leads to %s', async (_what, change, href, title) => {
    const wrong: CurrentFinding = {
      kind: 'destination_failing',
      subject: 'app',
      source: null,
      severity: 'warning',
      sinceMs: NOW_MS,
      evidence: 'app has had no success for 20 min',
      advice: ['Mend it.'],
      incident: null,
      ...change,
    }
    const findings = async () => [wrong]
    const there = newConsole({ INCIDENTS: incidentObjects({ findings }) })
    there.clock.nowMs = NOW_MS
    const html = await (await logIn(there, 'viewer')).someone.html('/')
    const part = html.slice(
      html.indexOf('<ul class="wrong">'),
      html.indexOf('</ul>', html.indexOf('<ul class="wrong">')),
    )
    expect(part).toContain(href)
    expect(textOf(part)).toContain(title)
    expect(textOf(part)).toContain('app has had no success for 20 min')
    expect(textOf(html)).not.toContain('Nothing is wrong')
  })

  it('reads only what is wrong with the sources of whoever looks', async () => {
    const asked: unknown[] = []
    const findings = async (sources: readonly string[] | null) => {
      asked.push(sources)
      return []
    }
    const there = newConsole({ INCIDENTS: incidentObjects({ findings }) })
    there.clock.nowMs = NOW_MS
    const { someone: limited } = await logIn(there, 'viewer', ['bare'])
    expect(await limited.text('/')).toContain('Nothing is wrong')
    expect(asked.at(-1)).toEqual(['bare'])
  })

  it('does not say that nothing is wrong if the watch does not answer', async () => {
    const failing = async (): Promise<never> => {
      throw new RangeError('it is down')
    }
    const there = newConsole({ INCIDENTS: incidentObjects({ findings: failing, status: failing }) })
    there.clock.nowMs = NOW_MS
    for (const sources of [undefined, ['bare']]) {
      const { someone: other } = await logIn(there, 'viewer', sources)
      const text = await other.text('/')
      expect(text).toMatch(/the watch does not answer|did not answer/)
      expect(text).not.toContain('Nothing is wrong')
    }
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
    expect(html).toContain('<a href="/activity?campaign=spring">')
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
