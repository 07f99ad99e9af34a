import { describe, expect, it } from 'vitest'
import type { Health } from '../../../src/api/health.ts'
import type { Api } from '../../../src/cli/connection/api.ts'
import { consoleHealth, healthFindings } from '../../../src/cli/doctor/console.ts'
import { Stop } from '../../../src/cli/stop.ts'
import type { Finding } from '../../../src/cli/doctor/finding.ts'
import { type ExaminedToken, tokenFindings } from '../../../src/cli/doctor/tokens.ts'
import { run } from '../run.ts'
import { wranglerFindings } from '../../../scripts/doctor/wrangler.ts'
import { environmentNamed } from '../../../scripts/deploy/environment.ts'

const NOW_MS = Date.parse('2026-11-25T12:00:00.000Z')
const ago = (seconds: number): string => new Date(NOW_MS - seconds * 1_000).toISOString()
const HOUR = 3_600
const DAY = 24 * HOUR

const told = (findings: readonly Finding[]): string[] =>
  findings.filter(({ level }) => level !== 'ok').map(({ level, part }) => `${level} ${part}`)

/** Every problem comes with a remedy. */
const expectAdvice = (findings: readonly Finding[]) =>
  expect(findings.filter(({ level, todo }) => level === 'wrong' && (todo ?? '') === '')).toEqual([])

const FINDING: Health['findings'][number] = {
  kind: 'queue_backlog',
  title: 'Deliveries wait in a queue',
  subject: 'postern-events',
  source: null,
  severity: 'warning',
  level: 'wrong',
  since: ago(600),
  says: '9 messages wait',
  todo: ['Look at the log.', 'Act before.'],
  incident: 7,
}

const WELL: Health = {
  now: ago(0),
  gateway_url: 'https://gate.example',
  release: null,
  parts: [
    { part: 'registry', fault: null, bytes: 1_500_000 },
    { part: 'store', fault: 'DatabaseFull' },
  ],
  master_keys: [],
  missing_migrations: null,
  queues: null,
  retrying: null,
  watch: null,
  growth: null,
  drills: null,
  dead_letters: null,
  quarantined: null,
  findings: [],
  findings_left_out: 0,
}

const times = (count: number, change: Partial<typeof FINDING>) =>
  Array.from({ length: count }, (_, i) => ({ ...FINDING, subject: `s${i}`, ...change }))

describe('the console', () => {
  it.each<[string, Partial<Health>, string[]]>([
    ['is well', {}, []],
    ['with a clock within bounds is well', { now: ago(29) }, []],
    ['with a clock behind', { now: ago(31) }, ['wrong clock of the console']],
    ['with a clock ahead', { now: ago(-3_000) }, ['wrong clock of the console']],
    ['with a finding', { findings: [FINDING] }, ['wrong queue_backlog postern-events']],
    [
      'with one that somebody cares for, of a source',
      { findings: [{ ...FINDING, level: 'note', subject: null, source: 'shop' }] },
      ['note queue_backlog shop'],
    ],
    [
      'with many of a kind',
      { findings: [...times(12, {}), ...times(1, { kind: 'drift' })] },
      [
        ...times(10, {}).map(({ subject }) => `wrong queue_backlog ${subject}`),
        'note queue_backlog',
        'wrong drift s0',
      ],
    ],
    ['with more than are listed', { findings_left_out: 3 }, ['note findings']],
    ['of a version before', { findings: undefined } as object, ['wrong console']],
  ])('%s', (_what, change, found) => {
    const findings = healthFindings({ ...WELL, ...change }, NOW_MS)
    expect(told(findings)).toEqual(found)
    expectAdvice(findings)
  })

  it('is told with the first thing to do, and the command that says more', () => {
    expect(healthFindings({ ...WELL, findings: [FINDING] }, NOW_MS).at(-1)).toMatchObject({
      says: '9 messages wait.',
      todo: 'Look at the log. postern incidents show 7 says more.',
    })
  })
})

const token = (change: Partial<ExaminedToken>): ExaminedToken => ({
  id: 'abc',
  expires_at: ago(-90 * DAY),
  last_used_at: ago(HOUR),
  revoked_at: null,
  ...change,
})

describe('a token', () => {
  it.each<[string, ExaminedToken[], string[]]>([
    ['none is well', [], []],
    ['that lives long is well', [token({})], []],
    ['that expires soon', [token({ expires_at: ago(-13 * DAY) })], ['note token abc']],
    [
      'that has expired while in use',
      [token({ expires_at: ago(DAY), last_used_at: ago(2 * DAY) })],
      ['wrong token abc'],
    ],
    ['that has expired unused is well', [token({ expires_at: ago(DAY), last_used_at: null })], []],
    ['that is revoked is well', [token({ expires_at: ago(DAY), revoked_at: ago(DAY) })], []],
  ])('%s', (_what, tokens, found) => {
    const findings = tokenFindings(tokens, NOW_MS)
    expect(told(findings)).toEqual(found)
    expectAdvice(findings)
  })
})

it.each(['token_wrong', 'token_missing', 'token_expired', 'token_revoked'])(
  'a console that refuses the token is answered by a log-in, not by its log: %s',
  async (code) => {
    const refusing = { call: () => Promise.reject(new Stop('denied', code, 'No.')) } as unknown as Api
    expect(await consoleHealth(refusing)).toMatchObject({
      level: 'wrong',
      todo: expect.stringContaining('postern login'),
    })
  },
)

it('without the console, it says what it did not look at', async () => {
  const { code, out } = await run(['doctor', '--url', 'http://127.0.0.1:1'], '', { POSTERN_TOKEN: 'x' })
  expect(code).toBe(1)
  expect(out).toMatch(/^wrong +console: http:\/\/127\.0\.0\.1:1 was not reached/)
  expect(out.match(/^unseen +\w+/gm)?.map((line) => line.replace(/^unseen +/, ''))).toEqual([
    'installation',
    'gateway',
    'account',
  ])
  expect(out).toMatch(/Wrong: 1\. Not looked at: 3\.$/m)
})

it('the account is asked by the names of the environment', async () => {
  const asked: string[] = []
  const wrangler = async (parameters: readonly string[]) => {
    asked.push(parameters.join(' '))
    return { ok: true, text: '[]', did: [] }
  }
  const findings = await wranglerFindings(wrangler, environmentNamed('staging'))
  expect(asked).toContain('queues info postern-events-staging')
  expect(asked).toContain('secret list -c wrangler.toml --name postern-gateway-staging --format json')
  expect(findings.map(({ part }) => part)).toContain('queue postern-dead-staging')
})

describe('the account', () => {
  const SECRETS = JSON.stringify([{ name: 'MASTER_KEY' }, { name: 'ADMIN_TOKEN' }])
  const saying =
    (failing: string, text = SECRETS) =>
    async (parameters: readonly string[]) => ({
      ok: !parameters.join(' ').startsWith(failing),
      text,
      did: [],
    })

  it.each<[string, Parameters<typeof wranglerFindings>[0], string[]]>([
    ['is well', saying('nothing'), []],
    ['that is not logged in to', saying('whoami'), ['unseen account']],
    ['without a queue for what fails', saying('queues info postern-dead'), ['wrong queue postern-dead']],
    [
      'without secrets',
      saying('nothing', '[]'),
      ['wrong secrets of the gateway', 'wrong secrets of the consumer', 'wrong secrets of the console'],
    ],
    ['that does not list secrets', saying('secret list', 'no such luck'), ['unseen secrets']],
  ])('%s', async (_what, wrangler, found) => {
    const findings = await wranglerFindings(wrangler, environmentNamed('production'))
    expect(told(findings)).toEqual(found)
    expectAdvice(findings)
  })
})
