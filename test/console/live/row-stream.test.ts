/** The stream of the live list: rows as HTML, a sample if there are many. */
import { EventSourceParserStream } from 'eventsource-parser/stream'
import { beforeEach, describe, expect, it } from 'vitest'
import { type LiveRows, ROWS_MAX } from '../../../src/console/live/row-stream.ts'
import { STORE_MAX_MS } from '../../../src/console/pages/gate.tsx'
import { consumeEvents, consumerDeps } from '../../support/consumer.ts'
import { NOON_MS, type SimulatedEvent, mailEvent } from '../../support/mail-events.ts'
import { emptyStore } from '../../support/store.ts'
import { type Visitor, logIn, textOf, visitor } from '../pages/visitor.ts'
import { type TestConsole, newConsole } from '../support.ts'

let here: TestConsole
let deps: ReturnType<typeof consumerDeps>
let someone: Visitor
beforeEach(async () => {
  deps = consumerDeps(await emptyStore())
  here = newConsole()
  someone = visitor(here)
  await someone.enter()
})

let nr = 0
async function arrive(count: number, event: Partial<SimulatedEvent> = {}): Promise<void> {
  const events = Array.from({ length: count }, () =>
    mailEvent({ type: 'email.sent', atMs: NOON_MS + ++nr, nr, recipient: `no-${nr}@example.com`, ...event }),
  )
  await consumeEvents(deps, await Promise.all(events))
}

/** The stream that a page of the list names. */
async function streamOn(who: Visitor, path: string): Promise<string> {
  const [, stream = ''] = /data-live="([^"]*)"/.exec(await who.html(path)) ?? []
  return stream.replaceAll('&amp;', '&')
}

async function follow(who: Visitor, path: string) {
  const response = await who.get(path)
  expect(response.headers.get('content-type')).toBe('text/event-stream')
  expect(response.headers.get('cache-control')).toBe('no-store')
  const reader = (response.body as ReadableStream<Uint8Array>)
    .pipeThrough(new TextDecoderStream(), { preventCancel: true })
    .pipeThrough(new EventSourceParserStream())
    .getReader()
  return {
    async next() {
      const { value } = await reader.read()
      return { ...(JSON.parse(value?.data ?? '{}') as LiveRows), id: value?.id ?? '' }
    },
    close: () => reader.cancel(),
  }
}

const namesIn = ({ rows }: LiveRows): readonly string[] =>
  rows.map((row) => /no-\d+@example\.com/.exec(textOf(row))?.[0] ?? textOf(row))

describe('the live list', () => {
  it('brings what came after the page, as rows of the same form', async () => {
    await arrive(2)
    const path = await streamOn(someone, '/activity')
    await arrive(1, { reason: '<b>no</b>' })
    const stream = await follow(someone, path)
    const message = await stream.next()
    await stream.close()
    expect(namesIn(message)).toEqual([`no-${nr}@example.com`])
    expect(message).toMatchObject({ perSecond: null, isCut: false })
    const [row = ''] = message.rows
    expect(row).toContain('&lt;b&gt;no&lt;/b&gt;')
    expect(await someone.html('/activity')).toContain(
      row.replaceAll(/>\d+ \w+ ago</g, '>180 days ago<').slice(-200),
    )
  })

  it('goes on for longer than a page waits for the store', async () => {
    const stream = await follow(someone, await streamOn(someone, '/activity'))
    expect(namesIn(await stream.next())).toEqual([])
    await new Promise((resolve) => setTimeout(resolve, STORE_MAX_MS + 100))
    await arrive(1)
    let names = namesIn(await stream.next())
    while (names.length === 0) names = namesIn(await stream.next())
    expect(names).toEqual([`no-${nr}@example.com`])
    await stream.close()
  })

  it('goes on behind the last message, and is narrowed as the page', async () => {
    const path = await streamOn(someone, '/activity?type=email.bounced&source=shop&from=now-1h')
    await arrive(1, { type: 'email.bounced', bounce_type: 'hard' })
    await arrive(1)
    await arrive(1, { type: 'email.bounced', bounce_type: 'hard', source: 'news' })
    const first = await follow(someone, path)
    const { rows, id } = await first.next()
    await first.close()
    expect(rows).toHaveLength(1)
    await arrive(1, { type: 'email.bounced', bounce_type: 'hard' })
    const again = new URL(path, 'https://console.example')
    again.searchParams.set('after', id)
    const second = await follow(someone, `${again.pathname}${again.search}`)
    expect(namesIn(await second.next())).toEqual([`no-${nr}@example.com`])
    await second.close()
  })

  it('is a sample of many, spread evenly and with the newest, and says how many came', async () => {
    const path = await streamOn(someone, '/activity')
    for (let i = 0; i < 5; i++) await arrive(100)
    const stream = await follow(someone, path)
    const message = await stream.next()
    await stream.close()
    expect(message).toMatchObject({ perSecond: 500, isCut: false })
    expect(message.rows).toHaveLength(ROWS_MAX)
    expect(namesIn(message).at(-1)).toBe(`no-${nr}@example.com`)
    expect(new Set(message.rows).size).toBe(ROWS_MAX)
  })

  it('skips what is too much to look at', async () => {
    const path = await streamOn(someone, '/activity')
    for (let i = 0; i < 5; i++) await arrive(500)
    const stream = await follow(someone, path)
    expect(await stream.next()).toMatchObject({ perSecond: expect.any(Number), isCut: true })
    await arrive(1)
    expect(namesIn(await stream.next())).toEqual([`no-${nr}@example.com`])
    await stream.close()
  })

  it.each([
    '/activity?message=m-1',
    '/activity?show=refused',
    '/activity?reason=550',
    '/activity?request=req_00000000000000000000000a',
    '/activity?campaign=spring',
    '/activity?from=2026-01-01T00:00Z',
    '/activity?to=2026-01-01T00:00Z',
  ])('is not offered on %s', async (path) => {
    expect(await streamOn(someone, path)).toBe('')
  })

  it('shows a viewer no address, and a limited token no other source', async () => {
    const viewer = (await logIn(here, 'viewer')).someone
    const limited = (await logIn(here, 'operator', ['news'])).someone
    const paths = [await streamOn(viewer, '/activity'), await streamOn(limited, '/activity')] as const
    await arrive(1)
    await arrive(1, { source: 'news' })
    const [ofViewer, ofLimited] = [await follow(viewer, paths[0]), await follow(limited, paths[1])]
    const [seen, own] = [await ofViewer.next(), await ofLimited.next()]
    await Promise.all([ofViewer.close(), ofLimited.close()])
    expect(seen.rows).toHaveLength(2)
    expect(seen.rows.join('')).not.toContain('@example.com')
    expect(own.rows).toHaveLength(1)
  })

  it('needs a session, and waits for a place if too many are open', async () => {
    expect((await visitor(here).get('/events/stream')).status).toBe(303)
    for (let i = 0; i < 20; i++) await someone.get('/events/stream')
    expect(await (await someone.get('/events/stream')).text()).toContain('event: full')
  })
})
