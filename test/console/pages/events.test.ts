/** The list of events: its filters, pages, and the same list as a command. */
import { beforeAll, describe, expect, it } from 'vitest'
import { consumeEvents, consumerDeps } from '../../support/consumer.ts'
import { NOON_MS, mailEvent } from '../../support/mail-events.ts'
import { emptyStore } from '../../support/store.ts'
import { newConsole } from '../support.ts'
import { type Visitor, visitor } from './visitor.ts'

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
