import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import type { RefusalRecord } from '../../../src/refusals/refusal.ts'
import { decision, refusal } from '../../support/decision.ts'
import { migrate, newConsole } from '../support.ts'

const NOW = Date.now()

const sendgrid = (changes: Partial<RefusalRecord>): RefusalRecord =>
  refusal({ atMs: NOW, provider: 'sendgrid', detail: { keysAttempted: 1 }, ...changes })

const minuteOf = (ms: number) => new Date(ms - (ms % 60_000)).toISOString()

beforeAll(async () => {
  await migrate()
  const minute = Math.floor(NOW / 60_000)
  const count = { minute, source: 'shop', code: 'signature_mismatch', network: '192.0.2.0/24', count: 3 }
  await env.REFUSALS.getByName('refusals').report({
    latest: [
      sendgrid({}),
      sendgrid({
        requestId: 'req_000000000000000000000001',
        source: 'news',
        code: 'timestamp_outside_window',
        detail: { ageSeconds: 400, windowSeconds: 300 },
      }),
    ],
    counts: [
      count,
      { ...count, network: '198.51.100.0/24', count: 4 },
      { ...count, source: 'news', count: 1 },
    ],
  })
})

describe('refusals', () => {
  it('are listed newest first, each with an explanation', async () => {
    const { json } = await newConsole().api('GET', '/api/refusals')
    expect(json).toMatchObject({
      refusals: [
        {
          source: 'news',
          code: 'timestamp_outside_window',
          explanation: expect.stringContaining('400 seconds ago'),
        },
        {
          source: 'shop',
          at: new Date(NOW).toISOString(),
          status: 401,
          detail: { keysAttempted: 1 },
          decision: decision(),
          network: '192.0.2.0/24',
        },
      ],
    })
  })

  it('are listed page by page', async () => {
    const first = await newConsole().api('GET', '/api/refusals?limit=1')
    const cursor = String(first.json['next_cursor'])
    const second = await newConsole().api('GET', `/api/refusals?limit=1&cursor=${cursor}`)
    expect(second.json).toMatchObject({ refusals: [{ source: 'shop' }], next_cursor: null })
    const malformed = await newConsole().api('GET', '/api/refusals?cursor=one')
    expect(malformed).toMatchObject({ status: 400, json: { code: 'parameter_invalid' } })
  })

  it.each([
    ['source=shop', ['shop']],
    ['code=timestamp_outside_window', ['news']],
    ['source=shop&code=timestamp_outside_window', []],
    ['limit=1', ['news']],
  ])('by %s', async (query, sources) => {
    const { json } = await newConsole().api('GET', `/api/refusals?${query}`)
    expect((json['refusals'] as { source: string }[]).map(({ source }) => source)).toEqual(sources)
  })

  it('are found by request id', async () => {
    const { status, json } = await newConsole().api('GET', '/api/refusals/req_000000000000000000000001')
    expect({ status, json }).toMatchObject({
      status: 200,
      json: {
        request_id: 'req_000000000000000000000001',
        code: 'timestamp_outside_window',
        explanation: expect.stringContaining('400 seconds ago'),
      },
    })
  })

  it.each([
    ['an unknown id', 'req_000000000000000000000009', 404, 'refusal_unknown'],
    ['a short id', 'req_1', 400, 'parameter_invalid'],
    ['an id in capitals', 'REQ_000000000000000000000001', 400, 'parameter_invalid'],
    ['a malformed id', 'shop', 400, 'parameter_invalid'],
  ])('are not found by %s', async (_what, id, status, code) => {
    const answer = await newConsole().api('GET', `/api/refusals/${id}`)
    expect({ status: answer.status, code: answer.json['code'] }).toEqual({ status, code })
  })

  it('are counted by source and code, across networks', async () => {
    const { json } = await newConsole().api('GET', '/api/counters')
    expect(json).toMatchObject({
      events: [],
      refusals: [
        { source: 'shop', code: 'signature_mismatch', count: 7, last_at: minuteOf(NOW) },
        { source: 'news', code: 'signature_mismatch', count: 1 },
      ],
    })
    const only = await newConsole().api('GET', '/api/counters?source=news')
    expect(only.json['refusals']).toHaveLength(1)
  })
})
