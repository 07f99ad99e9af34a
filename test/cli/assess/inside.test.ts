/** Each probe from inside: it finds the weakness that is planted in what the API answers, and nothing without one. */
import { describe, expect, it } from 'vitest'
import type { Channel } from '../../../src/api/channels.ts'
import type { Resting } from '../../../src/api/master-key.ts'
import type { SettingAnswer } from '../../../src/api/retention.ts'
import type { Source } from '../../../src/api/sources.ts'
import type { Token } from '../../../src/api/tokens.ts'
import { INSIDE } from '../../../src/cli/assess/inside.ts'
import type { World } from '../../../src/cli/assess/probe.ts'
import { sourceRoutes } from '../../../src/api/sources.ts'
import { listNameOf } from '../../../src/api/client.ts'
import type { AnyRoute } from '../../../src/api/route.ts'
import { apiAt } from '../../../src/cli/connection/api.ts'
import { DAY_MS, toInstant } from '../../../src/platform/time.ts'
import { assessed, collected, withPlantable } from './world.ts'

const NOW_MS = Date.parse('2026-11-29T12:00:00Z')
const ago = (days: number): string => toInstant(NOW_MS - days * DAY_MS)

const version = (change: Partial<Source['secret_versions'][number]> = {}) => ({
  slot: 'hmac',
  version: 1,
  state: 'active' as const,
  origin: 'operator' as const,
  created_at: ago(40),
  activated_at: ago(40),
  accepted_until: null,
  revoked_at: null,
  fingerprint: null,
  public_key: null,
  ...change,
})

const rotation = (change: Partial<Source['rotations'][number]> = {}) => ({
  slot: 'hmac',
  state: 'fresh' as const,
  made_here: true,
  due_at: null,
  problem: null,
  ...change,
})

type ExaminedSource = Pick<
  Source,
  'name' | 'provider' | 'auth' | 'level' | 'requireSourceIp' | 'secrets' | 'secret_versions' | 'rotations'
> &
  Partial<Source>

const source = (change: Partial<Source> = {}): ExaminedSource => ({
  name: 'shop',
  provider: 'generic',
  auth: { require: 'any' },
  level: 'standard',
  requireSourceIp: false,
  secrets: { hmac: 1 },
  secret_versions: [version()],
  rotations: [rotation()],
  ...change,
})

/** A source whose sender has a password alone. */
const withPassword = (change: Partial<Source> = {}) =>
  source({ provider: 'mailjet', secrets: { basic_auth: 1 }, level: 'enhanced', ...change })

const token = (change: Partial<Token> = {}): Token => ({
  id: 't1',
  name: 'nightly',
  role: 'operator',
  sources: null,
  created_by: 'admin',
  created_at: ago(10),
  expires_at: ago(-60),
  last_used_at: ago(1),
  revoked_at: null,
  ...change,
})

type ExaminedChannel = Pick<Channel, 'name' | 'paused' | 'minimum_severity' | 'status'> & Partial<Channel>

const working = { state: 'working', failures: 0, failing_since: null, last_success_at: ago(1), last_error: null } as const // prettier-ignore

const channel = (change: Partial<Channel> = {}): ExaminedChannel => ({
  name: 'mail',
  paused: false,
  minimum_severity: 'warning',
  status: working,
  ...change,
})

const kept = (setting: SettingAnswer['setting'], days: number | null) => ({ settings: [{ setting, days }] })

interface Answers {
  readonly sources: readonly ExaminedSource[]
  readonly destinations: readonly { readonly name: string; readonly secret_versions: readonly object[]; readonly rotations: readonly object[] }[] // prettier-ignore
  readonly tokens: readonly Token[]
  readonly sessions: readonly { readonly actor: string }[]
  readonly actor: string
  readonly channels: readonly ExaminedChannel[]
  readonly retention: { readonly version: number; readonly kinds: readonly ReturnType<typeof kept>[] }
  readonly masterKey: Pick<Resting, 'newest' | 'versions' | 'still_needed'>
}

/** An installation without a weakness. */
const SOUND: Answers = {
  sources: [source()],
  destinations: [{ name: 'app', secret_versions: [version({ slot: 'signing_secret' })], rotations: [rotation({ slot: 'signing_secret' })] }], // prettier-ignore
  tokens: [token()],
  sessions: [{ actor: 'token:t1' }],
  actor: 'token:t1',
  channels: [channel()],
  retention: { version: 3, kinds: [kept('events', 180), kept('audit', null)] },
  masterKey: { newest: 2, versions: [2], still_needed: [] },
}

async function found(id: string, change: Partial<Answers> = {}) {
  const answers = { ...SOUND, ...change }
  const byPath: Readonly<Record<string, object>> = {
    '/api/sources': { sources: answers.sources },
    '/api/destinations': { destinations: answers.destinations },
    '/api/tokens': { tokens: answers.tokens },
    '/api/sessions': { sessions: answers.sessions },
    '/api/me': { actor: answers.actor },
    '/api/channels': { channels: answers.channels },
    '/api/retention': answers.retention,
    '/api/master-key': answers.masterKey,
  }
  const api = {
    call: async ({ path }: AnyRoute) => byPath[path],
    list: async (route: AnyRoute) =>
      (byPath[route.path] as Readonly<Record<string, unknown>>)[listNameOf(route)],
  }
  const probe = INSIDE.find((one) => one.id === id)
  if (probe === undefined) throw new TypeError(`there is no probe ${id}`)
  const run = probe.run({ api: () => api, nowMs: () => NOW_MS } as unknown as World)
  return (await collected(run)).map(
    ({ subject = null, severity = probe.severity, evidence, remedy = '' }) => [
      subject,
      severity,
      `${evidence} ${remedy}`,
    ],
  )
}

const PLANTINGS: readonly (readonly [
  probe: string,
  weakness: string,
  change: Partial<Answers>,
  subject: string | null,
  severity: string,
  evidence: RegExp,
])[] = [
  ['unbound-deliveries', 'a password alone', { sources: [withPassword()] }, 'source shop', 'high', /source shop accepts a proof that does not cover the body of a delivery: basic. No networks/],
  ['unbound-deliveries', 'an ESP that cannot sign', { sources: [withPassword({ provider: 'postmark' })] }, 'source shop', 'high', /Postmark cannot sign the body. Compare its networks .*50\.31\.156\.6\/32.* in allowedIps/],
  ['unbound-deliveries', 'networks that are not required', { sources: [withPassword({ allowedIps: ['192.0.2.0/24'] })] }, 'source shop', 'medium', /tolerates deliveries from other networks/],
  ['unbound-deliveries', 'a signature of a part', { sources: [source({ provider: 'mailgun', secrets: { signing_key: 1 } })] }, 'source shop', 'high', /does not cover the body of a delivery/],
  ['unbound-deliveries', 'a password beside a signature', { sources: [source({ secrets: { hmac: 1, basic_auth: 1 } })] }, 'source shop', 'high', /does not cover the body of a delivery: basic/],
  ['old-secrets', 'a secret of three years', { sources: [source({ secret_versions: [version({ activated_at: ago(1_000) })] })] }, 'source shop, hmac', 'low', /in use for 1000 days/],
  ['old-secrets', 'an old value beside the new one', { sources: [source({ secret_versions: [version({ activated_at: ago(90) }), version({ version: 2, activated_at: ago(40) })] })] }, 'source shop, hmac', 'medium', /Version 1 of hmac of the source shop is still valid, 40 days after version 2/],
  ['old-secrets', 'an old signing secret', { destinations: [{ name: 'app', secret_versions: [version({ slot: 'signing_secret', activated_at: ago(400) })], rotations: [rotation({ slot: 'signing_secret' })] }] }, 'destination app, signing_secret', 'low', /signing_secret of the destination app has been in use for 400 days/],
  ['endless-tokens', 'the ADMIN_TOKEN in use', { actor: 'admin' }, 'ADMIN_TOKEN', 'medium', /never ends/],
  ['endless-tokens', 'a session of the ADMIN_TOKEN', { sessions: [{ actor: 'admin' }] }, 'ADMIN_TOKEN', 'medium', /session of it is open/],
  ['endless-tokens', 'a long token of an admin', { tokens: [token({ role: 'admin', expires_at: ago(-300) })] }, 'token t1', 'medium', /valid for 300 more days, with the role admin/],
  ['endless-tokens', 'a long token of an operator', { tokens: [token({ expires_at: ago(-300) })] }, 'token t1', 'low', /valid for 300 more days/],
  ['endless-tokens', 'a token that nobody uses', { tokens: [token({ created_at: ago(200), last_used_at: null })] }, 'token t1', 'medium', /token t1 is valid .* has not been used for 200 days/],
  ['no-channel', 'no channel', { channels: [] }, null, 'high', /None of 0 channels sends/],
  ['no-channel', 'a paused one and a broken one', { channels: [channel({ paused: true }), channel({ status: { ...working, state: 'broken' } })] }, null, 'high', /None of 2 channels sends/],
  ['no-channel', 'one for a source alone', { channels: [channel({ sources: ['shop'] })] }, null, 'medium', /nobody is told of the others/],
  ['retention-unset', 'no document', { retention: { ...SOUND.retention, version: 0 } }, null, 'low', /No retention document/],
  ['retention-unset', 'a kind without limit', { retention: { version: 3, kinds: [kept('quarantine', null)] } }, 'quarantine', 'medium', /quarantine is kept without limit/],
  ['unfinished-master-key', 'things under the old key', { masterKey: { newest: 2, versions: [2, 1], still_needed: [1] } }, null, 'medium', /still sealed with version 1/],
  ['unfinished-master-key', 'an old key that nothing needs', { masterKey: { newest: 2, versions: [2, 1], still_needed: [] } }, null, 'low', /An old master key is still configured/],
] // prettier-ignore

describe('a probe from inside', () => {
  it.each(PLANTINGS)('%s finds %s', async (probe, _weakness, change, subject, severity, evidence) => {
    expect(await found(probe, change)).toEqual([[subject, severity, expect.stringMatching(evidence)]])
  })

  it.each(INSIDE.map(({ id }) => id))(
    '%s has a planted weakness, and finds nothing without one',
    async (id) => {
      expect(PLANTINGS.map(([probe]) => probe)).toContain(id)
      expect(await found(id)).toEqual([])
    },
  )

  it.each<[string, string, Partial<Answers>]>([
    ['unbound-deliveries', 'required networks', { sources: [withPassword({ allowedIps: ['192.0.2.0/24'], requireSourceIp: true })] }],
    ['unbound-deliveries', 'the level maximum', { sources: [withPassword({ allowedIps: ['192.0.2.0/24'], level: 'maximum' })] }],
    ['unbound-deliveries', 'a signature that is needed as well', { sources: [source({ secrets: { hmac: 1, basic_auth: 1 }, auth: { require: 'all' } })] }],
    ['unbound-deliveries', 'no secret: it refuses everything', { sources: [source({ secrets: {} })] }],
    ['old-secrets', 'a public key', { sources: [source({ provider: 'sendgrid', secret_versions: [version({ slot: 'public_key', activated_at: ago(900) })], rotations: [rotation({ slot: 'public_key' })] })] }],
    ['endless-tokens', 'a revoked token', { tokens: [token({ expires_at: ago(-300), revoked_at: ago(1) })] }],
    ['endless-tokens', 'a token that has ended', { tokens: [token({ expires_at: ago(3) })] }],
    ['endless-tokens', 'a long token to read one source', { tokens: [token({ role: 'viewer', sources: ['shop'], expires_at: ago(-300) })] }],
  ])('%s accepts %s', async (probe, _what, change) => {
    expect(await found(probe, change)).toEqual([])
  }) // prettier-ignore
})

describe('probes from inside of a new installation', () => {
  const installation = withPlantable()

  it('find what nobody has set up yet', async () => {
    const { postern, console } = installation
    await apiAt(console.url, postern.secrets.ADMIN_TOKEN).call(sourceRoutes.putSource, {
      params: { name: 'shop' },
      body: {
        provider: 'mailjet',
        secrets: { basic_auth: { username: 'hooks', password: 'long enough to guess' } },
      },
    })
    const { findings, probes } = await assessed(INSIDE, installation)
    expect(probes.filter(({ outcome }) => outcome === 'not_done')).toEqual([])
    expect(findings.map(({ probe, subject, severity }) => [severity, probe, subject])).toEqual([
      ['high', 'unbound-deliveries', 'source shop'],
      ['high', 'no-channel', null],
      ['medium', 'endless-tokens', 'ADMIN_TOKEN'],
      ['low', 'retention-unset', null],
    ])
  })
})
