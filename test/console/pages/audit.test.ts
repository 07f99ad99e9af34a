import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { explainVerified } from '../../../src/console/messages/audit.ts'
import { migrate, newConsole } from '../support.ts'
import { visitor } from './visitor.ts'

beforeAll(migrate)

async function entered() {
  const here = newConsole()
  const someone = visitor(here)
  const form_token = await someone.enter()
  return { here, someone, form_token }
}

describe('the audit page', () => {
  it('shows who changed what, and why, as text', async () => {
    const { here, someone } = await entered()
    await here.fetch('/api/sources/shop', {
      method: 'PUT',
      headers: {
        authorization: `Bearer ${env.ADMIN_TOKEN}`,
        'content-type': 'application/json',
        'x-reason': '<b>moved</b>',
        'cf-connecting-ip': '192.0.2.7',
      },
      body: JSON.stringify({ provider: 'generic', secrets: { hmac: 'a-secret-of-the-record-test' } }),
    })
    const html = await someone.html('/access/audit')
    for (const shown of [
      'source.created',
      'source/shop',
      '192.0.2.7',
      '&lt;b&gt;moved&lt;/b&gt;',
      'session.began',
    ])
      expect(html).toContain(shown)
    expect(html).not.toMatch(/a-secret-of|<b>moved/)
  })

  it('narrows by what was done, to what, by whom and when, and opens a line', async () => {
    const { here, someone } = await entered()
    for (const ratePerMinute of [7, 8])
      await here.api('PUT', '/api/sources/shop', { provider: 'generic', ratePerMinute })
    const lines = async (query: string) =>
      [...(await someone.html(`/access/audit?${query}`)).matchAll(/href="\/access\/audit\/(\d+)"/g)].map(
        ([, seq]) => seq,
      )
    const changed = await lines('action=source.changed')
    expect(changed).toHaveLength(2)
    expect(await lines('action=source&target=source/shop&actor=admin&from=now-1h')).toHaveLength(3)
    expect(await lines('action=sourc')).toEqual([])
    expect(await lines('action=source&to=now-1h')).toEqual([])
    expect(await someone.text('/access/audit?target=nothing')).toContain('None match.')
    const line = await someone.text(`/access/audit/${changed[0]}`)
    expect(line).toMatch(/config\.ratePerMinute 7 → 8 All/)
    expect(line).toContain('source.changed')
    for (const unknown of ['0', '99999', '1e3', 'x'.repeat(40)])
      expect((await someone.get(`/access/audit/${unknown}`)).status).toBe(404)
  })

  it('goes on page by page', async () => {
    const { here, someone } = await entered()
    for (let rate = 1; rate <= 52; rate++)
      await here.api('PUT', '/api/sources/shop', { provider: 'generic', ratePerMinute: rate })
    const html = await someone.html('/access/audit?action=source.changed')
    const next = /href="([^"]+)" rel="next"/.exec(html)?.[1]?.replaceAll('&amp;', '&') ?? ''
    expect(await someone.html(next)).toMatch(/rel="prev"/)
    expect(await someone.html(next)).not.toMatch(/rel="next"/)
    expect((await someone.get('/access/audit?cursor=%ff')).status).toBe(200)
  })

  it('verifies the log on request, and names the first wrong line', async () => {
    const { someone, form_token } = await entered()
    const verify = async () => (await someone.post('/access/audit/verify', { form_token })).text()
    expect(await verify()).toContain('The log is whole')
    await runInDurableObject(env.REGISTRY.getByName('registry'), (_, { storage }) => {
      storage.sql.exec(
        `UPDATE audit SET text = replace(text, 'shop', 'shap') WHERE text LIKE '%source.created%'`,
      )
    })
    expect(await verify()).toMatch(/tampered with: line \d+ is not what/)
  })
})

it.each(['missing', 'misplaced', 'changed', 'cut_off', 'rewritten'] as const)(
  'has a message for a log that is %s',
  (problem) => expect(explainVerified({ ok: false, seq: 7, problem })).toMatch(/line 7 is .+\.$/),
)
