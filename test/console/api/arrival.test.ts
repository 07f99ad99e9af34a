/** `GET /api/events?order=arrival`: for those who poll. */
import { beforeEach, describe, expect, it } from 'vitest'
import type { MailEvent } from '../../../src/event/mail-event.ts'
import { consumeEvents, consumerDeps } from '../../support/consumer.ts'
import { DAY_MS, NOON_MS, type SimulatedEvent, mailEvent } from '../../support/mail-events.ts'
import { idsFor } from '../../support/queue.ts'
import { emptyStore } from '../../support/store.ts'
import { holder } from '../credentials.ts'
import { type TestConsole, newConsole } from '../support.ts'

let here: TestConsole
beforeEach(async () => {
  deps = consumerDeps(await emptyStore())
  here = newConsole()
})

let deps: ReturnType<typeof consumerDeps>
let nr = 0
/** Stores events of one delivery; the first of them happened on that day. */
async function arrive(...events: Partial<SimulatedEvent>[]): Promise<MailEvent[]> {
  const all = await Promise.all(
    events.map((event) => mailEvent({ type: 'email.sent', atMs: NOON_MS, nr: ++nr, ...event })),
  )
  await consumeEvents(deps, all)
  return all
}

interface Page {
  readonly ids: readonly string[]
  readonly next: string
}

type Send = (method: string, path: string) => Promise<{ status: number; json: Record<string, unknown> }>

async function page(query = '', send: Send = here.api): Promise<Page> {
  const { status, json } = await send('GET', `/api/events?order=arrival${query}`)
  expect({ status, json }).toMatchObject({ status: 200, json: { next_cursor: expect.any(String) } })
  return { ids: (json['events'] as MailEvent[]).map(({ id }) => id), next: String(json['next_cursor']) }
}

const idsOf = (events: readonly MailEvent[]): string[] => events.map(({ id }) => id)
const sorted = (ids: readonly string[]): string[] => ids.toSorted()

describe('events in the order of arrival', () => {
  it('are read from the oldest on, page by page, each once', async () => {
    const first = await arrive({}, {}, {})
    const second = await arrive({}, {})
    const seen: string[] = []
    let after = ''
    for (;;) {
      const { ids, next } = await page(`&limit=2${after}`)
      if (ids.length === 0) break
      expect(ids.length).toBeLessThanOrEqual(2)
      seen.push(...ids)
      after = `&after=${next}`
    }
    expect(sorted(seen.slice(0, 3))).toEqual(sorted(idsOf(first)))
    expect(sorted(seen.slice(3))).toEqual(sorted(idsOf(second)))
  })

  it('are found by the last cursor, however late they happened', async () => {
    await arrive({ atMs: NOON_MS })
    const { next } = await page()
    expect(await page(`&after=${next}`)).toEqual({ ids: [], next })
    const [late] = await arrive({ atMs: NOON_MS - 300 * DAY_MS })
    const found = await page(`&after=${next}`)
    expect(found.ids).toEqual([late?.id])
    expect((await page(`&after=${found.next}`)).ids).toEqual([])
  })

  it('are none after now, but those that come then', async () => {
    await arrive({})
    const { ids, next } = await page('&after=now')
    expect(ids).toEqual([])
    const then = await arrive({})
    expect((await page(`&after=${next}`)).ids).toEqual(idsOf(then))
    expect((await page('&after=oldest')).ids).toHaveLength(2)
  })

  it('in an empty store have a cursor, too', async () => {
    const { next } = await page()
    const then = await arrive({})
    expect((await page(`&after=${next}`)).ids).toEqual(idsOf(then))
  })

  it('come by source and type, and the cursor goes past the others', async () => {
    const [wanted] = await arrive({ type: 'email.bounced' })
    await arrive({ type: 'email.opened' }, { type: 'email.opened' })
    await arrive({ type: 'email.bounced', source: 'news' })
    const filtered = await page('&type=email.bounced&source=shop')
    expect(filtered.ids).toEqual([wanted?.id])
    expect((await page(`&after=${filtered.next}`)).ids).toEqual([])
    expect((await page('&type=email.bounced')).ids).toHaveLength(2)
    expect((await page('&source=nobody')).ids).toEqual([])
  })

  it('are cut where a page of wanted ones is full', async () => {
    const all = await arrive({}, {}, {}, {}, {})
    const first = await page('&source=shop&limit=2')
    const rest = await page(`&source=shop&after=${first.next}`)
    expect(first.ids).toHaveLength(2)
    expect(sorted([...first.ids, ...rest.ids])).toEqual(sorted(idsOf(all)))
  })

  it('are those of its own sources to a token, without what is personal to a viewer', async () => {
    const [own] = await arrive({ source: 'own' })
    await arrive({ source: 'foreign' })
    const { send } = await holder(here, 'viewer', ['own'])
    expect((await page('', send)).ids).toEqual([await idsFor('viewers').of(own?.id ?? '')])
    expect((await page('&source=foreign', send)).ids).toEqual([])
    const { json } = await send('GET', '/api/events?order=arrival')
    expect(json['events']).toMatchObject([{ recipient: null }])
  })

  it.each([
    ['order=chaos', 'order'],
    ['after=now', 'after'],
    ['order=time&after=oldest', 'after'],
    ['order=arrival&after=MTIzNC5hYmM', 'after'],
    ['order=arrival&after=', 'after'],
    ['order=arrival&limit=0', 'limit'],
    ['order=arrival&cursor=MTIzNC5hYmM', 'cursor'],
    ['order=arrival&recipient=ada%40example.com', 'recipient'],
    ['order=arrival&message_id=m-1', 'message_id'],
    ['order=arrival&since=2026-01-01T00:00:00Z', 'since'],
    ['order=arrival&type=email.read', 'type'],
  ])('by %s are refused', async (query, path) => {
    const { status, json } = await here.api('GET', `/api/events?${query}`)
    expect({ status, json }).toMatchObject({
      status: 400,
      json: { code: 'parameter_invalid', problems: [{ path }] },
    })
  })
})
