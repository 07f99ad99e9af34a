import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readDestination } from '../../../src/registry/destinations/read-document.ts'
import { WHO } from '../../support/who.ts'
import { inRegistry } from '../support.ts'
import { OTHER_WHSEC, STORED, URL_TEXT, WHSEC, document, pathsOf, put } from './support.ts'

const POLICY = { allowPrivate: false, ownHosts: [] }
const twenty = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`x-h${i}`, 'v']))

describe('a document', () => {
  it('gets its defaults', async () => {
    expect(await readDestination(document(), undefined, POLICY)).toEqual({
      ok: true,
      config: {
        url: URL_TEXT,
        personal: 'full',
        concurrency: 4,
        ordered: false,
        form: 'events',
        include_original: false,
        timeout_seconds: 15,
        paused: false,
        paused_until: null,
        ed25519: false,
        tells_erasures: false,
        start: 'now',
        private_network: false,
        restored_at: null,
        headers: [],
      },
      secrets: {},
      kept: new Set(),
    })
  })

  it.each<[string, Record<string, unknown>]>([
    ['with a filter', { filter: { types: ['email.bounced'] } }],
    ['with batches', { batch: { max_events: 1_000, max_wait_seconds: 300 } }],
    ['with batches by default', { batch: {} }],
    ['with the requests of the ESP', { form: 'original', ordered: true, filter: { sources: ['shop'] } }],
    ['without persons', { personal: 'none' }],
    ['with a slow rate', { rate_per_second: 0.5 }],
    ['from the oldest event', { start: 'oldest' }],
    ['from a time', { start: '2026-11-27T10:00:00+01:00' }],
    ['with headers', { headers: { Authorization: 'Bearer a b', 'X-Tenant': '1' } }],
    ['with as many headers as there may be', { headers: twenty }],
    ['with its own secret', { secrets: { signing_secret: WHSEC } }],
    ['with two secrets', { secrets: { signing_secret: [WHSEC, OTHER_WHSEC] } }],
    ['with a key', { ed25519: true, secrets: { signing_key: `whsk_${btoa('k'.repeat(32))}` } }],
  ])('%s is accepted', (_what, change) =>
    inRegistry(async (registry) => {
      expect(await put(registry, change)).toMatchObject({ created: true })
    }),
  )

  it.each<[string, unknown, string[]]>([
    ['no object', null, ['']],
    ['no URL', {}, ['url']],
    ['a URL that is none', document({ url: 'app' }), ['url']],
    ['http', document({ url: 'http://app.example.com/' }), ['url']],
    ['a private address', document({ url: 'https://10.0.0.1/' }), ['url']],
    ['a private network', document({ private_network: true }), ['private_network']],
    ['a filter that is none', document({ filter: 'all' }), ['filter']],
    ['an unknown setting', document({ colour: 'red' }), ['colour']],
    ['an empty batch', document({ batch: { max_events: 0 } }), ['batch.max_events']],
    [
      'a batch that waits for ever',
      document({ batch: { max_wait_seconds: 301 } }),
      ['batch.max_wait_seconds'],
    ],
    [
      'requests of the ESP, and something to choose or to change in them',
      document({
        form: 'original',
        batch: {},
        personal: 'pseudonym',
        include_original: true,
        tells_erasures: true,
        start: 'oldest',
        filter: { types: ['email.bounced'], where: { recipient: 'ada@example.com' } },
      }),
      ['batch', 'personal', 'include_original', 'tells_erasures', 'start', 'filter.types', 'filter.where'],
    ],
    [
      'the item of the ESP without its people',
      document({ include_original: true, personal: 'pseudonym' }),
      ['include_original'],
    ],
    ['order in batches', document({ batch: {}, ordered: true }), ['ordered']],
    ['another idea of persons', document({ personal: 'some' }), ['personal']],
    ['no rate', document({ rate_per_second: 0 }), ['rate_per_second']],
    ['too many at once', document({ concurrency: 7 }), ['concurrency']],
    ['a long timeout', document({ timeout_seconds: 31 }), ['timeout_seconds']],
    ['a start that is no time', document({ start: 'yesterday' }), ['start']],
    ['headers in a list', document({ headers: ['x'] }), ['headers']],
    ['a reserved header', document({ headers: { Host: 'x' } }), ['headers.Host']],
    ['a header of Standard Webhooks', document({ headers: { 'Webhook-Id': 'x' } }), ['headers.Webhook-Id']],
    ['a header of the platform', document({ headers: { 'CF-Worker': 'x' } }), ['headers.CF-Worker']],
    [
      'a header of a proxy',
      document({ headers: { 'Proxy-Authorization': 'x' } }),
      ['headers.Proxy-Authorization'],
    ],
    ['a header with a line break', document({ headers: { 'X-A': 'a\r\nb: c' } }), ['headers.X-A']],
    ['a header that is empty', document({ headers: { 'X-A': '' } }), ['headers.X-A']],
    ['a header outside of ASCII', document({ headers: { 'X-A': 'ü' } }), ['headers.X-A']],
    ['a header that is a number', document({ headers: { 'X-A': 1 } }), ['headers.X-A']],
    ['a header twice', document({ headers: { 'X-A': 'a', 'x-a': 'b' } }), ['headers.x-a']],
    ['a header’s name that is none', document({ headers: { 'no name': 'a' } }), ['headers']],
    ['a header that is kept and was never there', document({ headers: { 'X-A': STORED } }), ['headers.X-A']],
    ['too many headers', document({ headers: { ...twenty, 'X-More': 'v' } }), ['headers']],
    ['too long headers', document({ headers: { 'X-A': 'a'.repeat(4_094) } }), ['headers']],
    ['secrets in a list', document({ secrets: [WHSEC] }), ['secrets']],
    ['an unknown secret', document({ secrets: { signing: WHSEC } }), ['secrets.signing']],
    [
      'a short secret',
      document({ secrets: { signing_secret: `whsec_${btoa('a'.repeat(23))}` } }),
      ['secrets.signing_secret'],
    ],
    [
      'a long secret',
      document({ secrets: { signing_secret: `whsec_${btoa('a'.repeat(65))}` } }),
      ['secrets.signing_secret'],
    ],
    [
      'a secret without its prefix',
      document({ secrets: { signing_secret: btoa('a'.repeat(32)) } }),
      ['secrets.signing_secret'],
    ],
    [
      'a public key as a secret',
      document({ secrets: { signing_secret: `whpk_${btoa('a'.repeat(32))}` } }),
      ['secrets.signing_secret'],
    ],
    [
      'a key that nobody asked for',
      document({ secrets: { signing_key: `whsk_${btoa('a'.repeat(32))}` } }),
      ['secrets.signing_key'],
    ],
    [
      'a short key',
      document({ ed25519: true, secrets: { signing_key: `whsk_${btoa('a'.repeat(31))}` } }),
      ['secrets.signing_key'],
    ],
    [
      'a key with another public half',
      document({ ed25519: true, secrets: { signing_key: `whsk_${btoa('a'.repeat(64))}` } }),
      ['secrets.signing_key'],
    ],
    [
      'a stored secret that is not',
      document({ secrets: { signing_secret: STORED } }),
      ['secrets.signing_secret'],
    ],
    [
      'everything wrong at once',
      {
        url: 'http://127.0.0.1/',
        concurrency: 0,
        headers: { te: 'x' },
        secrets: { signing_secret: 'x' },
        filter: 1,
      },
      ['concurrency', 'url', 'url', 'filter', 'headers.te', 'secrets.signing_secret'],
    ],
  ])('with %s is refused', (_what, bad, paths) =>
    inRegistry(async (registry) => expect(await pathsOf(registry, bad)).toEqual(paths)),
  )

  it.each(['App', '-app', 'app-', 'a/b', '', 'a'.repeat(65)])('with the name %j is refused', (name) =>
    inRegistry(async (registry) => {
      const done = await registry.destinations.put(name, { url: 'x' }, WHO, null)
      expect(done).toMatchObject({ ok: false, problems: [{ path: 'name' }, { path: 'url' }] })
    }),
  )

  it('whatever it is gives a result, and no problem repeats a value', async () => {
    const marked = fc.constant('a-value-that-nobody-repeats')
    const value = fc.oneof(
      fc.jsonValue(),
      marked,
      fc.dictionary(fc.string(), fc.oneof(marked, fc.jsonValue())),
    )
    const keys = fc.constantFrom(
      'url',
      'filter',
      'batch',
      'headers',
      'secrets',
      'start',
      'ed25519',
      'private_network',
    )
    await fc.assert(
      fc.asyncProperty(fc.dictionary(keys, value), async (fields) => {
        const read = await readDestination({ url: URL_TEXT, ...fields }, undefined, POLICY)
        if (!read.ok) expect(JSON.stringify(read)).not.toContain('a-value-that-nobody-repeats')
      }),
    )
  })
})

describe('an installation', () => {
  it('refuses its own hosts', () =>
    inRegistry(async (registry) =>
      expect(await pathsOf(registry, document(), ['app.example.com'])).toEqual(['url']),
    ))

  it('on a developer’s machine allows private networks, and says so', () =>
    inRegistry(
      async (registry) => {
        const local = await put(registry, { url: 'http://localhost:3000/email-events' })
        expect(local.owner.config.private_network).toBe(true)
        const away = await put(registry, { private_network: true })
        expect(away.owner.config.private_network).toBe(false)
      },
      { PRIVATE_DESTINATIONS: 'allowed' },
    ))

  it('has 100 destinations at most', () =>
    inRegistry(async (registry) => {
      for (let i = 0; i < 100; i++) await registry.destinations.put(`app-${i}`, document(), WHO, null)
      const refused = await registry.destinations.put('app', document(), WHO, null)
      expect(refused).toMatchObject({ ok: false, code: 'document_invalid', problems: [{ path: 'name' }] })
      expect(await registry.destinations.put('app-7', document({ paused: true }), WHO, null)).toMatchObject({
        ok: true,
      })
    }))
})
