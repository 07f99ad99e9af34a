import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { Registry } from '../../src/registry/registry.ts'
import type { SecretVersion } from '../../src/registry/rotation/secret-version.ts'
import type { DocumentProblem } from '../../src/registry/sources/source.ts'
import { WHO } from '../support/who.ts'

const SECRET = 'seeded-secret-of-the-registry-test'

const newRegistry = () => env.REGISTRY.getByName(`registry-${crypto.randomUUID()}`)

const document = (change: Record<string, unknown> = {}) => ({
  provider: 'generic',
  secrets: { hmac: SECRET },
  ...change,
})

async function problemsOf(bad: unknown, name = 'shop'): Promise<readonly DocumentProblem[]> {
  const result = await newRegistry().sources.put(name, bad, WHO, null)
  if (result.ok || result.code !== 'document_invalid') throw new Error('was accepted')
  return result.problems
}

const states = (view: { readonly secrets: readonly SecretVersion[] } | null): string[] =>
  (view?.secrets ?? []).map(({ slot, version, state }) => `${slot}/${version} ${state}`)

describe('a saved source', () => {
  it('is shown with its defaults and the number of its secrets, never with a secret', async () => {
    const registry = newRegistry()
    const result = await registry.sources.put('shop', document({ ratePerMinute: 60 }), WHO, null)
    expect(result).toMatchObject({ ok: true, created: true, unreached: [] })
    const view = await registry.sources.find('shop')
    expect(view).toMatchObject({ name: 'shop' })
    expect(view?.secrets).toMatchObject([{ slot: 'hmac', version: 1, state: 'active', origin: 'operator' }])
    expect(view?.config).toMatchObject({
      provider: 'generic',
      level: 'standard',
      ratePerMinute: 60,
      requireTls: true,
    })
    expect(JSON.stringify([result, view, await registry.sources.list()])).not.toContain(SECRET)
  })

  it('is stored with its secrets sealed', async () => {
    const registry = newRegistry()
    await registry.sources.put('shop', document(), WHO, null)
    const stored = await runInDurableObject(registry, (_, { storage }) =>
      ['sources', 'secrets', 'audit'].flatMap((table) =>
        storage.sql
          .exec(`SELECT * FROM ${table}`)
          .toArray()
          .flatMap((row) => Object.values(row))
          .map((value) =>
            value instanceof ArrayBuffer ? new TextDecoder('latin1').decode(value) : String(value),
          ),
      ),
    )
    expect(stored.length).toBeGreaterThan(15)
    for (const column of stored) {
      expect(column).not.toContain(SECRET)
      expect(column).not.toContain(btoa(SECRET))
    }
  })

  it('keeps its secrets if a document has none, and loses them if a document has others', async () => {
    const registry = newRegistry()
    await registry.sources.put('shop', document(), WHO, null)
    await registry.sources.put('shop', { provider: 'generic', ratePerMinute: 5 }, WHO, null)
    expect((await registry.sources.find('shop'))?.config.ratePerMinute).toBe(5)
    expect(states(await registry.sources.find('shop'))).toEqual(['hmac/1 active'])
    const keys = ['first-key-0123456789', 'second-key-0123456789']
    await registry.sources.put('shop', document({ secrets: { api_key: keys } }), WHO, null)
    expect(states(await registry.sources.find('shop'))).toEqual([
      'api_key/1 active',
      'api_key/2 active',
      'hmac/1 revoked',
    ])
  })

  it('keeps the version of a secret that a document names again, and numbers a new one', async () => {
    const registry = newRegistry()
    const put = (...keys: string[]) =>
      registry.sources.put('shop', document({ secrets: { api_key: keys } }), WHO, null)
    await put('first-key-0123456789', 'second-key-0123456789')
    await put('second-key-0123456789', 'third-key-01234567890', 'third-key-01234567890')
    expect(states(await registry.sources.find('shop'))).toEqual([
      'api_key/1 revoked',
      'api_key/2 active',
      'api_key/3 active',
    ])
  })

  it('is not changed by an equal document', async () => {
    const registry = newRegistry()
    const first = await registry.sources.put('shop', document(), WHO, null)
    const again = await registry.sources.put('shop', document(), WHO, null)
    expect(again).toMatchObject({ ok: true, created: false, unreached: [] })
    expect(again.ok && again.owner).toEqual(first.ok && first.owner)
  })

  it.each([
    ['the version that the operator saw', 0, true],
    ['an older one', -1, false],
    ['one that never was', 1, false],
    ['any', null, true],
  ])('is changed under %s: %s', async (_what, offBy, ok) => {
    const registry = newRegistry()
    const first = await registry.sources.put('shop', document(), WHO, 0)
    const version = first.ok ? first.owner.version : 0
    const expected = offBy === null ? null : version + offBy
    const result = await registry.sources.put('shop', document({ ratePerMinute: 5 }), WHO, expected)
    expect(result).toMatchObject(ok ? { ok } : { ok, code: 'version_conflict', version })
    expect((await registry.sources.find('shop'))?.config.ratePerMinute).toBe(ok ? 5 : 6_000)
  })

  it('has a version that increases with each change and is not used again after a removal', async () => {
    const registry = newRegistry()
    const versions: number[] = []
    const put = async (ratePerMinute: number) => {
      const result = await registry.sources.put('shop', document({ ratePerMinute }), WHO, null)
      if (result.ok) versions.push(result.owner.version)
    }
    await put(1)
    await put(2)
    expect(await registry.sources.remove('shop', WHO, null)).toMatchObject({ ok: true, unreached: [] })
    await put(3)
    const [first = 0] = versions
    expect(versions).toEqual([first, first + 1, first + 3])
  })

  it('does not exist after a removal, and a second removal is refused', async () => {
    const registry = newRegistry()
    await registry.sources.put('shop', document(), WHO, null)
    await registry.sources.remove('shop', WHO, null)
    expect([
      await registry.sources.find('shop'),
      await registry.snapshots.source('shop'),
      await registry.sources.list(),
    ]).toEqual([null, null, []])
    expect(await registry.sources.remove('shop', WHO, null)).toEqual({ ok: false, code: 'source_unknown' })
  })
})

describe('the source index', () => {
  it('lists all sources, or null when nothing changed', async () => {
    const registry = newRegistry()
    await registry.sources.put('b', document(), WHO, null)
    await registry.sources.put('a', document(), WHO, null)
    const sourceIndex = await registry.snapshots.sourceIndex(-1)
    expect(sourceIndex.names).toEqual(['a', 'b'])
    expect(await registry.snapshots.sourceIndex(sourceIndex.version)).toEqual({
      version: sourceIndex.version,
      names: null,
    })
  })
})

describe('guards', () => {
  it('are notified of a change, each shard, before the operator has the answer', async () => {
    const registry = newRegistry()
    const name = 'told'
    const result = await registry.sources.put(name, document({ guardShards: 3 }), WHO, null)
    if (!result.ok) throw new Error('refused')
    for (const shard of [0, 1, 2]) {
      const answer = await env.GUARD.getByName(`${name}#${shard}`).admit({
        nowMs: 1_800_000_000_000,
        fingerprint: '0'.repeat(32),
        body: '',
        limitPerMinute: 1,
        memorySeconds: 60,
        signedAtSeconds: 0,
      })
      expect(answer.sourceVersion).toBe(result.owner.version)
    }
  })

  it('that cannot be reached are listed, with how long they allow the old value', async () => {
    const result = await runInDurableObject(newRegistry(), async (_, state) => {
      const guards = {
        getByName: (guard: string) => ({
          learn: () => (guard.endsWith('#1') ? Promise.reject(new Error('down')) : Promise.resolve()),
        }),
      }
      const cutOff = new Registry(state, { MASTER_KEY: env.MASTER_KEY ?? '', GUARD: guards })
      return cutOff.sources.put('half', document({ guardShards: 2 }), WHO, null)
    })
    expect(result).toMatchObject({
      ok: true,
      unreached: [{ guard: 'half#1', old_value_may_live_seconds: 30 }],
    })
  })
})

describe('a change that crashes', () => {
  const TOKEN = { id: 'aa', hash: '0', name: 'ci', role: 'admin', sources: null, expiresAtMs: 9e12 } as const

  it.each<[table: string, change: (registry: Registry) => Promise<unknown>]>([
    ['secrets', (registry) => registry.sources.put('shop', document(), WHO, null)],
    ['tokens', (registry) => registry.operators.createToken(TOKEN, WHO)],
  ])('at a write to %s leaves no line in the audit log', async (table, change) => {
    await runInDurableObject(newRegistry(), async (registry: Registry, { storage }) => {
      storage.sql.exec(`CREATE TRIGGER die BEFORE INSERT ON ${table} BEGIN SELECT RAISE(ABORT, 'died'); END`)
      await expect(change(registry)).rejects.toThrow('died')
      expect([await registry.audit.after(0, 10), await registry.sources.list()]).toEqual([[], []])
      storage.sql.exec('DROP TRIGGER die')
      await change(registry)
      expect(await registry.audit.after(0, 10)).toHaveLength(1)
    })
  })
})

describe('a notification that a guard did not acknowledge', () => {
  it('is sent again until it does, and only the newest', async () => {
    const learned: number[] = []
    let down = true
    const guards = {
      getByName: () => ({
        learn: async (version: number) => {
          if (down) throw new Error('down')
          learned.push(version)
        },
      }),
    }
    await runInDurableObject(newRegistry(), async (_, state) => {
      const cutOff = new Registry(state, { MASTER_KEY: env.MASTER_KEY ?? '', GUARD: guards })
      await cutOff.sources.put('half', document({ ratePerMinute: 1 }), WHO, null)
      expect(await state.storage.getAlarm()).not.toBeNull()
      await cutOff.sources.put('half', document({ ratePerMinute: 2 }), WHO, null)
      const waits: number[] = []
      for (let i = 0; i < 9; i++) {
        await state.storage.deleteAlarm()
        await cutOff.alarm()
        waits.push(Math.round(((await state.storage.getAlarm()) ?? 0) - Date.now()))
      }
      // The wait doubles up to ten minutes, so that a guard that never answers costs little.
      expect(waits.map((ms) => Math.round(ms / 10_000))).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60])
      expect(learned).toEqual([])
      down = false
      // A new object over the same storage: nothing was only in memory.
      const restarted = new Registry(state, { MASTER_KEY: env.MASTER_KEY ?? '', GUARD: guards })
      await restarted.alarm()
      await restarted.alarm()
      expect(learned).toEqual([(await restarted.sources.find('half'))?.version])
    })
  })
})

describe('an invalid document', () => {
  it('is refused with all problems at once, and no value is quoted', async () => {
    const problems = await problemsOf({
      provider: 'sendgrid',
      secrets: { public_key: SECRET, hmac: 'x' },
      level: 'paranoid',
      ratePerMinute: 0,
      surprise: 'seeded-value',
    })
    expect(problems.map(({ path }) => path).sort()).toEqual([
      'level',
      'ratePerMinute',
      'secrets.hmac',
      'secrets.public_key',
      'surprise',
    ])
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
    [{ level: 'paranoid' }, 'Must be one of: standard, enhanced, maximum.'],
    [{ ratePerMinute: 0 }, 'Must be at least 1.'],
    [{ ratePerMinute: 2_000_000 }, 'Must be at most 1000000.'],
    [{ ratePerMinute: 1.5 }, 'Must be a whole number.'],
    [{ ratePerMinute: 'many' }, 'Must be a number.'],
    [{ requireTls: 1 }, 'Must be true or false.'],
    [{ allowedIps: 'x' }, 'Must be a list.'],
    [{ auth: 'x' }, 'Must be an object.'],
    [{ auth: { methods: [] } }, 'Must have at least 1 entries.'],
    [{ allowedCountries: ['de'] }, 'Must be a country code of two capital letters: DE.'],
    [{ publicUrl: 'ftp://x' }, 'Must be an absolute http or https URL.'],
    [{ provider: 'sendgird' }, /^Unknown provider\. Did you mean sendgrid\? Known: /],
    [{ provider: 7 }, 'Must be text.'],
    [{ ratePerMinut: 1 }, 'Unknown setting. Did you mean ratePerMinute?'],
    [{ auth: { reqire: 'any' } }, 'Unknown setting. Did you mean require?'],
    [{ auth: { quorum: 1 } }, 'Unknown setting. Known: require, methods.'],
    [{ secrets: { hmacc: SECRET } }, /no such secret\. Did you mean hmac\? Allowed: hmac/],
  ])('%j is told in words', async (change, words) => {
    const problems = await problemsOf(document(change))
    expect(problems.map(({ problem }) => problem)).toContainEqual(
      typeof words === 'string' ? words : expect.stringMatching(words),
    )
  })

  it('says what is missing', async () => {
    expect(await problemsOf({})).toEqual([{ path: 'provider', problem: 'Must be set.' }])
  })

  it('names every unknown setting, an unknown provider and a bad name at once', async () => {
    const bad = { provider: 'nobody', one: 1, two: 2, auth: { three: 3 }, allowedIps: ['010.0.0.1'] }
    expect((await problemsOf(bad, 'Shop')).map(({ path }) => path).sort()).toEqual([
      'allowedIps.0',
      'auth.three',
      'name',
      'one',
      'provider',
      'two',
    ])
  })

  it.each([
    ['no object', null, ''],
    ['an unknown provider', { provider: 'nobody', secrets: {} }, 'provider'],
    [
      'a secret of no auth method that it names',
      document({ auth: { methods: ['api_key'] } }),
      'auth.methods.0',
    ],
    ['a guard in Redis, where there is none', document({ guardStore: 'redis' }), 'guardStore'],
    [
      'a free signature that does not cover the body',
      document({
        signature: { algorithm: 'hmac-sha256', header: 'x', encoding: 'hex', signed: '{timestamp}' },
      }),
      'signature.signed',
    ],
    [
      'a free signature with two parts without a separator',
      document({
        signature: {
          algorithm: 'hmac-sha256',
          header: 'x',
          encoding: 'hex',
          signed: '{timestamp}{id}.{body}',
          timestampHeader: 'x-time',
          idHeader: 'x-id',
        },
      }),
      'signature.signed',
    ],
    [
      'a free signature over an id without a header',
      document({
        signature: { algorithm: 'hmac-sha256', header: 'x', encoding: 'hex', signed: '{id}.{body}' },
      }),
      'signature.idHeader',
    ],
  ])('with %s is refused, and the path is named', async (_what, bad, path) => {
    expect((await problemsOf(bad)).map((problem) => problem.path)).toContain(path)
  })

  it.each(['', 'Shop', 'a_b', '-a', 'a-', '../x', 'a'.repeat(65), 'a/b', '%61', 'new'])(
    'under the name %j is refused',
    async (name) => {
      expect((await problemsOf(document(), name)).map(({ path }) => path)).toEqual(['name'])
    },
  )
})
