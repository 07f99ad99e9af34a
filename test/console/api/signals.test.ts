import { beforeAll, describe, expect, it } from 'vitest'
import { watcherOf } from '../../../src/watch/watchers/watcher-of.ts'
import { point, watcherObjects } from '../../support/watchers.ts'
import { holder } from '../credentials.ts'
import { migrate, newConsole } from '../support.ts'

const NOW_MS = Date.UTC(2026, 10, 27, 12)
const NOW = NOW_MS / 60_000
const DAY = 1_440

beforeAll(async () => {
  await migrate()
  const document = { provider: 'generic', secrets: { hmac: 'secret-of-the-signals-test' } }
  for (const name of ['own', 'foreign']) await newConsole().api('PUT', `/api/sources/${name}`, document)
})

function consoleWith(objects: ReturnType<typeof watcherObjects>) {
  const here = newConsole({ SOURCE_WATCHERS: objects })
  here.clock.nowMs = NOW_MS
  return here
}

it('answers what the watch saw', async () => {
  const refused = { signature_wrong: 5, too_old: 1 }
  const signals = { accepted: 7, events: { 'email.bounced': 2 }, lagSeconds: 4, refused }
  const here = consoleWith(watcherObjects([point(NOW - 5, signals, { score: 0.4 }), point(NOW - 4, {})]))
  const { json } = await here.api('GET', '/api/sources/own/signals')
  expect(json['signals']).toMatchObject([
    {
      at: '2026-11-27T11:55:00.000Z',
      minutes: 1,
      accepted: 7,
      events: { 'email.bounced': 2 },
      refused,
      lag_seconds: 4,
      score: 0.4,
    },
    { accepted: 0, refused: {}, lag_seconds: null, body_bytes: null, score: null },
  ])
})

describe('the span', () => {
  it.each([
    ['', NOW - DAY, NOW, 'minute'],
    ['?by=hour', NOW - 28 * DAY, NOW, 'hour'],
    ['?since=2026-11-27T11:00:30Z&until=2026-11-27T11:30:30Z', NOW - 60, NOW - 29, 'minute'],
    ['?since=2020-01-01T00:00:00Z', NOW - 4 * DAY, NOW, 'minute'],
    ['?since=2020-01-01T00:00:00Z&by=hour', NOW - 100 * DAY, NOW, 'hour'],
  ])('of %s', async (query, since, until, by) => {
    const objects = watcherObjects()
    await consoleWith(objects).api('GET', `/api/sources/own/signals${query}`)
    expect(objects.calls).toEqual([[watcherOf('own'), 'own', since, until, by]])
  })

  it.each(['?by=day', '?since=yesterday', '?until=1'])('is not read from %s', async (query) => {
    expect((await newConsole().api('GET', `/api/sources/own/signals${query}`)).status).toBe(400)
  })
})

it('of an unknown source is 404, and of an object that is down 503', async () => {
  const objects = watcherObjects()
  expect((await consoleWith(objects).api('GET', '/api/sources/none/signals')).status).toBe(404)
  expect(objects.calls).toEqual([])
  const down = await consoleWith(watcherObjects(null)).api('GET', '/api/sources/own/signals')
  expect(down.status).toBe(503)
})

it('of another source is hidden from a token for one', async () => {
  const { send } = await holder(consoleWith(watcherObjects()), 'viewer', ['own'])
  expect((await send('GET', '/api/sources/own/signals')).status).toBe(200)
  expect((await send('GET', '/api/sources/foreign/signals')).status).toBe(404)
})
