import { describe, expect, it } from 'vitest'
import { WHO } from '../../support/who.ts'
import { actionsOf, inRegistry } from '../support.ts'
import { LINK, OTHER_WHSEC, STORED, WHSEC, document, loaded, pathsOf, put, states } from './support.ts'

/** RFC 8032 section 7.1, test 1. */
const SEED = '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60'
const PUBLIC = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a'
const base64 = (hex: string) => Buffer.from(hex, 'hex').toString('base64')
const KEY = `whsk_${base64(SEED)}`

describe('a destination', () => {
  it('is created, found, listed, changed and removed, each with its line in the log', () =>
    inRegistry(async (registry) => {
      const created = await put(registry)
      expect(created).toMatchObject({ created: true, changed: true, owner: { name: 'app' } })
      const again = await put(registry)
      expect(again).toMatchObject({ created: false, changed: false })
      expect(again.owner.version).toBe(created.owner.version)
      const changed = await put(registry, { paused: true })
      expect(changed.owner.version).toBeGreaterThan(created.owner.version)
      expect((await registry.destinations.list()).map(({ name }) => name)).toEqual(['app'])

      expect(await registry.destinations.remove('app', WHO, null)).toMatchObject({ ok: true })
      expect(await registry.destinations.remove('app', WHO, null)).toEqual({
        ok: false,
        code: 'destination_unknown',
      })
      expect([await registry.destinations.find('app'), await registry.snapshots.destination('app')]).toEqual([
        null,
        null,
      ])
      expect(registry.rows('SELECT * FROM secrets')).toEqual([])
      expect(actionsOf(registry)).toEqual([
        'destination.created destination/app',
        'destination.changed destination/app',
        'destination.removed destination/app',
      ])
      const { base } = await registry.audit.heads()
      expect(await registry.audit.verify(base, 100)).toMatchObject({ ok: true })
    }))

  it('is not changed under another version than the operator saw', () =>
    inRegistry(async (registry) => {
      const { owner: destination } = await put(registry)
      const stale = destination.version - 1
      const conflict = { ok: false, code: 'version_conflict', version: destination.version }
      expect(await registry.destinations.put('app', document(), WHO, stale)).toEqual(conflict)
      expect(await registry.destinations.remove('app', WHO, stale)).toEqual(conflict)
      const request = { kind: 'rotate', slot: 'signing_secret', expectedVersion: stale } as const
      expect(await registry.destinations.changeSecret('app', request, WHO)).toEqual(conflict)
    }))

  it('has an index that tells whether anything changed', () =>
    inRegistry(async (registry) => {
      await put(registry)
      const index = await registry.snapshots.destinationIndex(0)
      expect(index.names).toEqual(['app'])
      expect(await registry.snapshots.destinationIndex(index.version)).toEqual({
        version: index.version,
        names: null,
      })
    }))

  it('of the form original makes gateways load its sources again, at each change', () => {
    const learned: string[] = []
    const GUARD = {
      getByName: (name: string) => ({
        learn: async (version: number) => void learned.push(`${name} ${version}`),
      }),
    }
    const secrets = { hmac: 'a-secret-of-the-source-shop' }
    return inRegistry(
      async (registry) => {
        for (const name of ['news', 'shop'])
          await registry.sources.put(name, { provider: 'generic', secrets }, WHO, null)
        const gateways = async () =>
          Promise.all(['news', 'shop'].map((name) => registry.snapshots.source(name)))
        const versions = async () => (await gateways()).map((source) => source?.version ?? 0)
        const forwards = async () => (await gateways()).map((source) => source?.forwardsTo)

        const first = await versions()
        await put(registry)
        expect([await forwards(), await versions()]).toEqual([[[], []], first])
        await registry.destinations.remove('app', WHO, null)

        const { owner } = await put(registry, { form: 'original', filter: { sources: ['shop'] } })
        expect(await forwards()).toEqual([[], ['app']])
        expect(await versions()).toEqual([first[0], owner.version])
        learned.length = 0
        await registry.alarm()
        expect(learned).toEqual([`shop#0 ${owner.version}`])
        // No reader of the source sees another version for it.
        expect((await registry.sources.find('shop'))?.version).toBe(first[1])

        const widened = await put(registry, { form: 'original' })
        expect(await forwards()).toEqual([['app'], ['app']])
        await registry.destinations.remove('app', WHO, null)
        expect(await forwards()).toEqual([[], []])
        for (const version of await versions()) expect(version).toBeGreaterThan(widened.owner.version)
      },
      { GUARD },
    )
  })

  it('keeps its form', () =>
    inRegistry(async (registry) => {
      await put(registry)
      expect(await pathsOf(registry, document({ form: 'original' }))).toEqual(['form'])
    }))

  it('may have the name of a source, whose secrets stay apart', () =>
    inRegistry(async (registry) => {
      const secrets = { hmac: 'a-secret-of-the-source-app' }
      await registry.sources.put('app', { provider: 'generic', secrets }, WHO, null)
      await put(registry, { secrets: { signing_secret: WHSEC } })
      await registry.sources.remove('app', WHO, null)
      expect(await states(registry)).toEqual(['signing_secret/1 active'])
      expect(await loaded(registry)).toMatchObject({ signing_secret: [{ kind: 'standard-webhooks' }] })
    }))

  it('keeps when it starts', () =>
    inRegistry(async (registry) => {
      await put(registry, { start: 'oldest' })
      expect((await put(registry, { paused: true })).owner.config.start).toBe('oldest')
      expect(await pathsOf(registry, document({ start: 'now' }))).toEqual(['start'])
    }))
})

describe('secrets', () => {
  it('stand in no answer and no column', () =>
    inRegistry(async (registry) => {
      const done = await put(registry, {
        ed25519: true,
        headers: { authorization: 'Bearer a-value-of-a-header' },
        secrets: { signing_secret: WHSEC, signing_key: KEY },
      })
      const shown = [done, await registry.destinations.find('app'), await registry.configuration.read()]
      const rows = ['destinations', 'audit'].map((table) => registry.rows(`SELECT * FROM ${table}`))
      const text = JSON.stringify([...shown, ...rows])
      for (const secret of [WHSEC.slice(6), base64(SEED), 'a-value-of-a-header'])
        expect(text).not.toContain(secret)
      expect(done.owner.config.headers).toEqual(['authorization'])
      const sealed = registry
        .rows<{ sealed: ArrayBuffer }>('SELECT sealed FROM secrets')
        .map((row) => Buffer.from(row.sealed).toString('latin1'))
      expect(sealed).toHaveLength(3)
      expect(sealed.join()).not.toContain('a-value-of-a-header')
    }))

  it('are generated when there are none, and sign before anybody has fetched them', () =>
    inRegistry(async (registry) => {
      const done = await put(registry, { ed25519: true }, LINK)
      expect(done.link).toEqual({ endsAtMs: expect.any(Number) })
      expect(await states(registry)).toEqual(['signing_key/1 active', 'signing_secret/1 pending'])
      const secrets = await loaded(registry)
      expect(secrets).toMatchObject({ signing_secret: [{}], signing_key: [{ kind: 'ed25519-private' }] })

      const got = await registry.secrets.retrieve(LINK.sha256, WHO)
      if (!got.ok) throw new Error('not given')
      expect(got).toMatchObject({ source: null, destination: 'app', slot: 'signing_secret', version: 1 })
      expect(secrets['signing_secret']).toEqual([
        { kind: 'standard-webhooks', key: got.values[0]?.value.slice('whsec_'.length) },
      ])
      expect(await states(registry)).toEqual(['signing_key/1 active', 'signing_secret/1 active'])
      expect(await registry.secrets.retrieve(LINK.sha256, WHO)).toEqual({ ok: false })
    }))

  it('show a public key, and never the private one', () =>
    inRegistry(async (registry) => {
      await put(registry, { ed25519: true, secrets: { signing_key: KEY } })
      const view = await registry.destinations.find('app')
      expect(view?.publicKeys).toEqual({ 'signing_key/1': `whpk_${base64(PUBLIC)}` })
      // The same key with its public half is the same key.
      await put(registry, { ed25519: true, secrets: { signing_key: `whsk_${base64(SEED + PUBLIC)}` } })
      expect(await states(registry)).toContain('signing_key/1 active')
    }))

  it('that a document does not name stay; those that it names are exactly those', () =>
    inRegistry(async (registry) => {
      await put(registry, { secrets: { signing_secret: WHSEC } })
      await put(registry, { paused: true })
      await put(registry, { secrets: {} })
      await put(registry, { secrets: { signing_secret: STORED } })
      expect(await states(registry)).toEqual(['signing_secret/1 active'])
      await put(registry, { secrets: { signing_secret: [OTHER_WHSEC, WHSEC] } })
      expect(await states(registry)).toEqual(['signing_secret/1 active', 'signing_secret/2 active'])
      await put(registry, { secrets: { signing_secret: OTHER_WHSEC } })
      expect(await states(registry)).toEqual(['signing_secret/1 revoked', 'signing_secret/2 active'])
    }))

  it('of Ed25519 end with it', () =>
    inRegistry(async (registry) => {
      await put(registry, { ed25519: true })
      await put(registry, {})
      expect(await states(registry)).toEqual(['signing_key/1 revoked', 'signing_secret/1 pending'])
      await put(registry, { ed25519: true })
      expect(await states(registry)).toContain('signing_key/2 active')
    }))
})

describe('headers', () => {
  const HEADERS = { 'X-Tenant': 'seven', Authorization: 'Bearer token-of-the-app' }

  it('keep the values that a document only names, by null or a mark', () =>
    inRegistry(async (registry) => {
      await put(registry, { headers: HEADERS })
      await put(registry, { headers: { 'x-tenant': null, AUTHORIZATION: STORED } })
      expect((await loaded(registry))['headers']).toEqual([
        { kind: 'named-values', values: { authorization: 'Bearer token-of-the-app', 'x-tenant': 'seven' } },
      ])
      expect(await states(registry)).toContain('headers/1 active')
      await put(registry, { headers: { 'x-tenant': 'eight' } })
      expect((await loaded(registry))['headers']).toEqual([
        { kind: 'named-values', values: { 'x-tenant': 'eight' } },
      ])
      await put(registry)
      expect(await loaded(registry)).not.toHaveProperty('headers')
    }))

  it('are no secret that can be rotated or revoked by itself', () =>
    inRegistry(async (registry) => {
      await put(registry, { headers: HEADERS })
      for (const request of [
        { kind: 'rotate', slot: 'headers', value: { 'x-tenant': 'nine' } },
        { kind: 'revoke', slot: 'headers', version: 1, force: true },
      ] as const)
        expect(await registry.destinations.changeSecret('app', request, WHO)).toEqual({
          ok: false,
          code: 'secret_unknown',
        })
    }))
})

describe('another recipient', () => {
  const elsewhere = { url: 'https://other.example.net/email-events' }
  const fill = { headers: { 'x-tenant': 'seven' }, secrets: { signing_secret: WHSEC } }

  it.each([
    ['another host', elsewhere.url, false],
    ['another path', 'https://app.example.com/echo', false],
    ['a path below it', 'https://app.example.com/email-events/echo', false],
    ['a path in capitals', 'https://app.example.com/Email-Events', false],
    ['a query', 'https://app.example.com/email-events?echo', false],
    ['another spelling', 'https://APP.example.com:443/x/../email-events', true],
  ])('gets a stored value of a header if it is the same: %s, %s → %j', (_what, url, isKept) =>
    inRegistry(async (registry) => {
      for (const kept of [null, STORED]) {
        await put(registry, fill)
        const moved = { ...document({ url, headers: { 'x-tenant': kept } }), secrets: {} }
        if (isKept) await put(registry, moved)
        else expect(await pathsOf(registry, moved)).toEqual(['headers.x-tenant'])
      }
      expect(await states(registry)).toContain('headers/1 active')
    }),
  )

  it('gets a new signing secret, unless the document has one', () =>
    inRegistry(async (registry) => {
      await put(registry, fill)
      const kept = { ...elsewhere, secrets: { signing_secret: STORED } }
      expect(await pathsOf(registry, document(kept))).toEqual(['secrets.signing_secret'])
      const moved = await put(registry, elsewhere, LINK)
      expect(moved.link).not.toBeNull()
      expect(await states(registry)).toEqual([
        'headers/1 revoked',
        'signing_secret/1 revoked',
        'signing_secret/2 pending',
      ])
    }))

  it.each([
    ['another path', 'https://app.example.com/elsewhere', true],
    ['the same port in words', 'https://app.example.com:443/email-events', true],
    ['another port', 'https://app.example.com:8443/email-events', false],
    ['a host below it', 'https://eu.app.example.com/email-events', false],
  ])('is not %s: %s → %j', (_what, url, isSame) =>
    inRegistry(async (registry) => {
      await put(registry, fill)
      await put(registry, { url, headers: { 'x-tenant': 'seven' } })
      expect((await states(registry)).includes('signing_secret/1 active')).toBe(isSame)
    }),
  )
})
