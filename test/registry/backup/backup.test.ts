import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { newMasterKey, readMasterKeys } from '../../../src/platform/master-key.ts'
import { sealer } from '../../../src/platform/seal.ts'
import { NO_LINES } from '../../../src/registry/audit/chain.ts'
import { openSecrets } from '../../../src/registry/rotation/sealed.ts'
import type { Registry } from '../../../src/registry/registry.ts'
import { REPLACING, RESTORING } from '../../support/restoring.ts'
import { WHO } from '../../support/who.ts'
import { rotate } from '../../support/secrets.ts'
import { type ClockedRegistry, inRegistry } from '../support.ts'

const MASTER_KEY = env.MASTER_KEY ?? ''
const FIRST = 'first-secret-of-the-backup-test'
const SECOND = 'second-secret-of-the-backup-test'

/** Runs with a new registry, like another deployment. */
const inDeployment = <T>(
  work: (registry: ClockedRegistry, state: DurableObjectState) => Promise<T>,
  masterKey = MASTER_KEY,
): Promise<T> => inRegistry((registry, _restart, state) => work(registry, state), { MASTER_KEY: masterKey })

/** Two sources, one in the middle of a rotation. */
async function fill(registry: Registry): Promise<void> {
  const secrets = { hmac: FIRST }
  await registry.sources.put(
    'shop',
    { provider: 'generic', secrets, allowedIps: ['192.0.2.0/24'] },
    WHO,
    null,
  )
  await rotate(registry, 'shop', { slot: 'hmac', value: SECOND }, WHO)
  const basic_auth = { username: 'hooks', password: SECOND }
  await registry.sources.put('mail', { provider: 'postmark', secrets: { basic_auth } }, WHO, null)
}

/** View of a gateway on each source, without the version of the source. */
async function asGatewaysSeeIt(registry: Registry, masterKey = MASTER_KEY): Promise<unknown> {
  const opened = sealer(readMasterKeys(masterKey), 'secrets')
  const { names } = await registry.snapshots.sourceIndex(-1)
  return Promise.all(
    (names ?? []).map(async (name) => {
      const source = await registry.snapshots.source(name)
      return source === null ? null : [name, source.config, await openSecrets(opened, source)]
    }),
  )
}

const backupOf = () =>
  inDeployment(async (registry) => {
    await fill(registry)
    const seen = await asGatewaysSeeIt(registry)
    return { backup: await registry.backups.make(WHO), seen, views: await registry.sources.list() }
  })

const withoutVersion = <T extends { version: number; updatedAtMs: number; createdAtMs: number }>(
  views: T[],
) => views.map(({ version: _v, updatedAtMs: _u, createdAtMs: _c, ...rest }) => rest)

describe('a backup', () => {
  it('has no secret in plain text', async () => {
    const { backup } = await backupOf()
    expect(backup).toMatchObject({ sources: 2, auditSeq: 3 })
    expect(new TextDecoder('latin1').decode(backup.sealed)).not.toMatch(/secret-of-the|shop|hooks/)
  })

  it('restored into an empty deployment gives gateways what they had', async () => {
    const { backup, seen, views } = await backupOf()
    await inDeployment(async (registry) => {
      const restored = await registry.backups.restore(backup.sealed, RESTORING, WHO)
      expect(restored).toEqual({
        ok: true,
        restored: 2,
        removed: 0,
        revived: [],
        destinations: [],
        pausedChannels: [],
      })
      expect(await asGatewaysSeeIt(registry)).toEqual(seen)
      // The alarm notifies the guards if the object crashes after the restore.
      expect(await registry.alarmAt()).not.toBeNull()
      expect(withoutVersion(await registry.sources.list())).toEqual(withoutVersion(views))
    })
  })

  it('opens with a newer master key beside the old one, and is resealed', async () => {
    const { backup, seen } = await backupOf()
    const newer = `${newMasterKey().replace('v1:', 'v2:')},${MASTER_KEY}`
    await inDeployment(async (registry) => {
      await registry.backups.restore(backup.sealed, RESTORING, WHO)
      expect(await asGatewaysSeeIt(registry, newer)).toEqual(seen)
    }, newer)
  })

  it('continues the audit log of the lost deployment', async () => {
    const { backup } = await backupOf()
    await inDeployment(async (registry) => {
      const note = { action: 'source.changed', target: 'source/x', before: null, after: null } as const
      await registry.audit.note(note, WHO)
      await registry.backups.restore(backup.sealed, RESTORING, WHO)
      const { base, head } = await registry.audit.heads()
      expect([base.seq, head.seq]).toEqual([3, 5])
      expect(await registry.audit.verify(base, 100)).toEqual({ ok: true, head })
      const actions = (await registry.audit.after(0, 100)).map(({ text }) => JSON.parse(text).action)
      expect(actions).toEqual(['source.changed', 'backup.restored'])
    })
  })

  it('restored into its own deployment undoes later changes, and the log keeps them', async () => {
    await inDeployment(async (registry) => {
      await fill(registry)
      const seen = await asGatewaysSeeIt(registry)
      const versions = (await registry.sources.list()).map(({ version }) => version)
      const backup = await registry.backups.make(WHO)
      await registry.sources.put('late', { provider: 'generic', secrets: { hmac: FIRST } }, WHO, null)
      await registry.sources.remove('mail', WHO, null)
      expect(await registry.backups.restore(backup.sealed, REPLACING, WHO)).toEqual({
        ok: true,
        restored: 2,
        removed: 1,
        revived: [],
        destinations: [],
        pausedChannels: [],
      })
      expect(await asGatewaysSeeIt(registry)).toEqual(seen)
      const newer = (await registry.sources.list()).every(({ version }) => version > Math.max(...versions))
      expect(newer).toBe(true)
      expect(await registry.audit.verify(NO_LINES, 100)).toMatchObject({ ok: true, head: { seq: 7 } })
    })
  })
})

it('a restore reports revoked secrets that it makes accepted again, and when sources were created', async () => {
  await inDeployment(async (registry) => {
    await fill(registry)
    const made = (await registry.sources.list()).map(({ createdAtMs }) => createdAtMs)
    const backup = await registry.backups.make(WHO)
    await rotate(registry, 'shop', { slot: 'hmac', value: `${SECOND}-2`, emergency: true }, WHO)
    // Another source of the same name, with another first version.
    await registry.sources.remove('mail', WHO, null)
    registry.world.clock += 2
    const basic_auth = { username: 'hooks', password: FIRST }
    await registry.sources.put('mail', { provider: 'postmark', secrets: { basic_auth } }, WHO, null)
    await rotate(
      registry,
      'mail',
      { slot: 'basic_auth', value: { username: 'hooks', password: SECOND }, emergency: true },
      WHO,
    )
    const revived = [1, 2].map((version) => ({ source: 'shop', slot: 'hmac', version }))
    expect(await registry.backups.restore(backup.sealed, REPLACING, WHO)).toMatchObject({ ok: true, revived })
    const { head } = await registry.audit.heads()
    const [line] = await registry.audit.before(head.seq + 1, 1)
    expect(JSON.parse(line?.text ?? '').after.revived).toEqual(['shop/hmac/1', 'shop/hmac/2'])
    expect((await registry.sources.list()).map(({ createdAtMs }) => createdAtMs)).toEqual(made)
  })
})

it('is made even if no key opens a secret, and reports it', async () => {
  await inDeployment(async (registry, { storage }) => {
    await fill(registry)
    storage.sql.exec(`UPDATE secrets SET sealed = X'09' WHERE source = 'mail'`)
    const backup = await registry.backups.make(WHO)
    expect(backup).toMatchObject({ sources: 2, unreadable: 1 })
    await inDeployment(async (other) => {
      expect(await other.backups.restore(backup.sealed, RESTORING, WHO)).toMatchObject({
        ok: true,
        restored: 2,
      })
      expect((await other.snapshots.source('mail'))?.secrets).toEqual([])
      expect((await other.snapshots.source('shop'))?.secrets).toHaveLength(2)
      expect((await other.sources.find('mail'))?.missingSecrets?.flat()).toContain('basic_auth')
    })
  })
})

it('gives a destination whose secrets no key opens new ones, so that it never sends unsigned', async () => {
  await inDeployment(async (registry, { storage }) => {
    await registry.destinations.put('app', { url: 'https://app.example.com/', ed25519: true }, WHO, null)
    storage.sql.exec(`UPDATE secrets SET sealed = X'09'`)
    const { sealed, unreadable } = await registry.backups.make(WHO)
    expect(unreadable).toBe(2)
    await inDeployment(async (other) => {
      expect(await other.backups.restore(sealed, RESTORING, WHO)).toMatchObject({
        ok: true,
        restored: 1,
        revived: [],
      })
      const secrets = (await other.snapshots.destination('app'))?.secrets ?? []
      expect(secrets.map(({ slot, version }) => [slot, version])).toEqual([
        ['signing_key', 2],
        ['signing_secret', 2],
      ])
    })
  })
})

describe('tokens in a backup', () => {
  const token = (id: string) => ({
    id,
    hash: id.padEnd(64, '0'),
    name: `token ${id}`,
    role: 'admin' as const,
    sources: ['shop'],
    expiresAtMs: 4_000_000_000_000,
  })

  it('are valid again in an empty deployment, and retired admin tokens stay retired', async () => {
    const backup = await inDeployment(async (registry) => {
      await fill(registry)
      await registry.operators.createToken({ ...token('aa'), sources: ['shop', 'removed'] }, WHO)
      await registry.operators.createToken(token('bb'), WHO)
      await registry.operators.revokeToken('bb', WHO)
      await registry.operators.retireAdminToken(
        'f'.repeat(64),
        { otherAdmins: false, endWhatItMade: false },
        WHO,
        1_800_000_000_000,
      )
      return registry.backups.make(WHO)
    })
    await inDeployment(async (registry) => {
      await registry.backups.restore(backup.sealed, RESTORING, WHO)
      const identify = (id: string, kind: 'token' | 'admin' = 'token') =>
        registry.operators.identify(
          kind === 'admin' ? { kind, hash: id } : { kind, id, hash: id.padEnd(64, '0') },
          {
            client: '192.0.2.0/24',
            channel: 'api',
            atMs: 1_800_000_000_000,
          },
        )
      expect(await identify('aa')).toMatchObject({ ok: true, identity: { role: 'admin', sources: ['shop'] } })
      expect(await identify('bb')).toEqual({ ok: false, code: 'revoked' })
      expect(await identify('f'.repeat(64), 'admin')).toEqual({ ok: false, code: 'revoked' })
    })
  })

  it('stay revoked if they were revoked since, and later ones are kept', async () => {
    await inDeployment(async (registry) => {
      await registry.operators.createToken(token('aa'), WHO)
      const backup = await registry.backups.make(WHO)
      await registry.operators.revokeToken('aa', WHO)
      await registry.operators.createToken(token('cc'), WHO)
      await registry.backups.restore(backup.sealed, REPLACING, WHO)
      const left = (await registry.operators.tokens()).map(({ id, revokedAtMs }) => [
        id,
        revokedAtMs !== null,
      ])
      expect(new Map(left as [string, boolean][])).toEqual(
        new Map([
          ['aa', true],
          ['cc', false],
        ]),
      )
    })
  })

  it.each([
    ['made for another source of that name', true],
    ['made for another source of that name, which is gone as well', false],
  ])('open no source that comes back, if they were %s', async (_what, isThere) => {
    await inDeployment(async (registry) => {
      const opened = async () =>
        (await registry.operators.tokens()).map(({ id, sources }) => `${id} ${sources?.join()}`).toSorted()
      await fill(registry)
      await registry.operators.createToken({ ...token('aa'), sources: ['shop', 'mail'] }, WHO)
      const backup = await registry.backups.make(WHO)
      await registry.sources.remove('shop', WHO, null)
      registry.world.clock += 60_000
      await registry.sources.put('shop', { provider: 'generic', secrets: { hmac: SECOND } }, WHO, null)
      await registry.operators.createToken({ ...token('cc'), sources: ['shop', 'mail'] }, WHO)
      expect(await opened()).toEqual(['aa mail', 'cc shop,mail'])
      if (!isThere) await registry.sources.remove('shop', WHO, null)
      await registry.backups.restore(backup.sealed, REPLACING, WHO)
      expect(await opened()).toEqual(['aa shop,mail', 'cc mail'])
    })
  })
})

describe('a backup is refused, and nothing is changed', () => {
  const REFUSED: readonly [string, (sealed: Uint8Array) => Uint8Array, string | undefined, string][] = [
    [
      'when a byte of it was changed',
      (sealed) => sealed.with(60, (sealed[60] ?? 0) ^ 1),
      undefined,
      'foreign',
    ],
    ['when it was cut off', (sealed) => sealed.slice(0, -1), undefined, 'foreign'],
    ['when it is empty', () => new Uint8Array(0), undefined, 'foreign'],
    ['when it is of another deployment', (sealed) => sealed, newMasterKey(), 'foreign'],
    ['when there are sources already', (sealed) => sealed, undefined, 'not_empty'],
  ]

  it.each(REFUSED)('%s', async (_what, damage, masterKey, problem) => {
    const { backup } = await backupOf()
    await inDeployment(async (registry) => {
      await registry.sources.put('kept', { provider: 'generic', secrets: { hmac: FIRST } }, WHO, null)
      const before = [await registry.sources.list(), await registry.audit.heads()]
      const restored = await registry.backups.restore(
        damage(backup.sealed),
        { ...RESTORING, replace: problem === 'foreign' },
        WHO,
      )
      expect(restored).toEqual({ ok: false, problem })
      expect([await registry.sources.list(), await registry.audit.heads()]).toEqual(before)
    }, masterKey)
  })

  it('when its form is unknown to this version of Postern', async () => {
    const strange = await sealer(readMasterKeys(MASTER_KEY), 'backup').seal(
      new TextEncoder().encode('{"version":2}'),
      'backup',
    )
    await inDeployment(async (registry) => {
      expect(await registry.backups.restore(strange, RESTORING, WHO)).toEqual({
        ok: false,
        problem: 'not_understood',
      })
    })
  })
})

it('a restore that crashes changes nothing', async () => {
  const { backup } = await backupOf()
  await inDeployment(async (registry, { storage }) => {
    await registry.sources.put('kept', { provider: 'generic', secrets: { hmac: FIRST } }, WHO, null)
    const before = [await registry.sources.list(), await registry.audit.heads()]
    storage.sql.exec(`CREATE TRIGGER die BEFORE INSERT ON sources WHEN NEW.name = 'shop'
      BEGIN SELECT RAISE(ABORT, 'died'); END`)
    await expect(registry.backups.restore(backup.sealed, REPLACING, WHO)).rejects.toThrow('died')
    expect([await registry.sources.list(), await registry.audit.heads()]).toEqual(before)
    storage.sql.exec('DROP TRIGGER die')
    expect(await registry.backups.restore(backup.sealed, REPLACING, WHO)).toMatchObject({
      ok: true,
      restored: 2,
    })
    const { base, head } = await registry.audit.heads()
    expect(await registry.audit.verify(base, 100)).toEqual({ ok: true, head })
  })
})
