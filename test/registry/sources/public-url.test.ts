/** A URL with credentials: whole for the gateway, sealed in storage, masked for people. */
import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { readMasterKeys } from '../../../src/platform/master-key.ts'
import { sealer } from '../../../src/platform/seal.ts'
import { openSecrets } from '../../../src/registry/rotation/sealed.ts'
import { wholePublicUrl } from '../../../src/registry/sources/public-url.ts'
import type { SourceView } from '../../../src/registry/sources/source.ts'
import { WHO } from '../../support/who.ts'
import { activate, revoke, rotate } from '../../support/secrets.ts'

const URL_OF_HOOK = 'https://hookuser:s3cr3t-word@hooks.example/in?token=s3cr3t-value&shop=1'
const SHOWN = 'https://***@hooks.example/in?token=***&shop=***'
const OTHER = 'https://hookuser:s3cr3t-again@hooks.example/in?token=s3cr3t-next&shop=1'
const KEY = 'a-webhook-key-of-the-tests'

const newRegistry = () => env.REGISTRY.getByName(`public-url-${crypto.randomUUID()}`)
type Stub = ReturnType<typeof newRegistry>

async function put(registry: Stub, document: object): Promise<SourceView> {
  const done = await registry.sources.put('shop', document, WHO, null)
  if (!done.ok) throw new Error(JSON.stringify(done))
  return done.owner
}

/** The URL that a gateway verifies signatures with. */
async function inUse(registry: Stub): Promise<string | undefined> {
  const sealed = await registry.snapshots.source('shop')
  if (sealed === null) throw new Error('no source')
  const secrets = await openSecrets(sealer(readMasterKeys(env.MASTER_KEY), 'secrets'), sealed)
  return wholePublicUrl({ ...sealed, secrets })
}

/** Everything that the registry stores, and everything that it returns. */
async function everything(registry: Stub): Promise<string> {
  const rows = await runInDurableObject(registry, (_, { storage }) =>
    ['sources', 'secrets', 'audit'].flatMap((table) =>
      storage.sql
        .exec(`SELECT * FROM ${table}`)
        .toArray()
        .flatMap((row) =>
          Object.values(row).map((value) =>
            value instanceof ArrayBuffer ? new TextDecoder('latin1').decode(value) : value,
          ),
        ),
    ),
  )
  return JSON.stringify([
    rows,
    await registry.sources.list(),
    await registry.configuration.read(),
    await registry.audit.after(0, 100),
  ])
}

const BOTH_WAYS: readonly (readonly [string, object])[] = [
  ['as a secret of Mandrill', { provider: 'mandrill', secrets: { webhook_key: KEY, webhook_url: URL_OF_HOOK } }],
  ['as the publicUrl of Mandrill', { provider: 'mandrill', publicUrl: URL_OF_HOOK, secrets: { webhook_key: KEY } }],
  ['as the publicUrl of Bird', { provider: 'bird', publicUrl: URL_OF_HOOK, secrets: { signing_key: KEY } }],
  ['as a secret of Bird', { provider: 'bird', secrets: { signing_key: KEY, webhook_url: URL_OF_HOOK } }],
  ['as the publicUrl of a generic source', { provider: 'generic', publicUrl: URL_OF_HOOK, secrets: { hmac: KEY } }],
  [
    'as the publicUrl of Alibaba Cloud Direct Mail',
    { provider: 'alibaba-directmail', publicUrl: URL_OF_HOOK, secrets: { signature_token: KEY } },
  ],
] // prettier-ignore

describe.each(BOTH_WAYS)('a URL with credentials, %s', (_how, document) => {
  it('is whole for the gateway only', async () => {
    const registry = newRegistry()
    expect((await put(registry, document)).config.publicUrl).toBe(SHOWN)
    expect(await inUse(registry)).toBe(URL_OF_HOOK)
    expect(await everything(registry)).not.toContain('s3cr3t')
  })

  it('does not change when the document is sent again, whole or masked', async () => {
    const registry = newRegistry()
    const { version } = await put(registry, document)
    expect((await put(registry, document)).version).toBe(version)
    const { secrets, provider } = document as { secrets: object; provider: string }
    const stored = Object.fromEntries(Object.keys(secrets).map((slot) => [slot, { stored: true }]))
    for (const again of [
      { provider, publicUrl: SHOWN },
      { provider, publicUrl: SHOWN, secrets: { ...stored, webhook_url: { stored: true } } },
      { provider, publicUrl: SHOWN, secrets },
      { provider, publicUrl: SHOWN, ratePerMinute: 60, secrets: stored },
      { provider, publicUrl: URL_OF_HOOK, ratePerMinute: 70 },
    ]) {
      const view = await put(registry, again)
      expect(view.config.publicUrl).toBe(SHOWN)
      expect(view.secrets.filter(({ slot }) => slot === 'webhook_url')).toMatchObject([
        { version: 1, state: 'active' },
      ])
      expect(await inUse(registry)).toBe(URL_OF_HOOK)
    }
    expect(await everything(registry)).not.toContain('s3cr3t')
  })

  it('changes when another one is sent', async () => {
    const registry = newRegistry()
    await put(registry, document)
    const { provider } = document as { provider: string }
    await put(registry, { provider, publicUrl: OTHER })
    expect(await inUse(registry)).toBe(OTHER)
    await put(registry, { provider, publicUrl: 'https://hooks.example/in' })
    expect(await inUse(registry)).toBe('https://hooks.example/in')
    expect(await everything(registry)).not.toContain('s3cr3t')
  })
})

describe('a URL of a source', () => {
  const document = { provider: 'mandrill', secrets: { webhook_key: KEY, webhook_url: URL_OF_HOOK } }

  it.each([
    ['a new source', undefined],
    ['another URL', { provider: 'mandrill', publicUrl: 'https://u@elsewhere.example/', secrets: { webhook_key: KEY } }],
  ])('is refused if it is masked and no stored one matches: %s', async (_what, before) => {
    const registry = newRegistry()
    if (before !== undefined) await put(registry, before)
    const done = await registry.sources.put('shop', { provider: 'mandrill', publicUrl: SHOWN, secrets: { webhook_key: KEY } }, WHO, null)
    expect(done).toMatchObject({ ok: false, problems: [{ path: 'publicUrl', problem: /masked/ }] })
  }) // prettier-ignore

  it('can be rotated, and the new one is shown', async () => {
    const registry = newRegistry()
    await put(registry, document)
    const elsewhere = 'https://s3cr3t@elsewhere.example/in'
    for (const value of [OTHER, elsewhere]) {
      expect(await rotate(registry, 'shop', { slot: 'webhook_url', value }, WHO)).toMatchObject({ ok: true })
      expect(await inUse(registry)).toBe(value)
    }
    expect((await registry.sources.find('shop'))?.config.publicUrl).toBe('https://***@elsewhere.example/in')
    expect(await activate(registry, 'shop', 'webhook_url', 1, 0, WHO)).toMatchObject({ ok: true })
    expect(await inUse(registry)).toBe(URL_OF_HOOK)
    expect(await everything(registry)).not.toContain('s3cr3t')
  })

  it('authenticates nothing once it is revoked', async () => {
    const registry = newRegistry()
    await put(registry, document)
    expect(await revoke(registry, 'shop', 'webhook_url', 1, false, WHO)).toMatchObject({ ok: true })
    expect(await inUse(registry)).toBe(SHOWN)
  })

  it('is stored without its secret parts if the provider signs no URL', async () => {
    const registry = newRegistry()
    const postmark = {
      provider: 'postmark',
      publicUrl: URL_OF_HOOK,
      secrets: { basic_auth: { username: 'hooks', password: KEY } },
    }
    expect((await put(registry, postmark)).config.publicUrl).toBe(SHOWN)
    expect((await put(registry, { provider: 'postmark', publicUrl: SHOWN })).config.publicUrl).toBe(SHOWN)
    expect(await everything(registry)).not.toContain('s3cr3t')
  })

  it('that was saved before URLs were masked is shown masked, still used, and sealed by the next document', async () => {
    const registry = newRegistry()
    await put(registry, { ...document, secrets: { webhook_key: KEY } })
    await runInDurableObject(registry, (_, { storage }) => {
      storage.sql.exec(`UPDATE sources SET config = json_set(config, '$.publicUrl', ?)`, URL_OF_HOOK)
    })
    expect((await registry.sources.find('shop'))?.config.publicUrl).toBe(SHOWN)
    expect(await inUse(registry)).toBe(URL_OF_HOOK)
    await put(registry, { provider: 'mandrill', publicUrl: SHOWN })
    expect(await inUse(registry)).toBe(URL_OF_HOOK)
    expect(await everything(registry)).not.toContain('s3cr3t')
  })
})
