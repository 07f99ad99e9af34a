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
    const html = await someone.html('/record')
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

  it('makes a backup, and lists it', async () => {
    const { someone, form_token } = await entered()
    expect(await someone.html('/record')).toContain('No backup yet.')
    const response = await someone.post('/record/backup', { form_token })
    expect([response.status, response.headers.get('location')]).toEqual([303, '/record#backups'])
    expect(await someone.html('/record')).toMatch(/<code>\d{8}T\d{9}Z<\/code>/)
  })

  it('verifies the log on request, and names the first wrong line', async () => {
    const { someone } = await entered()
    expect(await someone.html('/record')).not.toContain('class="notice')
    expect(await someone.html('/record?verify=1')).toContain('The log is whole')
    await runInDurableObject(env.REGISTRY.getByName('registry'), (_, { storage }) => {
      storage.sql.exec(
        `UPDATE audit SET text = replace(text, 'shop', 'shap') WHERE text LIKE '%source.created%'`,
      )
    })
    expect(await someone.html('/record?verify=1')).toMatch(/tampered with: line \d+ is not what/)
  })
})

it.each(['missing', 'misplaced', 'changed', 'cut_off', 'rewritten'] as const)(
  'has a message for a log that is %s',
  (problem) => expect(explainVerified({ ok: false, seq: 7, problem })).toMatch(/line 7 is .+\.$/),
)
