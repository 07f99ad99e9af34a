/** The list of events: its filters, pages, and the same list as a command. */
import { beforeAll, describe, expect, it } from 'vitest'
import { consumeEvents, consumerDeps } from '../../support/consumer.ts'
import { NOON_MS, mailEvent } from '../../support/mail-events.ts'
import { emptyStore } from '../../support/store.ts'
import { readCsv } from '../../../src/platform/csv.ts'
import { newConsole, store } from '../support.ts'
import { type Visitor, logIn, visitor } from './visitor.ts'

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
    expect(rowsOf(await someone.html(`/events${query}`))).toBe(Math.max(rows, -1) || -1)
  })

  it('says which span a page shows, and leads through all pages with its filters and size', async () => {
    let path = '/events?rows=25&type=email.sent'
    const seen: number[] = []
    for (let pages = 0; pages < 3; pages++) {
      const html = await someone.html(path)
      seen.push(rowsOf(html))
      expect(html).toMatch(/25 rows|10 rows/)
      path = linksOf(html, 'Older')[0] ?? ''
    }
    expect([seen, path]).toEqual([[25, 25, 10], ''])
  })

  it('keeps the filters when the number of rows changes, and begins anew', async () => {
    const html = await someone.html('/events?type=email.sent&rows=25&cursor=x')
    expect(linksOf(html, '100')).toEqual(['/events?type=email.sent&rows=100'])
    expect(rowsOf(html)).toBe(25)
  })

  it('is given as a command and as a call, quoted for a shell', async () => {
    const html = await someone.html('/events?campaign=it%27s+%3Cspring%3E&source=shop')
    expect(html).toContain('postern events list --source &#39;shop&#39; --campaign-id')
    expect(html).toContain('&#39;it&#39;\\&#39;&#39;s &lt;spring&gt;&#39;')
    expect(html).toContain(
      'https://console.example/api/events?source=shop&amp;campaign_id=it%27s+%3Cspring%3E',
    )
  })

  it('is given as a command in which nothing is hidden', async () => {
    const html = await someone.html('/events?campaign=a%E2%80%AEb%27c%5C%00%F0%9F%A6%89')
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

  it('has the columns that the address chooses', async () => {
    const heads = async (query: string) =>
      [...(await someone.html(`/events${query}`)).matchAll(/<th [^>]*>([^<]*)/g)].map(([, label]) => label)
    expect(await heads('')).toEqual(['When', 'Event', 'Recipient', 'Source', 'Detail'])
    expect(await heads('?column=Campaign&column=Event')).toEqual(['When', 'Event', 'Campaign'])
    const html = await someone.html('/events?column=Campaign&rows=25')
    expect(html).toContain('name="column" value="Campaign" checked')
    expect(linksOf(html, 'Older')[0]).toContain('column=Campaign')
    expect(html).toMatch(/data-live="[^"]*column=Campaign/)
  })
})

it('says of an event what it holds for, and whether a machine did it', async () => {
  const [path = ''] = /\/d\/[0-9a-f]{44}/.exec(await someone.html('/events')) ?? []
  const html = await someone.html(path)
  expect(html).toMatch(/Scope<\/dt><dd>(<[^>]*>)?list:&lt;news&gt;/)
  expect(html).toMatch(/Done by a machine<\/dt><dd>(<[^>]*>)?Yes, as the ESP says/)
})

it('leads from an event back to the list as it was narrowed', async () => {
  const back = async (referer: string) => {
    const path = /href="(\/d\/[0-9a-f]+)"/.exec(await someone.html('/events'))?.[1] ?? ''
    const response = await someone.get(path, { referer })
    return /<p class="back"><a href="([^"]*)"/.exec(await response.text())?.[1]
  }
  const list = 'https://console.example/events'
  expect(await back(`${list}?type=email.sent&cursor=c&notice=x`)).toBe('/events?type=email.sent&amp;cursor=c')
  for (const other of ['https://evil.example/events?a=b', 'https://console.example/sources?a=b', 'x', list])
    expect(await back(other)).toBe('/events')
})

it('offers a source that is not in the registry, while its events come', async () => {
  const event = await mailEvent({ type: 'email.sent', source: 'by-queue', atMs: Date.now(), nr: 0 })
  await consumeEvents(consumerDeps(store), [event])
  expect(await someone.html('/events')).toContain('<option value="by-queue">')
})
