import * as v from 'valibot'
import { beforeAll, describe, expect, it } from 'vitest'
import { SourceConfigSchema } from '../../../src/registry/sources/document.ts'
import type { SourceView } from '../../../src/registry/sources/source.ts'
import { migrate, newConsole, registryWith } from '../support.ts'

const SECRET = 'a-shared-secret-of-the-tests'
const DOCUMENT = { provider: 'generic', secrets: { hmac: SECRET }, level: 'enhanced' }

beforeAll(migrate)

describe('a source', () => {
  it('is created, read, replaced and removed, and its secrets are never returned', async () => {
    const { api } = newConsole()
    const created = await api('PUT', '/api/sources/shop', DOCUMENT)
    expect(created.status).toBe(201)
    expect(created.json).toMatchObject({
      name: 'shop',
      provider: 'generic',
      level: 'enhanced',
      webhook_url: 'https://gate.example/hooks/shop',
      secrets: { hmac: 1 },
      unreached_guards: [],
    })

    const read = await api('GET', '/api/sources/shop')
    expect(read.json).toMatchObject({ name: 'shop', provider: 'generic', version: created.json['version'] })

    const replaced = await api('PUT', '/api/sources/shop', { provider: 'generic', ratePerMinute: 60 })
    expect(replaced.status).toBe(200)
    expect(replaced.json).toMatchObject({ ratePerMinute: 60, level: 'standard', secrets: { hmac: 1 } })
    expect(Number(replaced.json['version'])).toBeGreaterThan(Number(created.json['version']))

    const listed = await api('GET', '/api/sources')
    expect(listed.json).toMatchObject({ sources: [{ name: 'shop' }], next_cursor: null })

    const removed = await api('DELETE', '/api/sources/shop')
    expect(removed.json).toEqual({ removed: 'shop', unreached_guards: [] })
    expect((await api('GET', '/api/sources/shop')).json).toMatchObject({
      status: 404,
      code: 'source_unknown',
    })
    expect((await api('DELETE', '/api/sources/shop')).json).toMatchObject({
      status: 404,
      code: 'source_unknown',
    })

    expect(JSON.stringify([created.json, read.json, replaced.json, listed.json])).not.toContain(SECRET)
  })

  it('without a secret says that it refuses everything, what it lacks, and how to add it', async () => {
    const { api } = newConsole()
    const made = await api('PUT', '/api/sources/early', { provider: 'sendgrid' })
    expect(made.status).toBe(201)
    const refuses_everything = {
      missing_secrets: [{ one_of: ['public_key', 'oauth2'] }],
      explanation: 'The source refuses every delivery: it needs a secret in one of public_key, oauth2.',
      remedy: expect.stringContaining('postern secrets rotate early SLOT --stdin'),
    }
    const webhook_url = 'https://gate.example/hooks/early'
    expect(made.json).toMatchObject({ webhook_url, refuses_everything })
    expect((await api('GET', '/api/sources/early')).json).toMatchObject({ refuses_everything })
    const { json } = await api('GET', '/api/sources')
    expect(json['sources']).toContainEqual(expect.objectContaining({ name: 'early', refuses_everything }))
    const opened = await api('PUT', '/api/sources/early', DOCUMENT)
    expect(opened.json).toMatchObject({ refuses_everything: null })
    await api('DELETE', '/api/sources/early')
  })

  it('shows publicUrl as its webhook URL, if the operator set it', async () => {
    const { api } = newConsole()
    const publicUrl = 'https://mail.example/in'
    const { json } = await api('PUT', '/api/sources/proxied', { ...DOCUMENT, publicUrl })
    expect(json['webhook_url']).toBe(publicUrl)
    await api('DELETE', '/api/sources/proxied')
  })

  it('is refused with all its problems, without values', async () => {
    const { status, json } = await newConsole().api('PUT', '/api/sources/shop', {
      ...DOCUMENT,
      level: 'paranoid',
      ratePerMinute: 0,
      surprise: 'hunter2',
    })
    expect({ status, code: json['code'] }).toEqual({ status: 422, code: 'document_invalid' })
    const problems = json['problems'] as { path: string; problem: string }[]
    expect(problems.map(({ path }) => path).sort()).toEqual(['level', 'ratePerMinute', 'surprise'])
    expect(JSON.stringify(json)).not.toMatch(/hunter2|paranoid|a-shared-secret/)
  })

  it.each([
    ['an invalid name', 'Not_A_Name', DOCUMENT],
    ['__proto__', 'shop', '{"__proto__": {"provider": "generic"}}'],
    ['an unknown provider', 'shop', { ...DOCUMENT, provider: 'constructor' }],
  ])('is refused for %s', async (_what, name, document) => {
    const { status, json } = await newConsole().api('PUT', `/api/sources/${name}`, document)
    expect({ status, code: json['code'] }).toEqual({ status: 422, code: 'document_invalid' })
    expect(json['problems']).not.toEqual([])
  })

  it('lists the guards that did not acknowledge a change', async () => {
    const source: SourceView = {
      name: 'shop',
      version: 7,
      config: v.parse(SourceConfigSchema, { provider: 'generic' }),
      secrets: [],
      rotations: [],
      missingSecrets: null,
      createdAtMs: 0,
      updatedAtMs: 0,
    }
    const unreached = [{ guard: 'shop#0', old_value_may_live_seconds: 30 }]
    const done = async () =>
      ({
        ok: true,
        created: false,
        changed: true,
        version: null,
        link: null,
        owner: source,
        unreached,
      }) as const
    const REGISTRY = registryWith({ sources: { put: done, remove: done } })
    const { api } = newConsole({ REGISTRY })
    const told = [{ guard: 'shop#0', old_value_may_live_seconds: 30 }]
    expect((await api('PUT', '/api/sources/shop', DOCUMENT)).json['unreached_guards']).toEqual(told)
    expect((await api('DELETE', '/api/sources/shop')).json['unreached_guards']).toEqual(told)
  })
})

describe('the list of sources', () => {
  const NAMES = ['a', 'b', 'c', 'd', 'e']

  beforeAll(async () => {
    for (const name of NAMES) await newConsole().api('PUT', `/api/sources/${name}`, DOCUMENT)
  })

  it('is read in pages, each source once', async () => {
    const { api } = newConsole()
    const seen: string[] = []
    let cursor = ''
    for (let pages = 1; ; pages++) {
      const { json } = await api('GET', `/api/sources?limit=2${cursor}`)
      const { sources, next_cursor } = json as { sources: { name: string }[]; next_cursor: string | null }
      seen.push(...sources.map(({ name }) => name))
      if (next_cursor === null) {
        expect(pages).toBe(3)
        break
      }
      cursor = `&cursor=${next_cursor}`
    }
    expect(seen).toEqual(NAMES)
  })

  it('ends on a page that is exactly full', async () => {
    const { json } = await newConsole().api('GET', '/api/sources?limit=5')
    expect(json['next_cursor']).toBeNull()
  })
})
