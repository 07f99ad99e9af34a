import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { readMasterKeys } from '../../../src/platform/master-key.ts'
import { sealer } from '../../../src/platform/seal.ts'
import { openSecrets } from '../../../src/registry/rotation/sealed.ts'
import { WHO } from '../../support/who.ts'
import { type ClockedRegistry, DAY_MS, actionsOf, statesOf, withSource } from '../support.ts'
import { revoke, rotate } from '../../support/secrets.ts'

const FIRST = 'first-password-of-the-install-test'
const TOKEN = 'server-token-of-the-install-test'

const POSTMARK = {
  provider: 'postmark',
  provisioner: { webhookId: '1234567' },
  secrets: { basic_auth: { username: 'hooks', password: FIRST }, esp_api_token: TOKEN },
}

/** Passwords that a gateway accepts now. */
async function acceptedBy(registry: ClockedRegistry): Promise<string[]> {
  const sealed = await registry.snapshots.source('shop')
  if (sealed === null) return []
  const opened = await openSecrets(sealer(readMasterKeys(env.MASTER_KEY), 'secrets'), sealed)
  return Object.values(opened)
    .flat()
    .flatMap((secret) => (secret.kind === 'basic' ? [secret.password] : [secret.kind]))
}

/** Simulates Postmark: it has one password at a time, and tests it with Postern before it saves it. */
class Account {
  password = FIRST
  readonly asked: { url: string; token: string | null }[] = []
  answers: (() => Response)[] = []

  readonly serve = async (request: Request): Promise<Response> => {
    this.asked.push({ url: request.url, token: request.headers.get('x-postmark-server-token') })
    const body = await request.json<{ HttpAuth: { Username: string; Password: string } }>()
    const failure = this.answers.shift()?.()
    if (failure !== undefined) return failure
    this.password = body.HttpAuth.Password
    return Response.json({ ID: 1_234_567 })
  }
}

const rotateHeld = (registry: ClockedRegistry) =>
  rotate(registry, 'shop', { slot: 'basic_auth', hold: true }, WHO)

const rotationOf = async (registry: ClockedRegistry) =>
  (await registry.sources.find('shop'))?.rotations.find(({ slot }) => slot === 'basic_auth')

describe('a rotation that is set at the ESP', () => {
  it('is sent to the ESP once, and then the old version retires', () =>
    withSource(POSTMARK, async (registry) => {
      const account = new Account()
      registry.world.outside = account.serve
      expect(await rotateHeld(registry)).toMatchObject({ ok: true, version: 2, link: null })
      expect(account.asked).toEqual([{ url: 'https://api.postmarkapp.com/webhooks/1234567', token: TOKEN }])
      expect(await statesOf(registry)).toEqual([
        'basic_auth/1 retiring',
        'basic_auth/2 active',
        'esp_api_token/1 active',
      ])
      expect(await acceptedBy(registry)).toEqual([FIRST, account.password])
      expect(await rotationOf(registry)).toMatchObject({ state: 'fresh', installed: true, problem: null })
      expect(actionsOf(registry).slice(1)).toEqual([
        'secret.rotated secret/shop/basic_auth/2',
        'secret.installed secret/shop/basic_auth/2',
      ])
      registry.world.clock += DAY_MS
      expect(await acceptedBy(registry)).toEqual([account.password])
    }))

  const FAILURES: readonly [string, () => Response, string][] = [
    ['does not take our credential', () => new Response(null, { status: 401 }), 'credential_refused'],
    ['is blocked by a firewall', () => new Response('<html>', { status: 403 }), 'credential_refused'],
    ['has no such webhook', () => new Response(null, { status: 404 }), 'webhook_unknown'],
    ['finds the webhook wanting', () => Response.json({ ErrorCode: 1364 }, { status: 422 }), 'refused'],
    ['redirects', () => Response.redirect('https://elsewhere.example/', 307), 'refused'],
    ['has had enough of us', () => new Response(null, { status: 429 }), 'unavailable'],
    ['is in trouble', () => new Response(null, { status: 503 }), 'unavailable'],
  ]

  it.each(FAILURES)(
    'keeps both versions active while the ESP %s, and tries again',
    (_what, answer, problem) =>
      withSource(POSTMARK, async (registry) => {
        const account = new Account()
        account.answers = [answer, answer]
        registry.world.outside = account.serve
        const done = await rotateHeld(registry)
        expect(done.ok && done.owner.rotations.find(({ slot }) => slot === 'basic_auth')).toMatchObject({
          state: 'installing',
          problem,
        })
        // Longer than any grace period: the ESP's secret is accepted until it has the new one.
        registry.world.clock += 40 * DAY_MS
        await registry.alarm()
        expect(await acceptedBy(registry)).toEqual([FIRST, expect.any(String)])
        expect(account.password).toBe(FIRST)

        registry.world.clock += 3_600_000
        await registry.alarm()
        expect(account.password).not.toBe(FIRST)
        expect(await statesOf(registry)).toContain('basic_auth/1 retiring')
        expect(await rotationOf(registry)).toMatchObject({ problem: null })
        expect(JSON.stringify([done, registry.rows('SELECT * FROM audit')])).not.toMatch(
          new RegExp(`${FIRST}|${TOKEN}|${account.password}`),
        )
      }),
  )

  it('waits longer after each failure, up to an hour', () =>
    withSource(POSTMARK, async (registry) => {
      registry.world.outside = async () => new Response(null, { status: 500 })
      await rotateHeld(registry)
      const waits: number[] = []
      for (let i = 0; i < 10; i++) {
        const [row] = registry.rows<{ next_try_at: number }>('SELECT next_try_at FROM pending_installs')
        waits.push(((row?.next_try_at ?? 0) - registry.world.clock) / 60_000)
        registry.world.clock = row?.next_try_at ?? 0
        await registry.alarm()
      }
      expect(waits).toEqual([0.25, 0.5, 1, 2, 4, 8, 16, 32, 60, 60])
    }))

  it('sets the alarm to try again', () =>
    withSource(POSTMARK, async (registry) => {
      registry.world.outside = async () => new Response(null, { status: 500 })
      await rotateHeld(registry)
      expect(await registry.alarmAt()).not.toBeNull()
      await registry.alarm()
      expect(await registry.alarmAt()).not.toBeNull()
    }))
})

/** Each step after which the object may crash. Memory is lost; storage and ESP are not. */
describe('after any crash, the secret of the ESP is accepted', () => {
  class Died extends Error {}

  const CRASHES: readonly [string, (account: Account) => ClockedRegistry['world']['outside']][] = [
    [
      'before the ESP is asked',
      () => async () => {
        throw new Died('gone')
      },
    ],
    [
      'after the ESP has taken it, and before its answer is read',
      (account) => async (request) => {
        await account.serve(request)
        throw new Died('gone')
      },
    ],
  ]

  it.each(CRASHES)('%s', (_when, outside) =>
    withSource(POSTMARK, async (registry, restart) => {
      const account = new Account()
      registry.world.outside = outside(account)
      await rotateHeld(registry)
      expect(await acceptedBy(registry)).toContain(account.password)
      registry.world.clock += 60_000

      const after = restart()
      after.world.outside = account.serve
      expect(await acceptedBy(after)).toContain(account.password)
      await after.alarm()
      expect(await acceptedBy(after)).toEqual([FIRST, account.password])
      expect(account.password).not.toBe(FIRST)
      after.world.clock += DAY_MS
      expect(await acceptedBy(after)).toEqual([account.password])
      expect(after.rows('SELECT * FROM pending_installs')).toEqual([])
    }),
  )

  it('a newer version that is created while the ESP answers is set last', () =>
    withSource(POSTMARK, async (registry) => {
      const account = new Account()
      let second: Promise<unknown> | undefined
      registry.world.outside = async (request) => {
        second ??= rotateHeld(registry)
        await new Promise((resolve) => setTimeout(resolve, 20))
        return account.serve(request)
      }
      await rotateHeld(registry)
      await second
      expect(account.asked).toHaveLength(2)
      expect(await statesOf(registry)).toEqual([
        'basic_auth/1 retiring',
        'basic_auth/2 retiring',
        'basic_auth/3 active',
        'esp_api_token/1 active',
      ])
      expect((await acceptedBy(registry)).at(-1)).toBe(account.password)
    }))
})

describe('the credential for the ESP’s API', () => {
  it('is given to no gateway, and authenticates nothing', () =>
    withSource(POSTMARK, async (registry) => {
      expect((await registry.snapshots.source('shop'))?.secrets.map(({ slot }) => slot)).toEqual([
        'basic_auth',
      ])
      const bare = { provider: 'postmark', secrets: { esp_api_token: TOKEN } }
      expect(await registry.sources.put('other', bare, WHO, null)).toMatchObject({
        ok: true,
        owner: { missingSecrets: [['basic_auth', 'headers']] },
      })
      expect((await registry.snapshots.source('other'))?.secrets).toEqual([])
    }))

  it('is entered by the operator: it is never generated and never shown', () =>
    withSource(POSTMARK, async (registry) => {
      const link = { sha256: 'd4'.repeat(32), lifeSeconds: 60 }
      const asked = { slot: 'esp_api_token', link }
      expect(await rotate(registry, 'shop', asked, WHO)).toMatchObject({ code: 'value_needed' })
      expect(await rotate(registry, 'shop', { ...asked, value: 'a-newer-server-token' }, WHO)).toMatchObject({
        link: null,
      })
      expect(await registry.secrets.retrieve(link.sha256, WHO)).toEqual({ ok: false })
    }))

  it('is reported if it is missing, and nothing is lost', () =>
    withSource(POSTMARK, async (registry) => {
      registry.world.outside = async () => new Response(null, { status: 500 })
      await rotateHeld(registry)
      await revoke(registry, 'shop', 'esp_api_token', 1, false, WHO)
      registry.world.clock += 60_000
      await registry.alarm()
      expect(await rotationOf(registry)).toMatchObject({ state: 'installing', problem: 'credential_missing' })
      expect(await acceptedBy(registry)).toContain(FIRST)
    }))
})

it('a secret that no master key opens does not block others', () =>
  withSource(POSTMARK, async (registry) => {
    await registry.sources.put('zoo', POSTMARK, WHO, null)
    registry.world.outside = async () => new Response(null, { status: 500 })
    await rotateHeld(registry)
    await rotate(registry, 'zoo', { slot: 'basic_auth', hold: true }, WHO)
    registry.rows(`UPDATE secrets SET sealed = x'01' || randomblob(60) WHERE source = 'shop'`)
    registry.world.outside = async () => new Response(null, { status: 200 })
    registry.world.clock += 60_000
    await registry.alarm()
    expect(await rotationOf(registry)).toMatchObject({ state: 'installing', problem: 'secret_unreadable' })
    expect(await statesOf(registry, 'zoo')).toContain('basic_auth/1 retiring')
    expect(await registry.alarmAt()).not.toBeNull()
  }))

it('without the id of the webhook a person fetches the secret by a link', () =>
  withSource({ ...POSTMARK, provisioner: undefined }, async (registry) => {
    registry.world.outside = () => {
      throw new Error('nobody is to be asked')
    }
    const done = await rotate(
      registry,
      'shop',
      { slot: 'basic_auth', hold: true, link: { sha256: 'e5'.repeat(32), lifeSeconds: 60 } },
      WHO,
    )
    expect(done).toMatchObject({ version: 2, link: { endsAtMs: expect.any(Number) } })
    expect(await statesOf(registry)).toContain('basic_auth/2 pending')
  }))

it('an emergency revokes the old version before the ESP is called', () =>
  withSource(POSTMARK, async (registry) => {
    const account = new Account()
    registry.world.outside = async (request) => {
      expect(await statesOf(registry)).toContain('basic_auth/1 revoked')
      return account.serve(request)
    }
    await rotate(registry, 'shop', { slot: 'basic_auth', emergency: true }, WHO)
    expect(await acceptedBy(registry)).toEqual([account.password])
  }))

it('the scheduled run rotates a secret that an ESP accepts', () =>
  withSource(POSTMARK, async (registry) => {
    const account = new Account()
    registry.world.outside = account.serve
    registry.world.clock += 30 * DAY_MS
    const { reports } = await registry.secrets.rotateDue('', WHO)
    expect(reports).toMatchObject([
      { slot: 'basic_auth', state: 'fresh', version: 2 },
      { slot: 'esp_api_token', state: 'due', version: null },
    ])
    expect(await acceptedBy(registry)).toEqual([FIRST, account.password])
  }))

it('a provider without such an API refuses a provisioner setting', () =>
  withSource(POSTMARK, async (registry) => {
    const document = {
      provider: 'generic',
      provisioner: { webhookId: '1' },
      secrets: { hmac: 'a-generic-secret-of-the-test' },
    }
    expect(await registry.sources.put('other', document, WHO, null)).toMatchObject({
      code: 'document_invalid',
      problems: [{ path: 'provisioner' }],
    })
  }))
