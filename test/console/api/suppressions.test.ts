import { beforeAll, describe, expect, it } from 'vitest'
import { toHex, utf8 } from '../../../src/platform/bytes.ts'
import { migrate, newConsole } from '../support.ts'

beforeAll(migrate)

interface Body {
  readonly entries: readonly unknown[]
  readonly ticket: unknown
}

const at = (address: string): string => `/api/suppressions/${encodeURIComponent(address)}`

/** No source has a key of its ESP’s API. */
const NOWHERE_ELSE = { there: null, may_be_held_at: [] }

describe('a suppression by hand', () => {
  it('is added, found in any spelling, and lifted', async () => {
    const { api, clock } = newConsole()
    expect(await api('GET', at('ada@example.com'))).toMatchObject({
      status: 200,
      json: { suppressed: false },
    })
    const added = await api('POST', '/api/suppressions', {
      address: ' Ada@Example.com ',
      note: 'asked by phone',
    })
    expect(added.status).toBe(201)
    expect(added.json).toMatchObject({
      recipient: 'ada@example.com',
      reasons: [
        {
          reason: 'manual',
          since: new Date(clock.nowMs).toISOString(),
          source: null,
          evidence: null,
          note: 'asked by phone',
        },
      ],
    })
    expect((await api('GET', at('ADA@EXAMPLE.COM'))).json).toMatchObject({ suppressed: true, ...added.json })
    expect((await api('DELETE', at('ada@example.com'))).json).toEqual({ removed: true, ...NOWHERE_ELSE })
    expect((await api('GET', at('ada@example.com'))).json).toEqual({
      suppressed: false,
      scopes: [],
      expired: [],
      history: {
        evidence: [],
        liftings: [
          { at: new Date(clock.nowMs).toISOString(), by: 'admin', source: null, reading: null, scope: null },
        ],
      },
    })
    expect((await api('DELETE', at('ada@example.com'))).json).toMatchObject({
      code: 'address_not_suppressed',
    })
  })

  it.each([
    ['a slash', 'a/b@example.com'],
    ['a percent sign', '100%@example.com'],
    ['an escaped escape', 'a%41@example.com'],
    ['a plus', 'ada+news@example.com'],
    ['a question mark', 'a?b@example.com'],
    ['another script', 'жук@пример.example'],
  ])('holds an address with %s', async (_what, address) => {
    const { api } = newConsole()
    await api('POST', '/api/suppressions', { address })
    expect((await api('GET', at(address))).json).toMatchObject({ suppressed: true })
    expect((await api('DELETE', at(address))).status).toBe(200)
  })

  it.each([
    ['no address', { note: 'x' }, 'address'],
    ['an invalid address', { address: 'lovelace' }, 'address'],
    ['a list of addresses', { address: ['lovelace@example.com'] }, 'address'],
    ['an address with a line break', { address: 'a\n@example.com' }, 'address'],
    ['a long note', { address: 'lovelace@example.com', note: 'x'.repeat(501) }, 'note'],
    ['an unknown field', { address: 'lovelace@example.com', reason: 'x' }, 'reason'],
    ['a scope without a kind', { address: 'lovelace@example.com', scope: 'news' }, 'scope'],
  ])('is refused for %s', async (_what, body, path) => {
    const { status, json } = await newConsole().api('POST', '/api/suppressions', body)
    expect({ status, code: json['code'] }).toEqual({ status: 422, code: 'body_invalid' })
    expect(json['problems']).toMatchObject([{ path }])
    // Not hex digits: the request id in the answer is hex, and could contain them.
    expect(JSON.stringify(json)).not.toContain('lovelace')
  })
})

describe('a suppression for one scope', () => {
  const NEWS = '?scope=list%3Anews'
  const [address, other] = ['ada@scope.example', 'bob@scope.example']
  const entry = { reason: 'manual', scope: 'list:news', note: 'no news' }

  it('answers for its scope, and is named to those who ask for other mail', async () => {
    const { api, clock } = newConsole()
    const added = await api('POST', '/api/suppressions', { address, note: 'no news', scope: 'list:news' })
    clock.nowMs += 1_000
    expect(added).toMatchObject({ status: 201, json: { reasons: [entry], scopes: [] } })
    const of = async (query: string) => (await api('GET', `${at(address)}${query}`)).json
    expect(await of('')).toMatchObject({ suppressed: false, scopes: [entry] })
    expect(await of(NEWS)).toMatchObject({ suppressed: true, reasons: [entry], scopes: [] })
    expect(await of('?scope=list%3Aoffers')).toMatchObject({ suppressed: false, scopes: [entry] })
    const check = async (scope?: string) => {
      const body = { addresses: [address, other], scope }
      return (await api('POST', '/api/suppressions/check', body)).json['results']
    }
    const none = { address: other, suppressed: false, reasons: [], scopes: [] }
    expect(await check()).toEqual([{ address, suppressed: false, reasons: [], scopes: ['list:news'] }, none])
    expect(await check('list:news')).toEqual([
      { address, suppressed: true, reasons: ['manual'], scopes: [] },
      none,
    ])
    await api('POST', '/api/suppressions', { address })
    expect(await of(NEWS)).toMatchObject({
      suppressed: true,
      reasons: [entry, { reason: 'manual', scope: null }],
    })
  })

  it('is lifted by its name alone, and the audit log has it', async () => {
    const { api } = newConsole()
    await api('POST', '/api/suppressions', { address, scope: 'list:news' })
    await api('POST', '/api/suppressions', { address })
    expect((await api('DELETE', at(address))).status).toBe(200)
    expect((await api('DELETE', at(address))).json).toMatchObject({ code: 'address_not_suppressed' })
    expect((await api('DELETE', `${at(address)}?scope=list%3Aoffers`)).status).toBe(404)
    expect((await api('GET', at(address))).json).toMatchObject({ suppressed: false, scopes: [entry] })
    expect((await api('DELETE', `${at(address)}${NEWS}`)).json).toEqual({ removed: true, ...NOWHERE_ELSE })
    expect((await api('GET', at(address))).json).toMatchObject({ suppressed: false, scopes: [] })
    const lines = (await api('GET', '/api/audit?limit=4')).json['entries']
    expect(lines).toMatchObject([
      { action: 'suppression.lifted', before: { reasons: ['manual'], scope: 'list:news' } },
      { action: 'suppression.lifted', before: { reasons: ['manual'] } },
      { action: 'suppression.added' },
      { action: 'suppression.added', after: { scope: 'list:news' } },
    ])
  })

  it.each(['news', 'list:', 'list: news', ':news', '', `list:${'x'.repeat(1_000)}`])(
    'is not asked for as %j',
    async (scope) => {
      const { api } = newConsole()
      for (const method of ['GET', 'DELETE'])
        expect(await api(method, `${at(address)}?scope=${encodeURIComponent(scope)}`)).toMatchObject({
          status: 400,
          json: { code: 'parameter_invalid', problems: [{ path: 'scope' }] },
        })
    },
  )
})

describe('a check before sending', () => {
  it.each([
    'Ada <ada@check.example>',
    '<ada@check.example>',
    ' ada@check.example ',
    '"A" <ADA@check.example>',
  ])('takes %j', async (text) => {
    const { api } = newConsole()
    await api('POST', '/api/suppressions', { address: 'ada@check.example' })
    expect((await api('GET', at(text))).json).toMatchObject({
      suppressed: true,
      recipient: 'ada@check.example',
    })
  })

  it.each([
    'undefined',
    'null',
    '[object Object]',
    'ada',
    'ada@',
    'Ada <ada>',
    'Ada <ada@check.example',
    'ada@check.example,',
    'ada@check.example, grace@check.example',
    'mailto:ada@check.example',
    '"ada@check.example"',
  ])('refuses %j, which is no address', async (text) => {
    const { status, json } = await newConsole().api('GET', at(text))
    expect({ status, json }).toMatchObject({
      status: 400,
      json: { code: 'parameter_invalid', problems: [{ path: 'address' }] },
    })
    expect((await newConsole().api('DELETE', at(text))).status).toBe(400)
  })

  it('answers for a thousand addresses in one call, in their order', async () => {
    const { api } = newConsole()
    await api('POST', '/api/suppressions', { address: 'p7@bulk.example' })
    const addresses = Array.from({ length: 1_000 }, (_, i) => `P${i} <P${i}@bulk.example>`)
    const { status, json } = await api('POST', '/api/suppressions/check', { addresses })
    expect(status).toBe(200)
    const results = json['results'] as { address: string; suppressed: boolean; reasons: string[] }[]
    expect(results.map(({ address }) => address)).toEqual(addresses.map((_, i) => `P${i}@bulk.example`))
    expect(results.filter(({ suppressed }) => suppressed)).toEqual([
      { address: 'P7@bulk.example', suppressed: true, reasons: ['manual'], scopes: [] },
    ])
  })

  it.each([
    ['no address', [], 'addresses'],
    ['1,001 addresses', Array.from({ length: 1_001 }, () => 'a@b.example'), 'addresses'],
    ['an invalid address, by its index', ['a@b.example', 'undefined'], 'addresses.1'],
  ])('of %s is refused whole', async (_what, addresses, path) => {
    const { status, json } = await newConsole().api('POST', '/api/suppressions/check', { addresses })
    expect({ status, json }).toMatchObject({ status: 422, json: { problems: [{ path }] } })
  })
})

describe('an import', () => {
  const NONE = { added: 0, lifted: 0, kept_lifted: 0, already: 0 }
  const list = [
    { address: 'one@import.example', note: 'moved here' },
    { address: 'ONE@import.example', note: 'a second spelling' },
    { address: '  two@import.example ' },
  ]

  it('adds each address once, and changes nothing the second time', async () => {
    const { api, clock } = newConsole()
    const first = await api('POST', '/api/suppressions/import', { entries: list })
    expect(first.json).toEqual({ ...NONE, added: 2, already: 1 })
    const before = await api('GET', at('one@import.example'))
    expect(before.json).toMatchObject({ reasons: [{ reason: 'manual', note: 'moved here' }] })
    clock.nowMs += 60_000
    const second = await api('POST', '/api/suppressions/import', { entries: list })
    expect(second.json).toEqual({ ...NONE, already: 3 })
    expect((await api('GET', at('one@import.example'))).json).toEqual(before.json)
  })

  it('of 2,000 is one line in the audit log, with the count and a digest independent of order', async () => {
    const { api } = newConsole()
    const entries = Array.from({ length: 2_000 }, (_, i) => ({
      address: `p${i}@long.example`,
      note: 'moved',
    }))
    const answer = await api('POST', '/api/suppressions/import', { entries })
    expect(answer.json).toEqual({ ...NONE, added: 2_000 })
    for (const some of [entries.slice(0, 20), entries.slice(0, 20).toReversed()])
      await api('POST', '/api/suppressions/import', { entries: some })
    const { json } = await api('GET', '/api/audit?limit=3')
    const [turned, some, all] = json['entries'] as {
      action: string
      after: { count: number; digest: string }
    }[]
    expect(all).toMatchObject({ action: 'suppressions.imported', after: { count: 2_000 } })
    expect(some?.after.digest).toMatch(/^[0-9a-f]{32}$/)
    expect(turned?.after).toEqual(some?.after)
  })

  describe('that is announced', () => {
    const entries = [{ address: 'A <a@ticket.example>' }, { address: 'b@ticket.example', note: 'x' }]
    const sha256Of = async (rows: readonly (readonly (string | null)[])[]) =>
      toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', utf8(JSON.stringify(rows)))))
    const padded = (...cells: (string | null)[]) => [...cells, ...Array<null>(10 - cells.length).fill(null)]

    async function ticketOf(api: ReturnType<typeof newConsole>['api']): Promise<unknown> {
      const sha256 = await sha256Of([padded('a@ticket.example'), padded('b@ticket.example', 'x')])
      const { json } = await api('POST', '/api/suppressions/imports', { chunks: [{ count: 2, sha256 }] })
      return (json['tickets'] as string[])[0]
    }

    const linesOf = async (api: ReturnType<typeof newConsole>['api']) =>
      ((await api('GET', '/api/audit?limit=500')).json['entries'] as { action: string }[]).filter(
        ({ action }) => action === 'suppressions.imported',
      ).length

    it('has one line in the audit log, before its first call', async () => {
      const { api } = newConsole()
      const before = await linesOf(api)
      const ticket = await ticketOf(api)
      expect(await linesOf(api)).toBe(before + 1)
      const { json } = await api('POST', '/api/suppressions/import', { entries, ticket })
      expect(json).toEqual({ ...NONE, added: 2 })
      expect(await linesOf(api)).toBe(before + 1)
    })

    it.each([
      ['other entries', (body: Body) => ({ ...body, entries: body.entries.slice(1) })],
      [
        'another note',
        ({ ticket }: Body) => ({ ticket, entries: [entries[0], { ...entries[1], note: 'y' }] }),
      ],
      ['another hour', (body: Body) => ({ ...body, ticket: String(body.ticket).replace(/^./, '9') })],
      ['no ticket at all', (body: Body) => ({ ...body, ticket: 'x' })],
    ])('is refused with %s, and changes nothing', async (_what, change) => {
      const { api } = newConsole()
      const body = change({ entries, ticket: await ticketOf(api) })
      const refused = await api('POST', '/api/suppressions/import', body)
      expect(refused).toMatchObject({ status: 422, json: { code: 'import_ticket_invalid' } })
    })

    it('is refused after an hour', async () => {
      const { api, clock } = newConsole()
      const body = { entries, ticket: await ticketOf(api) }
      clock.nowMs += 3_600_001
      expect((await api('POST', '/api/suppressions/import', body)).status).toBe(422)
    })
  })

  it.each([
    ['nothing', { entries: [] }, 'entries'],
    ['an unknown reason', { entries: [{ address: 'a@b.example', reason: 'bored' }] }, 'entries.0.reason'],
    ['no time', { entries: [{ address: 'a@b.example', since: 'soon' }] }, 'entries.0.since'],
    [
      'a bounce with a scope',
      { entries: [{ address: 'a@b.example', reason: 'hard_bounce', scope: 'list:a' }] },
      'entries.0.scope',
    ],
    [
      'a source that no source can be',
      { entries: [{ address: 'a@b.example', source: 'shop:list:a' }] },
      'entries.0.source',
    ],
    ['too many', { entries: Array.from({ length: 2_001 }, () => ({ address: 'a@b.example' })) }, 'entries'],
    [
      'an invalid address, by its index',
      { entries: [{ address: 'a@b.example' }, { address: 'b' }] },
      'entries.1.address',
    ],
  ])('of %s is refused whole', async (_what, body, path) => {
    const { json, status } = await newConsole().api('POST', '/api/suppressions/import', body)
    expect({ status, json }).toMatchObject({
      status: 422,
      json: { code: 'body_invalid', problems: [{ path }] },
    })
  })
})
