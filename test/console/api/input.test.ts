import { beforeAll, describe, expect, it } from 'vitest'
import { utf8 } from '../../../src/platform/bytes.ts'
import { readBytes } from '../../../src/console/api/input.ts'
import { migrate, newConsole } from '../support.ts'

beforeAll(migrate)

describe('an invalid parameter is named', () => {
  it.each([
    ['/api/events?limit=-1', ['limit']],
    ['/api/events?limit=1e2', ['limit']],
    ['/api/events?type=email.exploded', ['type']],
    ['/api/events?type=', ['type']],
    ['/api/events?since=yesterday', ['since']],
    ['/api/events?since=2026-11-25', ['since']],
    ['/api/events?since=1764000000', ['since']],
    ['/api/events?until=2026-13-01T00:00:00Z', ['until']],
    ['/api/events?reciepient=ada%40example.com', ['reciepient']],
    ['/api/events?__proto__=x', ['__proto__']],
    ['/api/events?limit=x&since=x', ['limit', 'since']],
    ['/api/messages?source=shop', ['message_id']],
    ['/api/sources?cursor=%FF', ['cursor']],
    ['/api/suppressions?cursor=bm9wZQ', ['cursor']],
    ['/api/quarantine?cursor=bm9wZQ', ['cursor']],
    ['/api/dead-letters?cursor=bm9wZQ', ['cursor']],
    ['/api/counters?since=now', ['since']],
    ['/api/deliverability?by=recipient', ['by']],
    ['/api/deliverability?compare=7d&since=7d', ['compare', 'since']],
    ['/api/deliverability?compare=0', ['compare']],
    ['/api/deliverability?compare=367', ['compare']],
    ['/api/deliverability?since=2026-01-02T00:00:00Z&until=2026-01-02T00:00:00Z', ['until']],
    ['/api/deliverability?since=2026-03-03T00:00:00Z&until=2026-06-11T00:00:01Z', ['since']],
  ])('%s', async (path, names) => {
    const { status, json } = await newConsole().api('GET', path)
    expect({ status, code: json['code'] }).toEqual({ status: 400, code: 'parameter_invalid' })
    const problems = json['problems'] as { path: string; problem: string }[]
    expect([...new Set(problems.map((one) => one.path))].sort()).toEqual(names)
    for (const { problem } of problems) expect(problem).toMatch(/^[A-Z].+\.$/)
    expect(JSON.stringify({ ...json, request_id: null })).not.toMatch(/ada|exploded|yesterday|bm9wZQ/)
  })

  it.each([
    '/api/events?limit=500',
    '/api/events?since=2026-11-25T10:00:00%2B01:00&until=2026-11-26T00:00:00.000Z',
  ])('and %s is understood', async (path) => {
    expect((await newConsole().api('GET', path)).status).toBe(200)
  })
})

describe('a body', () => {
  it.each([
    ['no JSON', 'ids=1', 400, 'body_malformed'],
    ['invalid UTF-8', new Uint8Array([0x22, 0xff, 0x22]), 400, 'body_malformed'],
    ['an overflowing number', '{"all": 1e400}', 400, 'body_malformed'],
    ['an empty object', '{}', 422, 'body_invalid'],
    ['both at once', '{"ids": ["x"], "all": true}', 422, 'body_invalid'],
    ['all, but not true', '{"all": false}', 422, 'body_invalid'],
    ['no ids', '{"ids": []}', 422, 'body_invalid'],
    ['invalid ids', '{"ids": [1]}', 422, 'body_invalid'],
    ['too many ids', JSON.stringify({ ids: Array.from({ length: 501 }, String) }), 422, 'body_invalid'],
    ['an unknown field', '{"ids": ["x"], "surprise": 1}', 422, 'body_invalid'],
    ['a prototype', '{"__proto__": {"all": true}}', 422, 'body_invalid'],
  ])('of %s is refused', async (_what, body, status, code) => {
    const here = newConsole()
    const response = await here.fetch('/api/dead-letters/redrive', {
      method: 'POST',
      headers: {
        authorization: 'Bearer test-admin-token-0123456789',
        'content-type': 'application/json',
      },
      body,
    })
    expect({ status: response.status, json: await response.json() }).toMatchObject({ status, json: { code } })
  })

  it.each([
    ['application/jsonp', 415],
    ['text/json', 415],
    ['application/json; charset=utf-16', 415],
    ['application/json, application/json', 415],
    ['', 415],
    ['application/json', 422],
    ['APPLICATION/JSON;Charset="UTF-8"', 422],
    ['application/json ; ', 422],
    [null, 422],
  ])('of type %o is answered with %i', async (type, status) => {
    const response = await newConsole().fetch('/api/dead-letters/redrive', {
      method: 'POST',
      headers: {
        authorization: 'Bearer test-admin-token-0123456789',
        ...(type === null ? {} : { 'content-type': type }),
      },
      body: utf8('{}'),
    })
    const code = status === 415 ? 'body_type_unsupported' : 'body_invalid'
    expect({ status: response.status, json: await response.json() }).toMatchObject({ status, json: { code } })
  })

  it('is counted while it is read, and abandoned once it is too long', async () => {
    let pulled = 0
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled++
        controller.enqueue(new Uint8Array(1_024))
      },
    })
    const request = new Request('https://console.example/', { method: 'POST', body: endless })
    expect(await readBytes(request, 10_000)).toBeUndefined()
    expect(pulled).toBeLessThan(20)
  })

  it('may be as long as the limit', async () => {
    const request = new Request('https://console.example/', { method: 'POST', body: new Uint8Array(10_000) })
    expect((await readBytes(request, 10_000))?.byteLength).toBe(10_000)
  })
})
