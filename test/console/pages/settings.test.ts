import { beforeAll, describe, expect, it } from 'vitest'
import { readConfigurationFile } from '../../../src/api/configuration-file.ts'
import { utf8 } from '../../../src/platform/bytes.ts'
import type { CurrentFinding } from '../../../src/watch/operations/finding.ts'
import { incidentObjects } from '../../support/incidents.ts'
import { ORIGIN, migrate, newConsole } from '../support.ts'
import { logIn, textOf } from './visitor.ts'

beforeAll(migrate)

it('shows the health of all parts to whoever sees all sources', async () => {
  const here = newConsole({
    POSTERN_RELEASE: JSON.stringify({ id: '20261127T083000Z', version: '0.9.0', commit: 'abcdef0123456789' }),
  })
  await here.api('PUT', '/api/sources/own', {
    provider: 'generic',
    secrets: { hmac: 'a-secret-of-settings' },
  })
  const text = await (await logIn(here, 'viewer')).someone.text('/system')
  expect(text).toMatch(/registry answers/)
  expect(text).toMatch(/gateway v1:/)
  expect(text).toMatch(/Version 0\.9\.0 \(abcdef012345\), deployed .*CHANGELOG\.md says what changes/)
  expect(text).toMatch(/Database .* 0 events a day; it does not grow/)
  expect(text).not.toMatch(/Secrets sealed|Apply a file|Back up now/)
  expect(await (await logIn(here, 'admin')).someone.text('/system')).toMatch(/Secrets sealed 1 under v1/)
  const limited = await (await logIn(here, 'viewer', ['own'])).someone.text('/system')
  expect(limited).toContain('Your token is for some sources.')
  expect(limited).not.toMatch(/answers|v1:/)
  await here.api('DELETE', '/api/sources/own')
})

it('tells the version of a checkout, and leads from a finding to its place', async () => {
  const findings = async (): Promise<CurrentFinding[]> => [
    {
      kind: 'quarantined',
      subject: 'quarantine',
      source: null,
      severity: 'info',
      sinceMs: 0,
      evidence: 'one delivery was not understood',
      advice: [],
      incident: null,
    },
  ]
  const there = newConsole({ INCIDENTS: incidentObjects({ findings }) })
  const html = await (await logIn(there, 'viewer')).someone.html('/system')
  expect(textOf(html)).toMatch(/Version [0-9.]+(-\w+)?, not deployed/)
  expect(html).toMatch(/<a href="\/activity\?show=quarantined">.*One delivery was not understood/s)
})

describe('how the pages look', () => {
  it.each([
    ['a theme', { theme: 'dark' }, 'data-theme="dark"'],
    ['a density', { density: 'compact' }, 'data-density="compact"'],
    ['keys', { keys: 'off' }, 'data-keys="off"'],
    ['a zone', { zone: 'Europe/Vienna' }, '>Europe/Vienna<'],
  ])('is saved with %s, and leads back', async (_what, change, shows) => {
    const { someone, form_token } = await logIn(newConsole(), 'viewer')
    const fields = { theme: 'system', density: 'comfortable', keys: 'on', zone: 'UTC', ...change }
    const referer = `${ORIGIN}/sources`
    const saved = await someone.post('/look', { form_token, ...fields }, { referer })
    expect(saved.headers.get('location')).toBe('/sources')
    expect(await someone.html('/look')).toContain(shows)
  })

  it('keeps what was typed if the zone is none', async () => {
    const { someone, form_token } = await logIn(newConsole(), 'viewer')
    const fields = { form_token, theme: 'dark', density: 'compact', keys: 'off', zone: 'Vienna' }
    const refused = await someone.post('/look', fields)
    expect(refused.status).toBe(422)
    expect(await refused.text()).toMatch(/value="dark" checked.+That is no time zone/s)
  })
})

it.each(['retention', 'archive', 'backups', 'drills'])('leads /%s to its card', async (id) => {
  const { someone } = await logIn(newConsole(), 'admin')
  expect((await someone.get(`/${id}`)).headers.get('location')).toBe(`/system#${id}`)
  expect(await someone.html('/system')).toContain(`id="${id}"`)
})

describe('the configuration', () => {
  const here = newConsole()
  let admin: Awaited<ReturnType<typeof logIn>>
  beforeAll(async () => {
    await here.api('PUT', '/api/sources/shop', {
      provider: 'generic',
      secrets: { hmac: 'a-secret-of-settings' },
    })
    admin = await logIn(here, 'admin')
  })

  const post = (file: unknown, fields: Record<string, string> = {}) =>
    admin.someone.post('/settings/configuration', {
      form_token: admin.form_token,
      file: typeof file === 'string' ? file : JSON.stringify(file),
      ...fields,
    })
  const download = async () => {
    const response = await admin.someone.get('/settings/postern.json')
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="postern.json"')
    return readConfigurationFile(utf8(await response.text()))
  }
  const hidden = (html: string, name: string) =>
    new RegExp(`name="${name}" value="([^"]*)"`).exec(html)?.[1] ?? ''

  it('is downloaded without a secret, and differs in nothing from itself', async () => {
    const file = await download()
    expect(file.sources['shop']?.['secrets']).toEqual({ hmac: { stored: true } })
    const html = await (await post(file)).text()
    expect(textOf(html)).toContain('All is as in the file.')
    expect(html).not.toContain('name="planned"')
  })

  it('is planned with a count, then applied, unless something else has changed', async () => {
    const file = await download()
    const wanted = { ...file, sources: { news: { provider: 'generic' } } }
    const plan = await (await post(wanted, { prune: 'yes' })).text()
    expect(textOf(plan)).toMatch(
      /To create: 1\. To change: 0\. To remove: 1\..+\+ create news.+− remove shop/,
    )
    expect(plan).toContain('Apply, and remove 1')
    const fields = { prune: 'yes', planned: 'yes', version: hidden(plan, 'version') }

    await here.api('PUT', '/api/sources/late', { provider: 'generic' })
    const late = await post(wanted, fields)
    expect(late.status).toBe(422)
    const again = await late.text()
    expect(textOf(again)).toMatch(/has changed .+ plan again.+To remove: 2/)
    const done = await post(wanted, { ...fields, version: hidden(again, 'version') })
    expect(done.headers.get('location')).toBe('/system?notice=applied&count=3')
    expect(Object.keys((await download()).sources)).toEqual(['news'])
  })

  it('asks for a reason before it keeps less', async () => {
    const wanted = { ...(await download()), retention: { events: 30 } }
    const plan = await (await post(wanted)).text()
    const fields = { planned: 'yes', version: hidden(plan, 'version') }
    expect(await (await post(wanted, fields)).text()).toContain('Enter why.')
    const done = await post(wanted, { ...fields, reason: 'as agreed' })
    expect(done.headers.get('location')).toBe('/system?notice=applied&count=1')
  })

  const SECRET = 'a-secret-that-is-not-shown-again'
  it.each([
    ['that is no JSON', '{"postern": 1', 'The file is not JSON'],
    ['with an unknown provider', { postern: 1, sources: { a: { provider: 'nobody' } } }, 'a.provider'],
    [
      'with a secret in it',
      { postern: 1, sources: { shop: { provider: 'generic', secrets: { hmac: SECRET } } } },
      'shop.secrets.hmac: Must be',
    ],
    [
      'with a variable',
      { postern: 1, sources: { shop: { provider: 'generic', secrets: { hmac: { env: 'KEY' } } } } },
      'use postern apply',
    ],
  ])('%s is refused with what is wrong', async (_what, file, says) => {
    const response = await post(file)
    expect(response.status).toBe(422)
    const html = await response.text()
    expect(textOf(html)).toContain(says)
    expect(html).not.toContain(SECRET)
  })
})
