import { describe, expect, it } from 'vitest'
import { newConsole } from '../support.ts'

const SECRET = 'seeded-secret-of-the-configuration-test'
const PATH = '/api/configuration'

const document = (change: Record<string, unknown> = {}) => ({
  provider: 'generic',
  secrets: { hmac: SECRET },
  ...change,
})

const changes = ({ json }: { readonly json: Record<string, unknown> }) =>
  (json['changes'] as { name: string; change: string }[]).map(({ name, change }) => `${name} ${change}`)

describe('the configuration', () => {
  it('is exported without defaults and secrets, and applied again without a change', async () => {
    const { api } = newConsole()
    const sources = {
      constructor: document({ ratePerMinute: 60 }),
      shop: document({ secrets: { api_key: SECRET, hmac: SECRET } }),
    }
    const applied = await api('POST', PATH, { sources, prune: true })
    expect(changes(applied)).toEqual(['constructor created', 'shop created'])

    const out = await api('GET', PATH)
    const stored = { stored: true }
    expect(out.json).toEqual({
      version: applied.json['version'],
      sources: {
        constructor: { provider: 'generic', ratePerMinute: 60, secrets: { hmac: stored } },
        shop: { provider: 'generic', secrets: { api_key: stored, hmac: stored } },
      },
      destinations: {},
      channels: {},
    })
    expect(JSON.stringify(out.json)).not.toContain(SECRET)
    const again = await api('POST', PATH, {
      sources: out.json['sources'],
      prune: true,
      expected_version: out.json['version'],
    })
    expect(changes(again)).toEqual(['constructor unchanged', 'shop unchanged'])
    expect(again.json['version']).toBe(out.json['version'])
  })

  it.each<[string, Record<string, unknown>, object, string]>([
    ['as it follows from no secret', { secrets: {} }, {}, 'enhanced'],
    ['as it was chosen', { level: 'maximum', secrets: {} }, { level: 'maximum' }, 'maximum'],
    [
      'as it was chosen, weaker than it would be',
      { level: 'standard', secrets: { api_key: SECRET } },
      { level: 'standard' },
      'standard',
    ],
    [
      'with the networks that are required beside it',
      { requireSourceIp: true, secrets: {} },
      { level: 'standard', requireSourceIp: true },
      'standard',
    ],
  ])(
    'has the level only %s, so that a key that comes later decides',
    async (_how, settings, written, level) => {
      const { api } = newConsole()
      const name = `bare-${Math.random().toString(36).slice(2)}`
      await api('POST', PATH, { sources: { [name]: document(settings) }, prune: true })
      const out = await api('GET', PATH)
      const bare = (out.json['sources'] as Record<string, Record<string, unknown>>)[name]
      const { provider: _provider, secrets: _secrets, ...own } = bare ?? {}
      expect(own).toEqual(written)
      await api('POST', PATH, { sources: { [name]: { ...bare, secrets: { api_key: SECRET } } } })
      expect((await api('GET', `/api/sources/${name}`)).json).toMatchObject({ level })
    },
  )

  it('is planned without changing anything', async () => {
    const { api } = newConsole()
    const before = await api('GET', PATH)
    const plan = await api('POST', PATH, { sources: { planned: document() }, prune: true, dry_run: true })
    expect(changes(plan)).toContain('planned created')
    expect((await api('GET', PATH)).json).toEqual(before.json)
  })

  it.each([
    ['an old version', { sources: {}, expected_version: 1 }, 412, 'version_conflict'],
    ['an invalid document', { sources: { shop: document({ level: 'none' }) } }, 422, 'configuration_invalid'],
    ['a list', { sources: [document()] }, 422, 'body_invalid'],
    ['nothing', {}, 422, 'body_invalid'],
    ['an unknown field', { sources: {}, force: true }, 422, 'body_invalid'],
    ['a version in words', { sources: {}, expected_version: 'newest' }, 422, 'body_invalid'],
  ])('with %s is refused, without a value', async (_what, body, status, code) => {
    const { api } = newConsole()
    await api('POST', PATH, { sources: { shop: document() } })
    const before = await api('GET', PATH)
    const refused = await api('POST', PATH, body)
    expect({ status: refused.status, code: refused.json['code'] }).toEqual({ status, code })
    expect(JSON.stringify(refused.json)).not.toContain(SECRET)
    expect((await api('GET', PATH)).json).toEqual(before.json)
  })
})
