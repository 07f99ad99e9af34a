import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { incident, incidentsKept } from '../../support/incidents.ts'
import { WHO } from '../../support/who.ts'
import { migrate, newConsole } from '../support.ts'

const DOCUMENT = { provider: 'generic', secrets: { hmac: 'a-secret-of-the-audit-test' } }

interface Entry {
  readonly seq: number
  readonly action: string
  readonly target: string
}

beforeAll(async () => {
  await migrate()
  const { api } = newConsole()
  for (const rate of [1, 2, 3]) await api('PUT', '/api/sources/shop', { ...DOCUMENT, ratePerMinute: rate })
  await api('DELETE', '/api/sources/shop')
})

describe('the audit log', () => {
  it('lists who did what, newest first, in pages, without secrets', async () => {
    const { api } = newConsole()
    const seen: Entry[] = []
    let cursor = ''
    do {
      const { json } = await api('GET', `/api/audit?limit=2${cursor}`)
      seen.push(...(json['entries'] as Entry[]))
      const next = json['next_cursor'] as string | null
      cursor = next === null ? '' : `&cursor=${next}`
    } while (cursor !== '')
    const shop = seen.filter(({ target }) => target === 'source/shop')
    expect(shop.map(({ action }) => action)).toEqual([
      'source.removed',
      'source.changed',
      'source.changed',
      'source.created',
    ])
    expect(seen.map(({ seq }) => seq)).toEqual(seen.map((_, i) => seen.length - i))
    expect(JSON.stringify(seen)).not.toContain('a-secret-of')
  })

  it('is verified, and so are exported lines, even after the log has grown', async () => {
    const { api } = newConsole()
    expect((await api('GET', '/api/audit/verify')).json).toMatchObject({ ok: true })
    const { json } = await api('GET', '/api/audit/lines?after=1&limit=2')
    const lines = json['lines'] as { seq: number; text: string; mac: string }[]
    const first = (await api('GET', '/api/audit/lines?limit=1')).json['lines'] as typeof lines
    const after = { seq: 1, mac: first[0]?.mac ?? '' }
    expect((await api('POST', '/api/audit/verify', { after, lines })).json).toMatchObject({
      ok: true,
      head: { seq: 3 },
    })
    const edited = lines.map((line) => ({ ...line, text: line.text.replace('source/shop', 'source/shap') }))
    expect((await api('POST', '/api/audit/verify', { after, lines: edited })).json).toEqual({
      ok: false,
      seq: 2,
      problem: 'changed',
    })
  })

  it('has no address, wherever an operator writes one, and is verified all the same', async () => {
    const { api } = newConsole({ INCIDENTS: incidentsKept([incident()]) })
    const created = await api('PUT', '/api/destinations/app', {
      url: 'https://app.example.net/hook',
      filter: { where: { recipient: { $eq: 'ada@example.com' } } },
    })
    await env.REGISTRY.getByName('registry').audit.note(
      { action: 'source.changed', target: 'source/shop', before: null, after: null },
      { ...WHO, reason: 'ada@example.com asked for it' },
    )
    const wrote = [
      created,
      await api('POST', '/api/incidents/17/notes', { text: 'ada@example.com complained.' }),
      await api('POST', '/api/incidents/17/assign', { assignee: 'ada@example.com' }),
      await api('POST', '/api/tokens', { name: 'ada@example.com', role: 'viewer' }),
    ]
    expect(wrote.map(({ status, json }) => [status < 300, json['problems']])).toEqual(
      wrote.map(() => [true, undefined]),
    )
    const { json } = await api('GET', '/api/audit/lines?limit=500')
    expect(JSON.stringify(json)).not.toContain('ada@example.com')
    expect(JSON.stringify(json)).toMatch(/address-[0-9a-f]{16} complained/)
    expect((await api('GET', '/api/audit/verify')).json).toMatchObject({ ok: true })
  })

  it('may be long: a page ends below the size limit of a call, and all exported pages are verified', async () => {
    const { api } = newConsole()
    const registry = env.REGISTRY.getByName('registry')
    const { head: before } = await registry.audit.heads()
    const LINES = 40
    const after = { text: 'long '.repeat(40_000) }
    for (let i = 0; i < LINES; i++)
      await registry.audit.note({ action: 'source.changed', target: 'source/long', before: null, after }, WHO)

    let from: { seq: number; mac: string } = { seq: before.seq, mac: before.mac }
    let pages = 0
    for (; from.seq < before.seq + LINES; pages++) {
      const { json } = await api('GET', `/api/audit/lines?after=${from.seq}&limit=500`)
      const lines = json['lines'] as { seq: number; text: string; mac: string }[]
      const walked = await api('POST', '/api/audit/verify', { after: from, lines })
      expect(walked.json).toMatchObject({ ok: true })
      from = walked.json['head'] as typeof from
    }
    expect(pages).toBe(2)
    const newest = await api('GET', '/api/audit?limit=500')
    expect((newest.json['entries'] as Entry[]).length).toBeLessThan(LINES)
    expect(newest.json['next_cursor']).toEqual(expect.any(String))
  })

  it.each(['nonsense', 'MTIzNDU2Nzg5MDEyMw', '%00'])('refuses the cursor %s', async (cursor) => {
    const { json } = await newConsole().api('GET', `/api/audit?cursor=${cursor}`)
    expect(json['code']).toBe('parameter_invalid')
  })
})
