import { expect, it } from 'vitest'
import { fakeConsole } from './fake-console.ts'
import { run } from './run.ts'

const EVENT = {
  occurred_at: '2026-06-02T10:00:00.000Z',
  source: 'shop',
  type: 'email.bounced',
  recipient: 'ada@example.com',
  message_id: 'm-1',
  bounce_type: null,
  reject_reason: null,
  reason: null,
}

const SINCE = '2026-05-01T00:00:00.001Z'

const answers = {
  'GET /api/events': [200, {}] as [number, object],
  'GET /api/messages': [200, { states: [], history_since: SINCE }] as [number, object],
}
const { environment } = fakeConsole(answers, [404])

it.each([
  [{ bounce_type: 'hard', reason: '550 no such user' }, 'hard: 550 no such user'],
  [{ bounce_type: 'hard' }, 'hard'],
  [{ reject_reason: 'spam', reason: 'blocked by a list' }, 'spam: blocked by a list'],
  [{ reason: '451 try later' }, '451 try later'],
  [{}, '–'],
])('a list shows the reason of %j as %s', async (change, shown) => {
  answers['GET /api/events'][1] = { events: [{ ...EVENT, ...change }], next_cursor: null }
  const { out } = await run(['events', 'list'], '', environment)
  expect(out.trimEnd().split('\n').at(-1)).toMatch(new RegExp(`  ${shown}$`))
})

it.each([
  ['everything', [], SINCE, true],
  ['a span that begins before', ['--since', '2026-04-01T00:00:00Z'], SINCE, true],
  ['a span that begins later', ['--since', '2026-05-02T00:00:00Z'], SINCE, false],
  ['fewer than there are', ['--limit', '1'], SINCE, false],
  ['everything, when nothing was removed', [], null, false],
])('a list of %s says whether older events were removed', async (_what, options, since, isSaid) => {
  answers['GET /api/events'][1] = { events: [EVENT], next_cursor: null, history_since: since }
  const said = `The store has events since ${SINCE}. Older ones were removed.`
  const { out, complaints } = await run(['events', 'list', ...options], '', environment)
  expect([out.includes(EVENT.recipient), complaints.includes(said)]).toEqual([true, isSaid])
  const { out: json } = await run(['events', 'list', '--json', ...options], '', environment)
  expect(JSON.parse(json)).toEqual({ events: [EVENT], history_since: since })
})

it('a message of which nothing is stored may be older than the store remembers', async () => {
  const { code, complaints } = await run(['messages', 'show', 'shop', 'm-1'], '', environment)
  expect([code, complaints]).toEqual([1, `The store has events since ${SINCE}. Older ones were removed.`])
})

it.each([
  [true, 'email.opened by a machine'],
  [false, 'email.opened '],
  [null, 'email.opened '],
])('the state of a message says whether a machine made it: %s', async (automated, words) => {
  const state = {
    recipient: 'ada@example.com',
    state: 'email.opened',
    automated,
    occurred_at: SINCE,
    event_id: 'e',
  }
  answers['GET /api/messages'][1] = { states: [state], history_since: null }
  const { out } = await run(['messages', 'show', 'shop', 'm-1'], '', environment)
  expect(out).toContain(`ada@example.com  ${words}`)
  expect(out.includes('machine')).toBe(automated === true)
})
