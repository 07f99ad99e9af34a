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

const answers = { 'GET /api/events': [200, {}] as [number, object] }
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
