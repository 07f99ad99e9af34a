import { describe, expect, it } from 'vitest'
import type { AuditEntry } from '../../../src/registry/audit/entry.ts'
import type {
  IdentityClaim,
  LoginAttempt,
  NewSession,
  NewToken,
} from '../../../src/registry/operators/operator.ts'
import { WHO } from '../../support/who.ts'
import { type ClockedRegistry, inRegistry } from '../support.ts'

const NOW_MS = 1_800_000_000_000
const DAY_MS = 86_400_000
const ADMIN = 'a'.repeat(64)
const OTHER_ADMIN = 'b'.repeat(64)

const linesOf = async (registry: ClockedRegistry): Promise<AuditEntry[]> =>
  (await registry.audit.after(0, 1_000)).map(({ text }) => JSON.parse(text) as AuditEntry)

/** Nobody else is an admin but by a token. */
const ALONE = { otherAdmins: false, endWhatItMade: false }

const shop = (registry: ClockedRegistry) =>
  registry.sources.put(
    'shop',
    { provider: 'generic', secrets: { hmac: 'secret-of-the-source-of-a-token' } },
    WHO,
    null,
  )

const hashOf = (id: string): string => id.padEnd(64, '0')

const token = (id: string, changes: Partial<NewToken> = {}): NewToken => ({
  id,
  hash: hashOf(id),
  name: 'of the test',
  role: 'viewer',
  sources: null,
  expiresAtMs: NOW_MS + DAY_MS,
  ...changes,
})

const claim = (id: string, hash = hashOf(id)): IdentityClaim => ({ kind: 'token', id, hash })
const attempt = (atMs = NOW_MS): LoginAttempt => ({ client: '192.0.2.1/32', channel: 'api', atMs })

const session = (
  hash: string,
  credential: string,
  changes: Partial<NewSession['identity']> = {},
): NewSession => ({
  hash,
  credential,
  identity: {
    actor: credential.startsWith('admin:') ? 'admin' : credential,
    role: 'admin',
    sources: null,
    ...changes,
  },
  endsAtMs: NOW_MS + 3_600_000,
})

describe('a token', () => {
  it('is identified by id and hash together', () =>
    inRegistry(async (registry) => {
      await shop(registry)
      await registry.operators.createToken(token('one', { role: 'operator', sources: ['shop'] }), WHO)
      await registry.operators.createToken(token('two'), WHO)
      expect(await registry.operators.identify(claim('one'), attempt())).toEqual({
        ok: true,
        identity: { actor: 'token:one', role: 'operator', sources: ['shop'] },
      })
      for (const wrong of [claim('one', hashOf('two')), claim('three'), { kind: 'none' } as const])
        expect(await registry.operators.identify(wrong, attempt())).toEqual({ ok: false, code: 'wrong' })
    }))

  it.each([
    ['nothing of ours', (): IdentityClaim => ({ kind: 'none' })],
    ['tokens that are none', (i: number): IdentityClaim => claim(`none-${i}`)],
    ['the wrong secret of a token that is one', (): IdentityClaim => claim('one', hashOf('wrong'))],
  ])('can be guessed two hundred times a minute by a thousand networks together: %s', (_what, guess) =>
    inRegistry(async (registry) => {
      await registry.operators.createToken(token('one'), WHO)
      const from = (client: string): LoginAttempt => ({ ...attempt(), channel: 'login', client })
      const admin: IdentityClaim = { kind: 'admin', hash: ADMIN }
      expect(await registry.operators.identify(admin, from('192.0.2.1/32'))).toMatchObject({ ok: true })
      const answers = await Promise.all(
        Array.from({ length: 2_002 }, (_, i) =>
          registry.operators.identify(guess(i), from(`2001:db8:${(i % 1_001).toString(16)}:7::/64`)),
        ),
      )
      expect(answers.filter((one) => !one.ok && one.code === 'wrong')).toHaveLength(200)
      expect(answers.filter((one) => !one.ok && one.code === 'wait')).toHaveLength(1_802)
      // From other networks the admin token is answered like a wrong one. An API token, which nobody can guess, is accepted.
      const elsewhere = from('198.51.100.1/32')
      expect(await registry.operators.identify(admin, elsewhere)).toEqual({
        ok: false,
        code: 'wait',
        seconds: 60,
      })
      expect(await registry.operators.identify({ kind: 'none' }, elsewhere)).toMatchObject({ code: 'wait' })
      expect(await registry.operators.identify(claim('one'), elsewhere)).toMatchObject({ ok: true })
      expect(await registry.operators.identify(admin, from('192.0.2.1/32'))).toMatchObject({ ok: true })
    }),
  )

  it('is refused if its own network has guessed too often, and makes no network trusted', () =>
    inRegistry(async (registry) => {
      await registry.operators.createToken(token('one'), WHO)
      const from = (client: string): LoginAttempt => ({ ...attempt(), channel: 'login', client })
      expect(await registry.operators.identify(claim('one'), from('192.0.2.1/32'))).toMatchObject({
        ok: true,
      })
      for (let i = 0; i < 10; i++) await registry.operators.identify({ kind: 'none' }, from('192.0.2.1/32'))
      expect(await registry.operators.identify(claim('one'), from('192.0.2.1/32'))).toMatchObject({
        code: 'wait',
      })
      // If it did, somebody with a viewer's token could let a thousand networks guess the admin token.
      expect(await registry.operators.identify(claim('one'), from('192.0.2.2/32'))).toMatchObject({
        ok: true,
      })
      for (let i = 0; i < 30; i++)
        await registry.operators.identify({ kind: 'none' }, from(`192.0.2.${i + 50}/32`))
      expect(await registry.operators.identify({ kind: 'none' }, from('192.0.2.2/32'))).toMatchObject({
        code: 'wait',
      })
    }))

  describe('for one source', () => {
    const opened = async (registry: ClockedRegistry) => {
      const identified = await registry.operators.identify(claim('one'), attempt())
      const session = await registry.operators.session('s1', ADMIN, NOW_MS)
      const listed = await registry.operators.tokens()
      const lists = [identified.ok && identified.identity.sources, session?.sources, listed[0]?.sources]
      expect(new Set(lists.map((one) => JSON.stringify(one))).size).toBe(1)
      return session?.sources
    }
    const begin = async (registry: ClockedRegistry) => {
      await shop(registry)
      const sources = ['shop']
      await registry.operators.createToken(token('one', { sources }), WHO)
      await registry.operators.beginSession(session('s1', 'token:one', { sources }), WHO)
    }

    it('does not open what was removed, nor the next source of that name', () =>
      inRegistry(async (registry) => {
        await begin(registry)
        expect(await opened(registry)).toEqual(['shop'])
        await registry.sources.remove('shop', WHO, null)
        expect(await opened(registry)).toEqual([])
        registry.world.clock += 1
        await shop(registry)
        expect(await opened(registry)).toEqual([])
        expect(await registry.operators.session('s1', ADMIN, NOW_MS)).toMatchObject({
          actor: 'token:one',
          sources: [],
        })
      }))

    it('opens a source that was changed since', () =>
      inRegistry(async (registry) => {
        await begin(registry)
        registry.world.clock += 1
        const document = { provider: 'generic', level: 'maximum' }
        expect(await registry.sources.put('shop', document, WHO, null)).toMatchObject({
          ok: true,
          changed: true,
        })
        expect(await opened(registry)).toEqual(['shop'])
      }))

    it('opens no source that is removed and made in one configuration', () =>
      inRegistry(async (registry) => {
        await begin(registry)
        const apply = (sources: Record<string, unknown>) =>
          registry.configuration.apply({ sources, prune: true, dryRun: false, expectedVersion: null }, WHO)
        expect(await apply({})).toMatchObject({ ok: true })
        registry.world.clock += 1
        const secrets = { hmac: 'another-secret-of-another-source' }
        expect(await apply({ shop: { provider: 'generic', secrets } })).toMatchObject({ ok: true })
        expect(await opened(registry)).toEqual([])
      }))
  })

  it('is created and revoked with a line in the audit log, which has no hash', () =>
    inRegistry(async (registry) => {
      await registry.operators.createToken(token('one', { sources: ['shop'] }), WHO)
      await registry.operators.revokeToken('one', { ...WHO, reason: 'The laptop is gone.' })
      await registry.operators.revokeToken('one', WHO)
      expect(await registry.operators.revokeToken('none', WHO)).toBeNull()
      const lines = await linesOf(registry)
      expect(lines).toMatchObject([
        {
          action: 'token.created',
          target: 'token/one',
          actor: 'admin',
          before: null,
          after: { name: 'of the test', role: 'viewer', sources: ['shop'] },
        },
        { action: 'token.revoked', target: 'token/one', reason: 'The laptop is gone.', after: null },
      ])
      expect(JSON.stringify(lines)).not.toContain(hashOf('one'))
    }))

  it('is not created if its line cannot be written', () =>
    inRegistry(async (registry) => {
      registry.rows('DROP TABLE audit')
      await expect(registry.operators.createToken(token('one'), WHO)).rejects.toThrow()
      expect(registry.rows('SELECT id FROM tokens')).toEqual([])
    }))

  it('that has ended is listed for ninety days', () =>
    inRegistry(async (registry) => {
      await registry.operators.createToken(token('old'), WHO)
      await registry.operators.createToken(token('gone', { expiresAtMs: NOW_MS + 300 * DAY_MS }), WHO)
      await registry.operators.revokeToken('gone', WHO)
      registry.world.clock = NOW_MS + 91 * DAY_MS
      await registry.operators.createToken(token('new', { expiresAtMs: registry.world.clock + DAY_MS }), WHO)
      expect((await registry.operators.tokens()).map(({ id }) => id)).toEqual(['new', 'old'])
      registry.world.clock += DAY_MS
      await registry.operators.createToken(
        token('newer', { expiresAtMs: registry.world.clock + DAY_MS }),
        WHO,
      )
      expect((await registry.operators.tokens()).map(({ id }) => id)).toEqual(['newer', 'new'])
    }))

  it('is refused if there are a thousand', () =>
    inRegistry(async (registry) => {
      for (let i = 0; i < 1_000; i++)
        registry.rows(
          `INSERT INTO tokens (id, hash, name, role, created_by, created_at, expires_at) VALUES ('${i}', 'x', 'n', 'viewer', 'admin', 0, ${NOW_MS})`,
        )
      expect(await registry.operators.createToken(token('one'), WHO)).toBe(false)
      expect(await linesOf(registry)).toEqual([])
      registry.world.clock = NOW_MS + 90 * DAY_MS + 1
      expect(await registry.operators.createToken(token('one'), WHO)).toBe(true)
      expect(await registry.operators.tokens()).toHaveLength(1)
    }))
})

describe('a session', () => {
  it('identifies its operator until it ends', () =>
    inRegistry(async (registry) => {
      await shop(registry)
      await registry.operators.createToken(token('one', { role: 'operator', sources: ['shop'] }), WHO)
      const identity = { actor: 'token:one', role: 'operator' as const, sources: ['shop'] }
      const seen = { ...identity, name: 'of the test' }
      await registry.operators.beginSession({ ...session('s1', 'token:one'), identity }, WHO)
      expect(await registry.operators.session('s1', ADMIN, NOW_MS)).toEqual(seen)
      expect(await registry.operators.session('s1', ADMIN, NOW_MS + 3_600_000 - 1)).toEqual(seen)
      expect(await registry.operators.session('s1', ADMIN, NOW_MS + 3_600_000)).toBeNull()
      expect(await registry.operators.session('s2', ADMIN, NOW_MS)).toBeNull()
    }))

  it.each<[string, (registry: ClockedRegistry) => Promise<unknown>]>([
    ['revoked', (registry) => registry.operators.revokeToken('one', WHO)],
    ['forgotten', async (registry) => registry.rows("DELETE FROM tokens WHERE id = 'one'")],
    ['over', async (registry) => registry.rows(`UPDATE tokens SET expires_at = ${NOW_MS} WHERE id = 'one'`)],
  ])('ends when its token is %s', (_how, change) =>
    inRegistry(async (registry) => {
      await registry.operators.createToken(token('one'), WHO)
      await registry.operators.createToken(token('two'), WHO)
      for (const id of ['one', 'two'])
        await registry.operators.beginSession(session(`s-${id}`, `token:${id}`), WHO)
      await change(registry)
      expect(await registry.operators.session('s-one', ADMIN, NOW_MS)).toBeNull()
      expect(await registry.operators.session('s-two', ADMIN, NOW_MS)).not.toBeNull()
    }),
  )

  it('of the admin token ends when the token changes or is retired', () =>
    inRegistry(async (registry) => {
      await registry.operators.beginSession(session('s1', `admin:${ADMIN}`), WHO)
      expect(await registry.operators.session('s1', ADMIN, NOW_MS)).toMatchObject({
        actor: 'admin',
        role: 'admin',
      })
      expect(await registry.operators.session('s1', OTHER_ADMIN, NOW_MS)).toBeNull()
      await registry.operators.retireAdminToken(ADMIN, { ...ALONE, otherAdmins: true }, WHO, NOW_MS)
      expect(await registry.operators.session('s1', ADMIN, NOW_MS)).toBeNull()
      expect(registry.rows('SELECT * FROM sessions')).toEqual([])
    }))

  it('is listed without its hash, and ended by its id, or all at once', () =>
    inRegistry(async (registry) => {
      const hashes = ['0', '1', '2'].map((digit) => digit.repeat(64))
      for (const hash of hashes) {
        registry.world.clock++
        await registry.operators.beginSession(session(hash, `admin:${ADMIN}`), WHO)
      }
      const listed = await registry.operators.sessions(NOW_MS)
      expect(listed.map(({ id }) => id)).toEqual(['2', '1', '0'].map((digit) => digit.repeat(16)))
      expect(JSON.stringify(listed)).not.toContain(ADMIN)
      expect(await registry.operators.endSessions('1'.repeat(16), WHO, NOW_MS)).toBe(1)
      expect(await registry.operators.endSessions('1'.repeat(16), WHO, NOW_MS)).toBe(0)
      expect(await registry.operators.session(hashes[1] ?? '', ADMIN, NOW_MS)).toBeNull()
      expect(await registry.operators.endSessions('all', WHO, NOW_MS)).toBe(2)
      expect(await registry.operators.endSessions('all', WHO, NOW_MS)).toBe(0)
      expect((await linesOf(registry)).map(({ action }) => action)).toEqual([
        ...hashes.map(() => 'session.began'),
        'session.ended',
        'sessions.ended',
      ])
    }))

  it('is one of fifty of its credential at most: the oldest of the same credential ends', () =>
    inRegistry(async (registry) => {
      await registry.operators.createToken(token('one'), WHO)
      registry.world.clock -= 1
      await registry.operators.beginSession(session('theirs', 'token:one'), WHO)
      registry.world.clock += 1
      for (let i = 0; i < 50; i++)
        registry.rows(
          `INSERT INTO sessions (hash, actor, role, credential, began_at, ends_at) VALUES ('h${i}', 'admin', 'admin', 'admin:${ADMIN}', ${i}, ${NOW_MS + 1})`,
        )
      await registry.operators.beginSession(session('new', `admin:${ADMIN}`), WHO)
      expect(await registry.operators.sessions(NOW_MS)).toHaveLength(51)
      expect(await registry.operators.session('theirs', ADMIN, NOW_MS)).not.toBeNull()
      expect(await registry.operators.session('h0', ADMIN, NOW_MS)).toBeNull()
      expect(await registry.operators.session('h1', ADMIN, NOW_MS)).not.toBeNull()
      expect(await registry.operators.session('new', ADMIN, NOW_MS)).not.toBeNull()
    }))
})

describe('the admin token', () => {
  it.each<[string, Partial<NewToken>, boolean]>([
    ['an admin’s token', { role: 'admin' }, true],
    ['an operator’s', { role: 'operator' }, false],
    ['an admin’s that is over', { role: 'admin', expiresAtMs: NOW_MS }, false],
  ])('beside %s', (_what, changes, retired) =>
    inRegistry(async (registry) => {
      await registry.operators.createToken(token('one', changes), WHO)
      const result = await registry.operators.retireAdminToken(ADMIN, ALONE, WHO, NOW_MS)
      expect(result !== null).toBe(retired)
      const identified = await registry.operators.identify({ kind: 'admin', hash: ADMIN }, attempt())
      expect(identified.ok).toBe(!retired)
      expect(
        await registry.operators.identify({ kind: 'admin', hash: OTHER_ADMIN }, attempt()),
      ).toMatchObject({
        ok: true,
      })
      const lines = await linesOf(registry)
      expect(lines.some(({ action }) => action === 'admin_token.retired')).toBe(retired)
    }),
  )

  it('is not retired if the only other admin token was revoked', () =>
    inRegistry(async (registry) => {
      await registry.operators.createToken(token('one', { role: 'admin' }), WHO)
      await registry.operators.revokeToken('one', WHO)
      expect(await registry.operators.retireAdminToken(ADMIN, ALONE, WHO, NOW_MS)).toBeNull()
    }))

  /** Makers of the tokens: `aa` is the operator's own; the thief had the rest made. */
  const THEFT: readonly (readonly [id: string, by: string, changes?: Partial<NewToken>])[] = [
    ['aa', 'admin', { role: 'admin' }],
    ['ab', 'token:aa', { role: 'admin' }],
    ['pa', 'access:ada@example.com'],
    ['t1', 'admin', { role: 'admin', expiresAtMs: NOW_MS + 1 }],
    ['t2', 'token:t1', { role: 'admin', expiresAtMs: NOW_MS + 365 * DAY_MS }],
    ['t3', 'token:t2', { role: 'viewer', expiresAtMs: NOW_MS + 365 * DAY_MS }],
  ]
  const by = (actor: string) => ({ ...WHO, actor })
  const steal = async (registry: ClockedRegistry): Promise<void> => {
    for (const [id, actor, changes] of THEFT)
      await registry.operators.createToken(token(id, changes), by(actor))
    for (const id of ['aa', 't2'])
      await registry.operators.beginSession(session(`s-${id}`, `token:${id}`), WHO)
    await registry.operators.beginSession(session('s-admin', `admin:${ADMIN}`), WHO)
  }
  const validIds = async (registry: ClockedRegistry): Promise<string[]> =>
    (await registry.operators.tokens()).filter(({ revokedAtMs }) => revokedAtMs === null).map(({ id }) => id)

  it.each<[what: string, actor: string, ended: readonly string[], stay: readonly string[]]>([
    ['an admin who was made by it', 'token:aa', ['t1', 't2', 't3'], ['aa', 'ab', 'pa']],
    ['a token of that admin', 'token:ab', ['aa', 't1', 't2', 't3'], ['ab', 'pa']],
    ['somebody of Access', 'access:ada@example.com', ['aa', 'ab', 't1', 't2', 't3'], ['pa']],
  ])('ends what it made, and what that made, for %s', (_what, actor, ended, stay) =>
    inRegistry(async (registry) => {
      await steal(registry)
      const wanted = { otherAdmins: actor.startsWith('access:'), endWhatItMade: true }
      const result = await registry.operators.retireAdminToken(ADMIN, wanted, by(actor), NOW_MS)
      expect(result?.tokens.map(({ id }) => id).sort()).toEqual(ended)
      expect((await validIds(registry)).sort()).toEqual(stay)
      expect(await registry.operators.session('s-admin', ADMIN, NOW_MS)).toBeNull()
      expect(await registry.operators.session('s-t2', ADMIN, NOW_MS)).toBeNull()
      expect(result?.sessionsEnded).toBe(ended.includes('aa') ? 3 : 2)
      expect((await linesOf(registry)).slice(-1)).toMatchObject([
        {
          action: 'admin_token.retired',
          actor,
          after: {
            tokens_revoked: result?.tokens.map(({ id }) => id),
            sessions_ended: result?.sessionsEnded,
          },
        },
      ])
    }),
  )

  it('lists what it made, and ends it if asked again, also what was made meanwhile', () =>
    inRegistry(async (registry) => {
      await steal(registry)
      const me = by('token:aa')
      const listed = await registry.operators.retireAdminToken(ADMIN, ALONE, me, NOW_MS)
      expect(listed).toMatchObject({ isEnded: false, sessionsEnded: 1 })
      expect(listed?.tokens).toHaveLength(3)
      expect(await validIds(registry)).toHaveLength(THEFT.length)
      await registry.operators.createToken(token('t4'), by('token:t2'))
      const ended = await registry.operators.retireAdminToken(
        ADMIN,
        { ...ALONE, endWhatItMade: true },
        me,
        NOW_MS,
      )
      expect(ended?.tokens).toHaveLength(4)
      const count = (await linesOf(registry)).length
      const again = await registry.operators.retireAdminToken(
        ADMIN,
        { ...ALONE, endWhatItMade: true },
        me,
        NOW_MS,
      )
      expect(again).toEqual({ tokens: [], isEnded: true, sessionsEnded: 0 })
      expect(await linesOf(registry)).toHaveLength(count)
      expect(await registry.operators.identify({ kind: 'admin', hash: ADMIN }, attempt())).toMatchObject({
        ok: false,
      })
    }))

  it('is found behind a token that ended long ago', () =>
    inRegistry(async (registry) => {
      await steal(registry)
      registry.world.clock += 100 * DAY_MS
      const own = { role: 'admin', expiresAtMs: registry.world.clock + DAY_MS } as const
      await registry.operators.createToken(token('new', own), by('access:ada@example.com'))
      const wanted = { otherAdmins: true, endWhatItMade: true }
      const result = await registry.operators.retireAdminToken(
        ADMIN,
        wanted,
        by('token:new'),
        registry.world.clock,
      )
      expect(result?.tokens.map(({ id }) => id).sort()).toEqual(['t2', 't3'])
    }))

  it('is not retired if no admin would be left after what it made', () =>
    inRegistry(async (registry) => {
      await registry.operators.createToken(token('one', { role: 'admin' }), WHO)
      const all = { ...ALONE, endWhatItMade: true }
      expect(await registry.operators.retireAdminToken(ADMIN, all, WHO, NOW_MS)).toBeNull()
      expect(await validIds(registry)).toEqual(['one'])
      expect(await registry.operators.retireAdminToken(ADMIN, all, by('token:one'), NOW_MS)).toMatchObject({
        tokens: [],
      })
    }))
})
