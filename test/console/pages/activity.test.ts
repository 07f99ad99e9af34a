/** Activity: its segments, filters and pages, and the same list as a file and as a command. */
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { consumeEvents, consumerDeps } from '../../support/consumer.ts'
import { NOON_MS, mailEvent } from '../../support/mail-events.ts'
import { emptyStore } from '../../support/store.ts'
import { barsOf } from '../../../src/console/pages/activity/bars.ts'
import { readCsv } from '../../../src/platform/csv.ts'
import { newConsole, store } from '../support.ts'
import { type Visitor, logIn, textOf, visitor } from './visitor.ts'

let someone: Visitor
const here = newConsole()

beforeAll(async () => {
  const deps = consumerDeps(await emptyStore())
  const events = Array.from({ length: 60 }, (_, nr) =>
    mailEvent({
      type: 'email.sent',
      atMs: NOON_MS + nr * 1_000,
      nr,
      campaign_id: nr < 2 ? "it's <spring>" : null,
      ...(nr === 0 ? { reason: '=HYPERLINK("https://evil.example")', tags: ['a', 'b'] } : {}),
      ...(nr === 59 ? { scope: 'list:<news>', automated: true, automated_by: 'esp' } : {}),
    }),
  )
  await consumeEvents(deps, await Promise.all(events))
  someone = visitor(here)
  await someone.enter()
})

const rowsOf = (html: string) => html.split('<tr').length - 2
const linksOf = (html: string, words: string): string[] =>
  [...html.matchAll(/<a href="([^"]*)"[^>]*>([^<]*)<\/a>/g)]
    .filter(([, , text]) => text === words)
    .map(([, href = '']) => href.replaceAll('&amp;', '&'))

describe('the list of events', () => {
  it.each([
    ['', 50],
    ['?rows=25', 25],
    ['?rows=100', 60],
    ['?rows=7', 50],
    ['?campaign=it%27s+%3Cspring%3E', 2],
    ['?campaign=it', 0],
  ])('%s has %i rows', async (query, rows) => {
    expect(rowsOf(await someone.html(`/activity?show=accepted${query.replace('?', '&')}`))).toBe(
      Math.max(rows, -1) || -1,
    )
  })

  it('says which span a page shows, and leads through all pages with its filters and size', async () => {
    let path = '/activity?rows=25&types=email.sent'
    const seen: number[] = []
    for (let pages = 0; pages < 3; pages++) {
      const html = await someone.html(path)
      seen.push(rowsOf(html))
      expect(html).toMatch(/25 rows|10 rows/)
      path = linksOf(html, 'Older')[0] ?? ''
    }
    expect([seen, path]).toEqual([[25, 25, 10], ''])
  })

  it('leads back page by page, and to the first', async () => {
    const cursorOf = (path = '') => new URL(path, 'https://x.example').searchParams.get('cursor')
    const first = await someone.html('/activity?rows=25')
    expect([linksOf(first, 'Newer'), linksOf(first, 'First page')]).toEqual([[], []])
    const second = linksOf(first, 'Older')[0] ?? ''
    const third = linksOf(await someone.html(second), 'Older')[0] ?? ''
    expect(linksOf(await someone.html(second), 'Newer')).toEqual(['/activity?rows=25'])
    const last = await someone.html(third)
    expect(cursorOf(linksOf(last, 'Newer')[0])).toBe(cursorOf(second))
    expect(linksOf(last, 'First page')).toEqual(['/activity?rows=25'])
  })

  it('remembers as many pages before as an address can hold', async () => {
    const cursors = Array.from({ length: 40 }, (_, nr) => `${nr}`.padStart(500, 'x'))
    const newer = cursors.slice(0, -1).join()
    const path = `/activity?show=accepted&rows=25&cursor=${cursors.at(-1)}&newer=${newer}`
    const older = new URL(linksOf(await someone.html(path), 'Older')[0] ?? '', 'https://x.example')
    expect(older.searchParams.get('newer')).toBe(cursors.slice(-15).join())
  })

  it.each([
    ['types=email.sent,email.opened', 50, ['Types: sent', 'Types: opened']],
    ['type=email.sent', 50, ['Types: sent']],
    ['types=email.opened&source=shop', -1, ['Source: shop', 'Types: opened']],
    ['tag=b', 1, ['Tag: b']],
    ['reason=hyperlink&mailbox=other', 1, ['Word of the server: hyperlink', 'Mailbox provider: other']],
  ])('is narrowed by %s', async (query, rows, chips) => {
    const html = await someone.html(`/activity?${query}`)
    expect(rowsOf(html)).toBe(rows)
    const [list = ''] = /<ul class="chips".*?<\/ul>/.exec(html) ?? []
    for (const chip of chips) expect(textOf(list)).toContain(`${chip} ×`)
  })

  it('is empty where no kind has all filters, and nothing failed', async () => {
    const text = await someone.text('/activity?types=email.sent&code=fault')
    expect(text).toContain('None match.')
    expect(text).not.toContain('The store did not answer')
  })

  it('drops one type of several by its chip', async () => {
    const html = await someone.html('/activity?types=email.sent&types=email.opened&show=accepted')
    expect(html).toContain('href="/activity?types=email.opened&amp;show=accepted"')
    expect(html).toContain('<a href="/activity?show=accepted">Clear all</a>')
  })

  it('names what narrows nothing', async () => {
    const text = await someone.text('/activity?recipient=nobody%40example.com&source=shop')
    expect(text).toContain('Narrows nothing here: recipient . A person is found by the search')
    expect(await someone.text('/activity?source=shop&from=now-1h')).not.toContain('Narrows nothing')
  })

  it('gives each row a name, and opens it beside the list', async () => {
    const [row = ''] = /<a class="row-link".*?<\/a>/.exec(await someone.html('/activity?show=accepted')) ?? []
    expect(row).toMatch(/href="\/d\/[0-9a-f]{44}" data-open="panel"/)
    expect(textOf(row)).toMatch(/sent, no-\d+@example.com|sent, ada@example.com/)
  })

  it('keeps the filters when the number of rows changes, and begins anew', async () => {
    const html = await someone.html('/activity?type=email.sent&rows=25&cursor=x')
    expect(linksOf(html, '100')).toEqual(['/activity?type=email.sent&rows=100'])
    expect(rowsOf(html)).toBe(25)
  })

  it('is given as a command and as a call, quoted for a shell', async () => {
    const html = await someone.html('/activity?campaign=it%27s+%3Cspring%3E&source=shop')
    expect(html).toContain('postern events list --source &#39;shop&#39; --campaign-id')
    expect(html).toContain('&#39;it&#39;\\&#39;&#39;s &lt;spring&gt;&#39;')
    expect(html).toContain(
      'https://console.example/api/events?source=shop&amp;campaign_id=it%27s+%3Cspring%3E',
    )
  })

  it('is given as a command in which nothing is hidden', async () => {
    const html = await someone.html('/activity?campaign=a%E2%80%AEb%27c%5C%00%F0%9F%A6%89')
    expect(html).toContain('$&#39;a\\U0000202eb\\&#39;c\\\\\\U00000000\\U0001f989&#39;')
  })
})

describe('the list in other forms', () => {
  const file = async (path: string, who = someone) => {
    const response = await who.get(path)
    expect(response.headers.get('content-disposition')).toMatch(/^attachment; filename="events\.(csv|json)"$/)
    return response.text()
  }

  it('is a CSV of what is narrowed, in which no cell is a formula', async () => {
    const csv = await file('/events/export.csv?campaign=it%27s+%3Cspring%3E&rows=25&cursor=x')
    const [head = [], ...rows] = (readCsv(csv) ?? []).map(({ cells }) => cells)
    const cell = (row: readonly string[] | undefined, name: string) => row?.[head.indexOf(name)]
    expect(rows.map((row) => cell(row, 'campaign_id'))).toEqual(["it's <spring>", "it's <spring>"])
    expect(cell(rows[1], 'reason')).toBe('\'=HYPERLINK("https://evil.example")')
    expect(cell(rows[1], 'tags')).toBe('["a","b"]')
    expect(cell(rows[1], 'metadata')).toBe('')
  })

  it.each([
    ['?type=email.sent', 60],
    ['?campaign=none', 0],
  ])('is JSON as the API answers it: %s', async (query, count) => {
    const { events, next_cursor } = JSON.parse(await file(`/events/export.json${query}`))
    expect([events.length, next_cursor]).toEqual([count, null])
  })

  it('names no address to a viewer', async () => {
    const viewer = (await logIn(here, 'viewer')).someone
    for (const ending of ['csv', 'json']) {
      expect(await file(`/events/export.${ending}`)).toContain('@example.com')
      expect(await file(`/events/export.${ending}`, viewer)).not.toContain('@')
    }
  })

  it.each(['reason=hyperlink', 'tag=b', 'mailbox=other'])(
    'is not narrowed for a viewer by %s',
    async (query) => {
      const viewer = (await logIn(here, 'viewer')).someone
      const html = await viewer.html(`/activity?show=accepted&rows=25&${query}`)
      expect([rowsOf(html), textOf(html)]).toEqual([25, expect.stringContaining('Narrows nothing here')])
      const { events } = JSON.parse(await file(`/events/export.json?type=email.sent&${query}`, viewer))
      expect(events.length).toBeGreaterThan(1)
    },
  )

  it('has the columns that the address chooses', async () => {
    const heads = async (query: string) =>
      [
        ...(await someone.html(`/activity?show=accepted${query.replace('?', '&')}`)).matchAll(
          /<th [^>]*>([^<]*)/g,
        ),
      ].map(([, label]) => label)
    expect(await heads('')).toEqual(['Time', 'What', 'Who', 'Source', 'Detail'])
    expect(await heads('?column=Campaign&column=What')).toEqual(['Time', 'What', 'Campaign'])
    const html = await someone.html('/activity?column=Campaign&rows=25')
    expect(html).toContain('name="column" value="Campaign" checked')
    expect(linksOf(html, 'Older')[0]).toContain('column=Campaign')
    expect(html).toMatch(/data-live="[^"]*column=Campaign/)
  })
})

it('says of an event what it holds for, and whether a machine did it', async () => {
  const [, id = ''] = /\/d\/([0-9a-f]{44})/.exec(await someone.html('/activity?show=accepted')) ?? []
  const path = `/d/${id}`
  const html = await someone.html(path)
  expect(html).toMatch(/Scope<\/dt><dd>(<[^>]*>)?list:&lt;news&gt;/)
  expect(html).toMatch(/By a machine<\/dt><dd>(<[^>]*>)?yes: the ESP says so/)
})

it('leads from an event back to the list as it was narrowed', async () => {
  const [, id = ''] = /\/d\/([0-9a-f]{44})/.exec(await someone.html('/activity?show=accepted')) ?? []
  const back = async (referer: string) => {
    const response = await someone.get(`/d/${id}`, { referer })
    return /<p class="back"><a href="([^"]*)"/.exec(await response.text())?.[1]
  }
  const list = 'https://console.example/activity'
  expect(await back(`${list}?types=email.sent&cursor=c&notice=x`)).toBe(
    '/activity?types=email.sent&amp;cursor=c',
  )
  for (const other of ['https://evil.example/activity?a=b', 'https://console.example/sources?a=b', 'x', list])
    expect(await back(other)).toBe('/activity')
})

it('offers a source that is not in the registry, while its events come', async () => {
  const event = await mailEvent({ type: 'email.sent', source: 'by-queue', atMs: Date.now(), nr: 0 })
  await consumeEvents(consumerDeps(store), [event])
  expect(await someone.html('/activity')).toContain('<option value="by-queue">')
})

it.each([
  ['/events?type=email.sent&from=now-1h', '/activity?show=accepted&type=email.sent&from=now-1h'],
  ['/refusals?source=shop&code=fault', '/activity?show=refused&source=shop&code=fault'],
  ['/quarantine?problem=item_unreadable', '/activity?show=quarantined&problem=item_unreadable'],
  ['/dead-letters?why=store_failed', '/activity?show=gave-up&why=store_failed'],
])('%s leads to its segment', async (path, to) => {
  const response = await someone.get(path)
  expect([response.status, response.headers.get('location')]).toEqual([301, to])
})

describe('the bars', () => {
  const NOW = Date.UTC(2026, 5, 3, 14, 30)
  const HOUR = 3_600_000
  const at = (ms: number) => new Date(ms).toISOString().slice(5, 16)

  it.each([
    ['a day is 24 bars and the hour that runs', NOW - 24 * HOUR, NOW, ['06-02T14:00', HOUR, 25]],
    ['an hour has the day around it', NOW - 9 * HOUR, NOW - 8 * HOUR, ['06-02T12:00', HOUR, 25]],
    ['the last quarter of an hour has the day before it', NOW - HOUR / 4, NOW, ['06-02T14:00', HOUR, 25]],
    ['a week has bars of six hours', NOW - 168 * HOUR, NOW, ['05-27T12:00', 6 * HOUR, 29]],
    ['a year is cut to its last week', NOW - 8_760 * HOUR, NOW, ['05-27T12:00', 6 * HOUR, 29]],
  ])('%s', (_what, fromMs, toMs, drawn) => {
    const { firstMs, stepMs, count } = barsOf({ fromMs, toMs }, NOW)
    expect([at(firstMs), stepMs, count]).toEqual(drawn)
  })

  it('count what was accepted and refused, of a source and of types', async () => {
    const now = here.clock.nowMs
    const events = [
      mailEvent({ type: 'email.sent', source: 'counted', atMs: now, nr: 0 }),
      mailEvent({ type: 'email.bounced', bounce_type: 'hard', source: 'counted', atMs: now, nr: 1 }),
    ]
    await consumeEvents(consumerDeps(store), await Promise.all(events))
    const count = { minute: Math.floor(now / 60_000), source: 'counted', network: '192.0.2.0/24', code: 'fault', count: 7 } // prettier-ignore
    await env.REFUSALS.getByName('refusals').report({ counts: [count], latest: [] })
    const summed = async (query: string) =>
      /By the hour: ([^"]*)/.exec(await someone.html(`/activity?source=counted&${query}`))?.[1]
    expect(await summed('')).toBe('2 accepted, 7 refused')
    expect(await summed('show=accepted&types=email.bounced')).toBe('1 accepted')
    expect(await summed('types=email.bounced')).toBe('1 accepted')
    expect(await summed('type=email.bounced')).toBe('1 accepted')
    expect(await someone.text('/activity?source=counted&types=email.bounced')).toMatch(/bounced, hard/)
    expect(await summed('network=192.0.2.0/24')).toBe('7 refused')
    expect(await someone.text('/activity?source=counted')).toMatch(/All Accepted 2 Refused 7 /)
    const before = '&from=now-9h&to=now-8h'
    expect(await someone.text(`/activity?source=counted${before}`)).toMatch(/All Accepted 0 Refused 0 /)
    expect(await summed('code=path_unknown')).toBe('0 refused')
    expect(await someone.text('/activity?source=counted&tag=a')).toContain('without the other filters')
  })
})
