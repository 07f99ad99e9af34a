import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { entriesIn, linesIn } from '../../src/cli/trace/log-lines.ts'
import { fakeConsole } from './fake-console.ts'
import { run } from './run.ts'

const REQUEST = 'req_0123456789abcdef01234567'
const EVENT = '019af2c31b42e5d0c2f1a3b4c5d6e7f8091a2b3c4d5e'
const AT_MS = Date.parse('2026-06-02T12:34:56.000Z')
const after = (ms: number): string => new Date(AT_MS + ms).toISOString()

const event = {
  id: EVENT,
  source: 'shop',
  type: 'email.bounced',
  received_at: after(0),
  recipient: 'ada@example.com',
  security: { request_id: REQUEST },
}
const attempt = { at: after(2_000), outcome: 'delivered', status: 200, try: 1, error: null }
const reason = { reason: 'hard_bounce', since: after(1_000), scope: null }

const { environment, calls } = fakeConsole(
  {
    [`GET /api/events/${EVENT}`]: [200, event],
    'GET /api/events': [200, { events: [event], next_cursor: null }],
    'GET /api/destinations': [200, { destinations: [{ name: 'app' }], next_cursor: null }],
    'GET /api/destinations/app/attempts': [200, { attempts: [attempt], next_cursor: null }],
    'GET /api/quarantine': [403, { code: 'scope_too_narrow', detail: 'Your token may not.' }],
    'GET /api/suppressions/ada@example.com': [
      200,
      {
        suppressed: true,
        reasons: [
          { ...reason, event_id: EVENT },
          { ...reason, event_id: 'f'.repeat(44) },
        ],
        scopes: [],
      },
    ],
  },
  [404, { code: 'event_unknown', detail: 'No such event.' }],
)

const accepted = { event: 'delivery_accepted', request_id: REQUEST, source: 'shop', accepted: 1 }
const stored = { event: 'batch_consumed', request_ids: ['req_other', REQUEST], accepted: 2 }
const attempted = { event: 'delivery_attempted', request_id: REQUEST, event_id: EVENT, status: 200 }
const LINES = [
  accepted,
  stored,
  attempted,
  { ...accepted, request_id: 'req_other' },
  { event: 'no_such_event', request_id: REQUEST },
]
const texts = LINES.map((line) => JSON.stringify(line))

/** The same lines in each form of a log. */
const LOGS: Readonly<Record<string, string>> = {
  'npm start': texts
    .map((message, i) => JSON.stringify({ at: after(i * 500), level: 'log', message }))
    .join('\n'),
  'wrangler tail --format json': texts
    .map((message, i) =>
      JSON.stringify(
        { eventTimestamp: 1, logs: [{ level: 'log', timestamp: AT_MS + i * 500, message: [message] }] },
        null,
        2,
      ),
    )
    .join('\n'),
  'Workers Logs, with lines as text': JSON.stringify({
    events: texts.map((message, i) => ({ timestamp: AT_MS + i * 500, source: { message } })),
  }),
  'Workers Logs, with lines as objects': JSON.stringify(
    LINES.map((source, i) => ({ timestamp: AT_MS + i * 500, source, $metadata: { id: i } })),
  ),
}

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function traced(id: string, log: string) {
  const file = join(folder, 'log.json')
  await writeFile(file, log)
  const ran = await run(['trace', id, '--log', file, '--json'], '', environment)
  return {
    ...ran,
    json: JSON.parse(ran.out) as { timeline: { at: string; what: string; from: string }[]; gaps: string[] },
  }
}

describe('trace', () => {
  it.each([
    ['a request', REQUEST],
    ['an event', EVENT],
  ])('of %s shows what the API and the log know, in the order of time', async (_what, id) => {
    const { code, json } = await traced(id, LOGS['npm start'] ?? '')
    expect(code).toBe(0)
    expect(json.timeline.map(({ from, what }) => `${from} ${what}`)).toEqual([
      'api event',
      'log delivery_accepted',
      'log batch_consumed',
      'api suppression',
      'log delivery_attempted',
      'api attempt',
    ])
    expect(json.gaps).toEqual([expect.stringMatching(/^quarantine: /)])
    expect(calls().every(({ call }) => call.startsWith('GET '))).toBe(true)
  })

  it('is one line each for a person, without the id that was asked for', async () => {
    const { out } = await run(['trace', REQUEST, '--log', '-'], LOGS['npm start'] ?? '', environment)
    expect(out).toMatch(/^2026-06-02T12:34:57.000Z {2}log {3}delivery_attempted .*status=200/m)
    expect(out).toContain('reason=hard_bounce')
    expect(out).not.toContain(REQUEST)
  })

  it('of what nobody knows is a negative result', async () => {
    expect((await run(['trace', 'a'.repeat(44), '--log', '-'], '', environment)).code).toBe(1)
  })

  it.each(['shop', 'req_1', '../x'])('takes no %s for an id', async (id) => {
    expect((await run(['trace', id], '', environment)).code).toBe(2)
  })
})

describe('the lines in a log', () => {
  const pieces = async function* (text: string) {
    yield text
  }
  it.each(Object.entries(LOGS))('are found in that of %s', async (_what, text) => {
    const lines = await linesIn(pieces(text))
    const of = (requests: string[], events: string[]) =>
      entriesIn(lines, { requests: new Set(requests), events: new Set(events) })
    expect(of([REQUEST], []).map(({ atMs, what }) => [atMs - AT_MS, what])).toEqual([
      [0, 'delivery_accepted'],
      [500, 'batch_consumed'],
      [1_000, 'delivery_attempted'],
    ])
    expect(of([], [EVENT])).toEqual(of([REQUEST], []))
    expect(of([], ['0'.repeat(44)])).toEqual([])
  })

  it.each([
    '',
    'no json',
    '{',
    '[[[',
    '{"event":7}',
    '{"event":"constructor","request_id":"x"}',
    '{"a":'.repeat(99),
  ])('are none in %j', async (text) => expect(await linesIn(pieces(text))).toEqual([]))
})
