import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SERVICES } from '../../src/addresses/services/index.ts'
import { readAnswer } from '../../src/addresses/services/service.ts'
import { FAKES } from './fakes.ts'

const ADDRESS = "ada+news'x@xn--bcher-kva.example"
const KEY = 'the key & of = it'

describe.each(SERVICES.map((service) => [service.name, service] as const))('%s', (name, service) => {
  const rows = Object.entries(FAKES[name] ?? {})

  it('has a fake', () => expect(rows.length).toBeGreaterThan(5))

  it.each(rows)('reads %s', (_, { status = 200, body, means, flags = {}, suggestion }) => {
    const read = readAnswer(service, status, JSON.stringify(body))
    if (typeof means === 'string') return expect(read).toBe(means)
    const [verdict, ...reasons] = means
    expect(read).toMatchObject({ verdict, reasons: expect.arrayContaining(reasons), flags })
    if (suggestion !== undefined) expect(read).toMatchObject({ suggestion })
  })

  it.each(['', '{}', '[]', 'null', '{"status":', `{"status":"${'x'.repeat(4_000)}`, '<html>'])(
    'takes %j for no verdict',
    (text) => expect(readAnswer(service, 200, text)).toBe('unreadable'),
  )

  it.each([301, 400, 404, 413, 415])('takes the status %i for no verdict', (status) =>
    expect(readAnswer(service, status, '{"status":"valid","result":"deliverable"}')).toBe('unreadable'),
  )

  it('reads any answer without a fault', () =>
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 599 }), fc.json({ maxDepth: 4 }), (status, text) => {
        const read = readAnswer(service, status, text)
        expect(typeof read === 'string' || read.reasons.length > 0).toBe(true)
      }),
    ))

  it('sends the whole address to its own host, and nothing else of it', () => {
    for (const host of Object.values(service.hosts)) {
      const { url, method, body, headers } = service.request(host, KEY, ADDRESS)
      const { protocol, host: asked, searchParams } = new URL(url)
      expect([protocol, asked]).toEqual(['https:', host])
      const fields = body.startsWith('{')
        ? (JSON.parse(body) as Record<string, string>)
        : Object.fromEntries([...searchParams, ...new URLSearchParams(body)])
      expect(fields['email'] ?? fields['address']).toBe(ADDRESS)
      expect(method === 'GET' ? body : 'a body').not.toBe(method === 'GET' ? 'a body' : '')
      // Only where the service takes it nowhere else.
      expect(url.includes(encodeURIComponent(KEY).replaceAll('%20', '+'))).toBe(name === 'zerobounce')
      expect(JSON.stringify(headers)).not.toContain(ADDRESS)
    }
  })
})
