/** The page of deliverability. */
import { expect, it } from 'vitest'
import { consumeEvents, consumerDeps } from '../../support/consumer.ts'
import { mailEvent } from '../../support/mail-events.ts'
import { emptyStore } from '../../support/store.ts'
import { newConsole } from '../support.ts'
import { meaningOf } from '../../../src/event/cause/causes.ts'
import { logIn, visitor } from './visitor.ts'

it.each(['All', '\n', '', 'all others'])(
  'shows a campaign named %j as a campaign, and all in one more row',
  async (campaign) => {
    const here = newConsole()
    const deps = consumerDeps(await emptyStore(), { nowMs: () => here.clock.nowMs })
    const campaigns = [campaign, 'news']
    await consumeEvents(
      deps,
      await Promise.all(
        campaigns.map((one, nr) =>
          mailEvent({ type: 'email.delivered', atMs: here.clock.nowMs, nr, campaign_id: one }),
        ),
      ),
    )
    const someone = visitor(here)
    await someone.enter()
    const html = await someone.html('/deliverability?by=campaign')
    expect(html.match(/<strong>All<\/strong>/g)).toHaveLength(1)
    if (campaign !== '')
      expect(html).toContain(`show=accepted&amp;${new URLSearchParams({ campaign }).toString()}&amp;from=`)
  },
)

it.each([
  [[true, false, null], 'Opens by people, of', / 66.7 %<.*> 33.3 %|100 %/s, false],
  [[true, null, null], 'Opens by people, at most, of', /at most 66.7 %/, true],
])('says how many opens are those of people: %o', async (automated, title, share, isAtMost) => {
  const here = newConsole()
  const deps = consumerDeps(await emptyStore(), { nowMs: () => here.clock.nowMs })
  const change = { atMs: here.clock.nowMs, recipient: 'ada@gmail.com' }
  await consumeEvents(
    deps,
    await Promise.all([
      ...automated.map((one, nr) => mailEvent({ ...change, type: 'email.opened', automated: one, nr })),
      ...automated.map((_, nr) => mailEvent({ ...change, type: 'email.delivered', nr: 10 + nr })),
    ]),
  )
  const someone = visitor(here)
  await someone.enter()
  const html = await someone.html('/deliverability')
  expect(html).toContain(title)
  const [, table = ''] = html.split('id="people"')
  expect(table).toMatch(share)
  expect(table.includes('at most ')).toBe(isAtMost)
})

it('draws rates by day with the limit of complaints, and leads from each number to its events', async () => {
  const here = newConsole()
  const deps = consumerDeps(await emptyStore(), { nowMs: () => here.clock.nowMs })
  const events = [
    ['email.delivered', 'large'],
    ['email.opened', 'large'],
    ['email.clicked', 'large'],
    ['email.delivered', 'bad'],
    ['email.spam_reported', 'bad'],
  ] as const
  await consumeEvents(
    deps,
    await Promise.all(
      events.map(([type, campaign_id], nr) =>
        mailEvent({ type, campaign_id, atMs: here.clock.nowMs, nr, recipient: `p${nr}@example.com` }),
      ),
    ),
  )
  const someone = visitor(here)
  await someone.enter()
  const campaignsOf = async (query: string) =>
    [...((await someone.html(`/deliverability?by=campaign${query}`)).split('id="people"')[0] ?? '').matchAll(/<bdi>(large|bad)<\/bdi>/g)].map(([, name]) => name) // prettier-ignore
  expect(await campaignsOf('')).toEqual(['large', 'bad'])
  expect(await campaignsOf('&sort=complaints')).toEqual(['bad', 'large'])
  const html = await someone.html('/deliverability?by=campaign')
  expect(html).toMatch(/<path class="limit".*limit of Gmail and Yahoo, 0\.3 %/s)
  expect(html).toMatch(/campaign=bad&amp;types=email\.spam_reported&amp;from=[^"]+">1</)
})

it('leads to the whole last day, and to no events by a name of a campaign that was cut', async () => {
  const here = newConsole()
  const deps = consumerDeps(await emptyStore(), { nowMs: () => here.clock.nowMs })
  const campaigns = ['short', 'c'.repeat(101)]
  await consumeEvents(
    deps,
    await Promise.all(
      campaigns.map((campaign_id, nr) =>
        mailEvent({ type: 'email.delivered', atMs: here.clock.nowMs, nr, campaign_id }),
      ),
    ),
  )
  const someone = visitor(here)
  await someone.enter()
  const html = await someone.html('/deliverability?by=campaign')
  const tomorrow = new Date(here.clock.nowMs + 86_400_000).toISOString().slice(0, 10)
  expect(html).toContain(`&amp;to=${tomorrow}T00%3A00%3A00Z`)
  expect(html).toContain(`<bdi>${'c'.repeat(100)}</bdi>`)
  expect(html).toContain('campaign=short&amp;')
  expect(html).not.toContain('campaign=ccc')
})

it('leads a viewer to no events by mailbox provider, which the address tells', async () => {
  const here = newConsole()
  const deps = consumerDeps(await emptyStore(), { nowMs: () => here.clock.nowMs })
  await consumeEvents(deps, [
    await mailEvent({ type: 'email.delivered', atMs: here.clock.nowMs, recipient: 'ada@gmail.com' }),
  ])
  const PATH = '/deliverability?by=mailbox_provider'
  const link = 'mailbox=gmail'
  const operator = (await logIn(here, 'operator')).someone
  expect(await operator.html(PATH)).toContain(link)
  expect(await operator.html(`/activity?show=accepted&${link}`)).toContain('href="/d/')
  const { someone } = await logIn(here, 'viewer')
  const html = await someone.html(PATH)
  expect(html).toContain('<bdi>gmail</bdi>')
  expect(html).not.toContain(link)
  expect(await someone.html(`/activity?show=accepted&${link}`)).toContain('Narrows nothing here')
})

it('says what each cause means, and leads from each number of it to its events', async () => {
  const here = newConsole()
  const deps = consumerDeps(await emptyStore(), { nowMs: () => here.clock.nowMs })
  const failures = [
    ['email.bounced', 'reputation', 'ada@outlook.com', 'spring'],
    ['email.bounced', 'reputation', 'bob@outlook.com', 'spring'],
    ['email.bounced', 'reputation', 'eve@gmail.com', 'news'],
    ['email.bounced', null, 'eve@gmail.com', 'news'],
    ['email.deferred', 'reputation', 'eve@gmail.com', 'news'],
    ['email.delivered', null, 'eve@gmail.com', 'spring'],
  ] as const
  await consumeEvents(
    deps,
    await Promise.all(
      failures.map(([type, cause, recipient, campaign_id], nr) =>
        mailEvent({ type, cause, recipient, campaign_id, source: 'shop', atMs: here.clock.nowMs, nr }),
      ),
    ),
  )
  const someone = visitor(here)
  await someone.enter()
  const html = await someone.html('/deliverability?by=cause&source=shop')
  expect(html).toContain(meaningOf('reputation').means)
  const cells = [
    ...html.matchAll(/href="(\/activity\?show=accepted&amp;source=shop&amp;cause=[^"]+)">([0-9]+)</g),
  ]
  const shown = cells.map(([, href = '', count]) => [new URL(href.replaceAll('&amp;', '&'), 'https://console.example.com'), count] as const) // prettier-ignore
  expect(
    shown.map(([{ searchParams: of }, count]) => [
      of.get('mailbox') ?? of.get('campaign'),
      of.get('types'),
      count,
    ]),
  ).toEqual([
    [null, 'email.bounced', '3'],
    [null, 'email.deferred', '1'],
    ['outlook', 'email.bounced', '2'],
    ['gmail', 'email.bounced', '1'],
    ['gmail', 'email.deferred', '1'],
    ['spring', 'email.bounced', '2'],
    ['news', 'email.bounced', '1'],
    ['news', 'email.deferred', '1'],
  ])
  for (const [url, count] of shown) {
    const list = await someone.html(url.pathname + url.search)
    expect(list.match(/class="row-link"/g)).toHaveLength(Number(count))
  }
})
