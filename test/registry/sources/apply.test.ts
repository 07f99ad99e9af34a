import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { AuditLog } from '../../../src/registry/audit/log.ts'
import type { AuditEntry } from '../../../src/registry/audit/entry.ts'
import { Changes } from '../../../src/registry/changes.ts'
import type { WantedConfiguration } from '../../../src/registry/sources/configuration.ts'
import { OwnerTables } from '../../../src/registry/owners/owner-tables.ts'
import { PendingNotifications } from '../../../src/registry/propagation/pending-notifications.ts'
import { WHO } from '../../support/who.ts'
import { revoke, rotate } from '../../support/secrets.ts'

const SECRET = 'seeded-secret-of-the-apply-test'
const OTHER = 'another-secret-of-the-apply-test'
const STORED = { stored: true }

const newRegistry = () => env.REGISTRY.getByName(`apply-${crypto.randomUUID()}`)
type Stub = ReturnType<typeof newRegistry>

const document = (change: Record<string, unknown> = {}) => ({
  provider: 'generic',
  secrets: { hmac: SECRET },
  ...change,
})

const wanted = (
  sources: Record<string, unknown>,
  change: Partial<WantedConfiguration> = {},
): WantedConfiguration => ({ sources, prune: false, expectedVersion: null, dryRun: false, ...change })

async function apply(registry: Stub, ...[sources, change]: Parameters<typeof wanted>) {
  const applied = await registry.configuration.apply(wanted(sources, change), WHO)
  if (!applied.ok) throw new Error(JSON.stringify(applied))
  return applied
}

/** Everything that the registry has stored. */
const dump = (registry: Stub) =>
  runInDurableObject(registry, (_, { storage }) => ({
    version: storage.kv.get('version') ?? 0,
    tables: ['sources', 'secrets', 'audit', 'pending_notifications'].map((table) =>
      storage.sql
        .exec(`SELECT * FROM ${table}`)
        .toArray()
        .map((row) =>
          Object.values(row).map((value) => (value instanceof ArrayBuffer ? value.byteLength : value)),
        ),
    ),
  }))

const auditOf = async (registry: Stub) =>
  (await registry.audit.after(0, 100)).map(({ text }) => JSON.parse(text) as AuditEntry)

const kinds = (applied: {
  readonly changes: readonly { readonly name: string; readonly change: string }[]
}) => Object.fromEntries(applied.changes.map(({ name, change }) => [name, change]))

afterEach(() => vi.restoreAllMocks())

describe('a configuration', () => {
  it('is created, changed, left and pruned, each with its line in the log, and is the same the second time', async () => {
    const registry = newRegistry()
    const file = { shop: document(), news: document({ ratePerMinute: 60 }) }
    expect(kinds(await apply(registry, file))).toEqual({ shop: 'created', news: 'created' })
    const after = await dump(registry)
    expect(kinds(await apply(registry, file))).toEqual({ shop: 'unchanged', news: 'unchanged' })
    expect(await dump(registry)).toEqual(after)

    const next = { shop: document({ ratePerMinute: 5 }) }
    expect(kinds(await apply(registry, next))).toEqual({ shop: 'changed', news: 'left' })
    expect(kinds(await apply(registry, next, { prune: true }))).toEqual({
      shop: 'unchanged',
      news: 'removed',
    })
    expect((await registry.sources.list()).map(({ name }) => name)).toEqual(['shop'])
    expect((await auditOf(registry)).map(({ action, target }) => `${action} ${target}`)).toEqual([
      'source.created source/shop',
      'source.created source/news',
      'source.changed source/shop',
      'source.removed source/news',
    ])
    const { base } = await registry.audit.heads()
    expect(await registry.audit.verify(base, 100)).toMatchObject({ ok: true })
  })

  it('tells what differs, and no value of a secret', async () => {
    const registry = newRegistry()
    await apply(registry, { shop: document() })
    const applied = await apply(registry, {
      shop: document({ ratePerMinute: 5, secrets: { hmac: [SECRET, OTHER] } }),
    })
    expect(applied.changes).toEqual([
      {
        name: 'shop',
        change: 'changed',
        settings: [{ path: 'ratePerMinute', before: 6_000, after: 5 }],
        secrets: [{ slot: 'hmac', version: 2, before: null, after: 'active' }],
      },
    ])
    expect(JSON.stringify([applied, await registry.configuration.read()])).not.toContain(SECRET)
  })

  it('is only planned on a dry run', async () => {
    const registry = newRegistry()
    await apply(registry, { shop: document() })
    const before = await dump(registry)
    const plan = await apply(registry, { news: document() }, { dryRun: true, prune: true })
    expect(kinds(plan)).toEqual({ news: 'created', shop: 'removed' })
    expect(await dump(registry)).toEqual(before)
  })

  it('is refused when something has changed since the plan', async () => {
    const registry = newRegistry()
    const { version } = await apply(registry, { shop: document() }, { dryRun: true })
    await registry.sources.put('news', document(), WHO, null)
    const before = await dump(registry)
    const refused = await registry.configuration.apply(
      wanted({ shop: document() }, { expectedVersion: version }),
      WHO,
    )
    expect(refused).toEqual({ ok: false, code: 'version_conflict', version: before.version })
    expect(await dump(registry)).toEqual(before)
  })

  it.each([
    ['a name that is none', { shop: document(), 'No Name': document() }, 'sources'],
    [
      'a prototype',
      JSON.parse('{"__proto__": {"provider": "generic"}}') as Record<string, unknown>,
      'sources',
    ],
    ['an unknown setting', { shop: document(), news: document({ colour: 'red' }) }, 'news.colour'],
    [
      'a provider that is none',
      { news: document({ provider: 'pigeon' }), shop: document() },
      'news.provider',
    ],
    ['a weak secret', { shop: document(), news: document({ secrets: { hmac: 'x' } }) }, 'news.secrets.hmac'],
    [
      'stored secrets of a new source',
      { news: document({ secrets: { hmac: STORED } }) },
      'news.secrets.hmac',
    ],
    ['no document', { news: null }, 'news'],
  ])('with %s changes nothing', async (_what, sources, path) => {
    const registry = newRegistry()
    await apply(registry, { old: document() })
    const before = await dump(registry)
    const refused = await registry.configuration.apply(wanted(sources, { prune: true }), WHO)
    expect(refused).toMatchObject({ ok: false, code: 'configuration_invalid' })
    expect('problems' in refused ? refused.problems.map((one) => one.path) : []).toContain(path)
    expect(JSON.stringify(refused)).not.toContain(SECRET)
    expect(await dump(registry)).toEqual(before)
  })
})

describe('stored secrets', () => {
  const states = async (registry: Stub) =>
    (await registry.sources.find('shop'))?.secrets.map(
      ({ slot, version, state }) => `${slot}/${version} ${state}`,
    )

  it('keep their versions and their states, beside new ones in other slots', async () => {
    const registry = newRegistry()
    await apply(registry, { shop: document({ secrets: { hmac: SECRET, api_key: OTHER } }) })
    await rotate(registry, 'shop', { slot: 'hmac', graceSeconds: 3_600 }, WHO)
    const rotated = ['api_key/1 active', 'hmac/1 retiring', 'hmac/2 active']
    expect(await states(registry)).toEqual(rotated)

    const both = { hmac: STORED, api_key: STORED }
    expect(kinds(await apply(registry, { shop: document({ secrets: both }) }))).toEqual({ shop: 'unchanged' })
    const fresh = { hmac: STORED, api_key: 'a-third-secret-of-the-apply-test' }
    await apply(registry, { shop: document({ secrets: fresh }) })
    expect(await states(registry)).toEqual([
      'api_key/1 revoked',
      'api_key/2 active',
      'hmac/1 retiring',
      'hmac/2 active',
    ])
    await apply(registry, { shop: document({ secrets: { hmac: STORED } }) })
    expect(await states(registry)).toEqual([
      'api_key/1 revoked',
      'api_key/2 revoked',
      'hmac/1 retiring',
      'hmac/2 active',
    ])
  })

  it.each([
    ['with more beside the mark', { hmac: { stored: true, value: 'x' } }],
    ['that are not', { hmac: { stored: false } }],
    ['of a slot that has none', { hmac: STORED, api_key: STORED }],
    ['of a slot that does not exist', { hmac: STORED, pigeon: STORED }],
    ['in a list', { hmac: [STORED] }],
  ])('%s are refused', async (_what, secrets) => {
    const registry = newRegistry()
    await apply(registry, { shop: document() })
    expect(await registry.configuration.apply(wanted({ shop: document({ secrets }) }), WHO)).toMatchObject({
      ok: false,
    })
  })

  it('that were revoked do not invalidate a document without secrets', async () => {
    const registry = newRegistry()
    await apply(registry, { shop: document() })
    await revoke(registry, 'shop', 'hmac', 1, true, WHO)
    const none = { shop: document({ secrets: {} }), news: document() }
    expect(kinds(await apply(registry, none))).toEqual({ shop: 'unchanged', news: 'created' })
    const changed = { shop: document({ secrets: {}, ratePerMinute: 5 }) }
    expect(kinds(await apply(registry, changed))).toEqual({ shop: 'changed', news: 'left' })
    expect(await registry.sources.find('shop')).toMatchObject({
      missingSecrets: [expect.arrayContaining(['hmac'])],
    })
  })

  it('that fit only another provider are refused', async () => {
    const registry = newRegistry()
    await apply(registry, { shop: document() })
    const foreign = { provider: 'mailpace', secrets: { public_key: STORED } }
    expect(await registry.configuration.apply(wanted({ shop: foreign }), WHO)).toMatchObject({ ok: false })
  })
})

/** Where the object could crash: which call throws. */
const CRASHES: readonly (readonly [what: string, () => void])[] = [
  ['before the lines of the log are made', () => crashAt(AuditLog.prototype, 'nextOf', 0)],
  ['before the alarm is set', () => crashAt(Changes.prototype, 'scheduleNotifications', 0)],
  ['at the first line of the log', () => crashAt(AuditLog.prototype, 'write', 0)],
  ['at the second line', () => crashAt(AuditLog.prototype, 'write', 1)],
  ['before the first source', () => crashAt(Changes.prototype, 'write', 0)],
  ['between two sources', () => crashAt(Changes.prototype, 'write', 1)],
  ['inside of the second source', () => crashAt(OwnerTables.prototype, 'write', 1)],
  ['at the removal', () => crashAt(OwnerTables.prototype, 'remove', 0)],
  ['at the last pending notification', () => crashAt(PendingNotifications.prototype, 'add', 2)],
]

function crashAt(holder: object, name: string, after: number) {
  const methods = holder as Record<string, (...args: unknown[]) => unknown>
  const real = methods[name]
  if (real === undefined) throw new Error(`no method ${name}`)
  let calls = 0
  vi.spyOn(methods, name).mockImplementation(function (this: unknown, ...args: unknown[]) {
    if (calls++ === after) throw new Error('crashed here')
    return Reflect.apply<unknown, unknown[], unknown>(real, this, args)
  })
}

describe('a crash', () => {
  it.each(CRASHES)('%s changes nothing, and the next try succeeds', async (_what, arrange) => {
    const registry = newRegistry()
    await apply(registry, { one: document(), gone: document() })
    const before = await dump(registry)
    const next = { one: document({ ratePerMinute: 5 }), two: document() }
    arrange()
    // Inside the object: an exception that leaves it is reported as one of the test.
    const outcome = await runInDurableObject(registry, (instance) =>
      instance.configuration.apply(wanted(next, { prune: true }), WHO).then(
        () => 'applied',
        (cause: unknown) => String(cause),
      ),
    )
    expect(outcome).toBe('Error: crashed here')
    vi.restoreAllMocks()
    expect(await dump(registry)).toEqual(before)
    expect(kinds(await apply(registry, next, { prune: true }))).toEqual({
      one: 'changed',
      two: 'created',
      gone: 'removed',
    })
  })

  it('cannot lose notifications: guards get changes before the answer, and new sources by the alarm', async () => {
    const registry = newRegistry()
    const pendingNotifications = async () => (await dump(registry)).tables[3]?.map(([name]) => name)
    await apply(registry, { one: document(), two: document() })
    expect(await pendingNotifications()).toEqual(['one', 'two'])
    expect(await runInDurableObject(registry, (_, { storage }) => storage.getAlarm())).not.toBeNull()
    await runInDurableObject(registry, (instance) => instance.alarm())
    expect(await pendingNotifications()).toEqual([])
    await apply(registry, { one: document({ ratePerMinute: 5 }), three: document() }, { prune: true })
    expect(await pendingNotifications()).toEqual(['three'])
  })

  it('after the write loses nothing, and the alarm notifies the guards', async () => {
    const registry = newRegistry()
    crashAt(Changes.prototype, 'sendPendingNotifications', 0)
    const outcome = await runInDurableObject(registry, (instance) =>
      instance.configuration.apply(wanted({ one: document(), two: document() }), WHO).then(
        () => 'applied',
        (cause: unknown) => String(cause),
      ),
    )
    expect(outcome).toBe('Error: crashed here')
    vi.restoreAllMocks()
    expect((await registry.sources.list()).map(({ name }) => name)).toEqual(['one', 'two'])
    expect(await runInDurableObject(registry, (_, { storage }) => storage.getAlarm())).not.toBeNull()
    await runInDurableObject(registry, (instance) => instance.alarm())
    expect((await dump(registry)).tables[3]).toEqual([])
  })
})
