/** The search: where each name leads, and to whom. */
import { beforeAll, describe, expect, it } from 'vitest'
import { listEvents } from '../../../src/store/events.ts'
import { consumeEvents, consumerDeps } from '../../support/consumer.ts'
import { NOON_MS, mailEvent } from '../../support/mail-events.ts'
import { emptyStore } from '../../support/store.ts'
import { ensureSources } from '../credentials.ts'
import { newConsole, store } from '../support.ts'
import { logIn } from './visitor.ts'

const here = newConsole()
type Someone = Awaited<ReturnType<typeof logIn>>
let operator: Someone
let viewer: Someone
let limited: Someone
let eventId: string

beforeAll(async () => {
  const deps = consumerDeps(await emptyStore())
  const sent = { type: 'email.sent', atMs: NOON_MS } as const
  for (const source of ['shop', 'news'])
    await consumeEvents(deps, [
      await mailEvent({
        ...sent,
        source,
        message_id: `id-of-${source}@mail.example`,
        campaign_id: `spring sale/${source}`,
      }),
    ])
  eventId = (await listEvents(store, { limit: 1 }, here.clock.nowMs)).events[0]?.id ?? ''
  await ensureSources(here, ['shop', 'news'])
  operator = await logIn(here, 'operator')
  viewer = await logIn(here, 'viewer')
  limited = await logIn(here, 'operator', ['news'])
})

const search = async ({ someone, form_token }: Someone, q: string) =>
  someone.post('/search', { form_token, q })

const target = async (who: Someone, q: string) => (await search(who, q)).headers.get('location')

describe('the search leads', () => {
  it.each([
    ['Incident 42', '/incidents/42'],
    ['#42', '/incidents/42'],
    ['req_00000000000000000000000a', '/requests/req_00000000000000000000000a'],
    ['shop', '/sources/shop'],
    ['id-of-shop@mail.example', '/messages/shop/id-of-shop%40mail.example'],
    ['<id-of-shop@mail.example>', '/messages/shop/%3Cid-of-shop%40mail.example%3E'],
    ['spring sale/shop', '/events?campaign=spring+sale%2Fshop'],
  ])('from %s to its page', async (q, location) => {
    expect(await target(operator, ` ${q} `)).toBe(location)
    expect((await operator.someone.get(location)).status).not.toBe(500)
  })

  it('from an event’s id to the event, and from a message to its events', async () => {
    expect(await target(operator, eventId)).toBe(`/events/${eventId}`)
    for (const id of ['id-of-shop@mail.example', '<id-of-shop@mail.example>'])
      expect((await operator.someone.get((await target(operator, id)) ?? '')).status).toBe(200)
  })

  it('from an address to a person, without the address in the URL', async () => {
    expect(await target(operator, 'Ada@Example.com')).toMatch(/^\/people\/[0-9a-f]{32}$/)
  })
})

describe('the search finds nothing', () => {
  it('of whom a viewer or a limited token may not see, and puts no address into a URL', async () => {
    for (const who of [viewer, limited]) {
      const response = await search(who, 'ada@example.com')
      expect(response.status).toBe(404)
      expect(await response.text()).toContain('takes the role operator')
    }
  })

  it.each(['shop', 'id-of-shop@mail.example', 'spring sale/shop'])(
    'of other sources: %s as if it were not there',
    async (q) => {
      const [response, unknown] = await Promise.all([search(limited, q), search(limited, `${q}x`)])
      expect([response.status, unknown.status]).toEqual([404, 404])
      const own = q.replace('shop', 'news')
      expect(await target(limited, own)).not.toBeNull()
    },
  )

  it('and shows the words as text', async () => {
    const response = await search(operator, '<script>\u202E')
    expect([response.status, await response.text()]).toEqual([
      404,
      expect.stringMatching(/&lt;script&gt;.*U\+202E/s),
    ])
  })
})
