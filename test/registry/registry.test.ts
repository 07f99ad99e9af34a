import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { Registry } from '../../src/registry/registry.ts'
import type { DocumentProblem } from '../../src/registry/source.ts'

const SECRET = 'seeded-secret-of-the-registry-test'

let objects = 0
const newRegistry = () => env.REGISTRY.getByName(`registry-${objects++}`)

const document = (change: Record<string, unknown> = {}) => ({
  provider: 'generic',
  secrets: { hmac: SECRET },
  ...change,
})

async function problemsOf(bad: unknown, name = 'shop'): Promise<readonly DocumentProblem[]> {
  const result = await newRegistry().put(name, bad)
  if (result.ok) throw new Error('was accepted')
  return result.problems
}

describe('a saved source', () => {
  it('comes out with its defaults and the number of its secrets, never with a secret', async () => {
    const registry = newRegistry()
    const result = await registry.put('shop', document({ ratePerMinute: 60 }))
    expect(result).toMatchObject({ ok: true, created: true, unreached: [] })
    const view = await registry.view('shop')
    expect(view).toMatchObject({ name: 'shop', secrets: { hmac: 1 } })
    expect(view?.config).toMatchObject({
      provider: 'generic',
      level: 'standard',
      ratePerMinute: 60,
      requireTls: true,
    })
    expect(JSON.stringify([result, view, await registry.list()])).not.toContain(SECRET)
  })

  it('rests with its secrets sealed', async () => {
    const registry = newRegistry()
    await registry.put('shop', document())
    const stored = await runInDurableObject(registry, (_, { storage }) => {
      const [row] = storage.sql.exec('SELECT * FROM sources').toArray()
      return Object.values(row ?? {}).map((value) =>
        value instanceof ArrayBuffer ? new TextDecoder('latin1').decode(value) : String(value),
      )
    })
    expect(stored).toHaveLength(7)
    for (const column of stored) {
      expect(column).not.toContain(SECRET)
      expect(column).not.toContain(btoa(SECRET))
    }
  })

  it('keeps its secrets when it is changed by a document without any, and loses them to one with others', async () => {
    const registry = newRegistry()
    await registry.put('shop', document())
    await registry.put('shop', { provider: 'generic', ratePerMinute: 5 })
    expect(await registry.view('shop')).toMatchObject({ config: { ratePerMinute: 5 }, secrets: { hmac: 1 } })
    await registry.put(
      'shop',
      document({ secrets: { api_key: ['first-key-0123456789', 'second-key-0123456789'] } }),
    )
    expect((await registry.view('shop'))?.secrets).toEqual({ api_key: 2 })
  })

  it('has a version that grows with each change and is not used again after a removal', async () => {
    const registry = newRegistry()
    const versions: number[] = []
    const put = async () => {
      const result = await registry.put('shop', document())
      if (result.ok) versions.push(result.source.version)
    }
    await put()
    await put()
    expect(await registry.remove('shop')).toEqual({ found: true, unreached: [] })
    await put()
    expect(versions).toEqual([1, 2, 4])
  })

  it('is gone after a removal, and a second removal says so', async () => {
    const registry = newRegistry()
    await registry.put('shop', document())
    await registry.remove('shop')
    expect([await registry.view('shop'), await registry.load('shop'), await registry.list()]).toEqual([
      null,
      null,
      [],
    ])
    expect((await registry.remove('shop')).found).toBe(false)
  })
})

describe('the roster', () => {
  it('names all sources, and nothing when nothing changed', async () => {
    const registry = newRegistry()
    await registry.put('b', document())
    await registry.put('a', document())
    const roster = await registry.roster(-1)
    expect(roster).toEqual({ version: 2, names: ['a', 'b'] })
    expect(await registry.roster(2)).toEqual({ version: 2, names: null })
  })
})

describe('guards', () => {
  it('have heard of a change, each shard of them, before the operator has the answer', async () => {
    const registry = newRegistry()
    const name = 'told'
    const result = await registry.put(name, document({ guardShards: 3 }))
    if (!result.ok) throw new Error('refused')
    for (const shard of [0, 1, 2]) {
      const answer = await env.GUARD.getByName(`${name}#${shard}`).admit({
        nowMs: 1_800_000_000_000,
        fingerprint: new Uint8Array(16),
        body: new Uint8Array(0),
        limitPerMinute: 1,
        memorySeconds: 60,
      })
      expect(answer.sourceVersion).toBe(result.source.version)
    }
  })

  it('that cannot be reached are named, with how long the old value may live there', async () => {
    const result = await runInDurableObject(newRegistry(), async (_, state) => {
      const guards = {
        getByName: (guard: string) => ({
          learn: () => (guard.endsWith('#1') ? Promise.reject(new Error('down')) : Promise.resolve()),
        }),
      }
      const cutOff = new Registry(state, { MASTER_KEY: env.MASTER_KEY ?? '', GUARD: guards })
      return cutOff.put('half', document({ guardShards: 2 }))
    })
    expect(result).toMatchObject({ ok: true, unreached: [{ guard: 'half#1', oldValueMayLiveSeconds: 30 }] })
  })
})

describe('a bad document', () => {
  it('is refused with every problem at once, and no value is printed', async () => {
    const problems = await problemsOf({
      provider: 'sendgrid',
      secrets: { public_key: SECRET, hmac: 'x' },
      level: 'paranoid',
      ratePerMinute: 0,
      surprise: 'seeded-value',
    })
    expect(problems.map(({ path }) => path).sort()).toEqual(['level', 'ratePerMinute', 'surprise'])
    const deeper = await problemsOf({
      provider: 'sendgrid',
      secrets: { public_key: SECRET, hmac: 'x' },
      allowedIps: ['192.0.2.0/24', '010.0.0.1'],
      signature: { algorithm: 'ed25519', header: 'x', encoding: 'hex', signed: '{body}' },
    })
    expect(deeper.map(({ path }) => path).sort()).toEqual([
      'allowedIps.1',
      'secrets.hmac',
      'secrets.public_key',
      'signature',
    ])
    expect(JSON.stringify([problems, deeper])).not.toMatch(/seeded|paranoid|010/)
  })

  it.each([
    ['no object', null, ''],
    ['an unknown provider', { provider: 'nobody', secrets: {} }, 'provider'],
    ['no usable secret', { provider: 'generic' }, 'secrets'],
    [
      'a free signature that does not cover the body',
      document({
        signature: { algorithm: 'hmac-sha256', header: 'x', encoding: 'hex', signed: '{timestamp}' },
      }),
      'signature.signed',
    ],
    [
      'a free signature over an id that no header brings',
      document({
        signature: { algorithm: 'hmac-sha256', header: 'x', encoding: 'hex', signed: '{id}.{body}' },
      }),
      'signature.idHeader',
    ],
  ])('with %s is refused at its place', async (_what, bad, path) => {
    expect((await problemsOf(bad)).map((problem) => problem.path)).toContain(path)
  })

  it.each(['', 'Shop', 'a_b', '-a', 'a-', '../x', 'a'.repeat(65), 'a/b', '%61'])(
    'under the name %j is refused',
    async (name) => {
      expect((await problemsOf(document(), name)).map(({ path }) => path)).toEqual(['name'])
    },
  )
})
