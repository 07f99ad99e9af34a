import { describe, expect, it } from 'vitest'
import type { Outline } from '../../../src/api/backups.ts'
import { backupFindings } from '../../../src/cli/doctor/backups.ts'
import type { Health } from '../../../src/api/health.ts'
import type { Api } from '../../../src/cli/connection/api.ts'
import { consoleHealth, healthFindings } from '../../../src/cli/doctor/console.ts'
import { Stop } from '../../../src/cli/stop.ts'
import { destinationFindings } from '../../../src/cli/doctor/destinations.ts'
import { type Finding, notLookedAt } from '../../../src/cli/doctor/finding.ts'
import { type ExaminedIncident, incidentFindings } from '../../../src/cli/doctor/incidents.ts'
import { type ExaminedSource, sourceFindings } from '../../../src/cli/doctor/sources.ts'
import { type ExaminedToken, tokenFindings } from '../../../src/cli/doctor/tokens.ts'
import { accountFindings } from '../../../src/cli/doctor/wrangler.ts'
import { FRESHNESS } from '../../../src/providers/freshness.ts'
import type { QueueName } from '../../../src/platform/queues.ts'
import type { DeliveryStatus } from '../../../src/destinations/api.ts'
import { ACTIVE } from '../../support/destinations.ts'

const NOW_MS = Date.parse('2026-11-25T12:00:00.000Z')
const ago = (seconds: number): string => new Date(NOW_MS - seconds * 1_000).toISOString()
const HOUR = 3_600
const DAY = 24 * HOUR

const told = (findings: readonly Finding[]): string[] =>
  findings.filter(({ level }) => level !== 'ok').map(({ level, part }) => `${level} ${part}`)

/** Every problem comes with a remedy. */
const expectAdvice = (findings: readonly Finding[]) =>
  expect(findings.filter(({ level, todo }) => level === 'wrong' && (todo ?? '') === '')).toEqual([])

const keysOf = (
  keys: string[] | null,
  change: Partial<Health['master_keys'][number]> = {},
): Health['master_keys'] => [
  { worker: 'gateway', keys, unreadable: [], ...change },
  { worker: 'consumer', keys, unreadable: [] },
  { worker: 'console', keys, unreadable: [] },
]

const waiting = (backlog: number, seconds: number, queue: QueueName = 'postern-events') => ({
  queue,
  backlog,
  oldest_at: ago(seconds),
})

const WATCH = { minute: ago(0), missed: 0, open_incidents: 1, failing: null, skipped: null }

const GROWTH = {
  bytes: 2_000_000_000,
  limit_bytes: 10_000_000_000,
  events: 3_000_000,
  events_ever: 9_000_000,
  events_a_day: 1_000,
  full_at: null,
  archive: null,
  problems: [],
}

const DRILLS: NonNullable<Health['drills']> = { last_restore_at: null, due_at: ago(-60), problems: [] }
const DRILL_DUE = {
  ...DRILLS,
  problems: [{ problem: 'drill_due', level: 'note', says: 'None.', todo: 'Do.' }],
} as const

const WELL: Health = {
  now: ago(0),
  gateway_url: 'https://gate.example',
  release: null,
  parts: [{ part: 'registry', fault: null }],
  master_keys: keysOf(['v1:1a2b3c4d']),
  missing_migrations: [],
  queues: [waiting(3, 5), { queue: 'postern-dead', backlog: 0, oldest_at: null }],
  retrying: [],
  watch: { ...WATCH, minutes_behind: 0, problems: [] },
  growth: GROWTH,
  drills: DRILLS,
  dead_letters: 0,
  quarantined: 0,
}

const growing = (
  ...problems: NonNullable<Health['growth']>['problems'][number]['problem'][]
): Partial<Health> => ({
  growth: {
    ...GROWTH,
    problems: problems.map((problem) => ({
      problem,
      level: problem === 'filling' ? 'note' : 'wrong',
      says: 'It is 72 % full.',
      todo: 'Make room.',
    })),
  },
})

const BEHIND: Health['watch'] = {
  ...WATCH,
  minutes_behind: 9,
  problems: [{ problem: 'behind', level: 'wrong', says: 'It is 9 min behind.', todo: 'Look at the log.' }],
}

const RETRIED: NonNullable<Health['retrying']>[number] = {
  source: 'shop',
  reason: 'store_failed',
  fault: 'RangeError',
  messages: 37,
  since: ago(600),
}

describe('the console', () => {
  it.each<[string, Partial<Health>, string[]]>([
    ['is well', {}, []],
    ['with a clock within bounds is well', { now: ago(29) }, []],
    ['with a clock behind', { now: ago(31) }, ['wrong clock of the console']],
    ['with a clock ahead', { now: ago(-3_000) }, ['wrong clock of the console']],
    ['with a part that is down', { parts: [{ part: 'store', fault: 'Error' }] }, ['wrong store']],
    ['with two master keys', { master_keys: keysOf(['v2:1', 'v1:1']) }, ['note master key']],
    [
      'with another key at the gateway',
      { master_keys: keysOf(['v1:1'], { keys: ['v1:2'] }) },
      ['wrong master key'],
    ],
    [
      'with a key more at the gateway',
      { master_keys: keysOf(['v1:1'], { keys: ['v2:2', 'v1:1'] }) },
      ['wrong master key'],
    ],
    [
      'whose gateway does not say its key',
      { master_keys: keysOf(['v1:1'], { keys: null }) },
      ['wrong master key'],
    ],
    [
      'whose gateway opens no secret',
      { master_keys: keysOf(['v1:1'], { unreadable: ['secrets'] }) },
      ['wrong master key'],
    ],
    ['without its migrations', { missing_migrations: ['0002_x.sql'] }, ['wrong migrations']],
    [
      'whose store is down',
      { missing_migrations: null, retrying: null, growth: null, dead_letters: null, quarantined: null },
      [],
    ],
    ['whose queues are down', { queues: null }, []],
    ['with a store that is full', { parts: [{ part: 'store', fault: 'DatabaseFull' }] }, ['wrong store']],
    [
      'whose restore drill is due',
      { drills: { ...DRILL_DUE, problems: [...DRILL_DUE.problems] } },
      ['note restore drill'],
    ],
    ['whose registry knows of no drill', { drills: null }, []],
    ['whose watch does not answer', { watch: null }, []],
    ['whose watch is behind', { watch: BEHIND }, ['wrong the watch of attacks']],
    ['with messages that wait for long', { queues: [waiting(1, 601)] }, ['wrong queue postern-events']],
    ['with many that wait', { queues: [waiting(10_001, 0)] }, ['wrong queue postern-events']],
    [
      'with a message that the store refused for a day',
      { queues: [waiting(1, 60, 'postern-email-dead')] },
      ['wrong queue postern-email-dead'],
    ],
    [
      'with messages of a newer gateway',
      { retrying: [{ ...RETRIED, reason: 'version_unknown', fault: null }] },
      ['note retries of shop'],
    ],
    ['with messages that are retried', { retrying: [RETRIED] }, ['note retries of shop']],
    [
      'with messages that are retried for long',
      {
        retrying: [
          { ...RETRIED, since: ago(601) },
          { ...RETRIED, source: null },
        ],
      },
      ['wrong retries of shop', 'note retries of messages without a source'],
    ],
    ['whose store is filling', growing('filling'), ['note size of the store']],
    [
      'whose store is nearly full, since nothing is archived',
      growing('nearly_full', 'archive_behind'),
      ['wrong size of the store', 'wrong archive'],
    ],
    ['with dead letters', { dead_letters: 1 }, ['wrong dead letters']],
    ['with quarantine', { quarantined: 1 }, ['note quarantine']],
  ])('%s', (_what, change, found) => {
    const findings = healthFindings({ ...WELL, ...change }, NOW_MS)
    expect(told(findings)).toEqual(found)
    expectAdvice(findings)
  })
})

const rotation = (change: Partial<ExaminedSource['rotations'][number]>): ExaminedSource => ({
  name: 'shop',
  provider: 'generic',
  created_at: ago(30 * DAY),
  refuses_everything: null,
  rotations: [{ slot: 'hmac', state: 'fresh', made_here: true, due_at: ago(0), problem: null, ...change }],
})
const EVENTS = [{ hour: ago(HOUR), source: 'shop', count: 3 }]
const REFUSALS = [
  { source: 'shop', code: 'signature_mismatch', count: 9, last_at: '2026-06-02T12:00:00.000Z' },
]

describe('a source', () => {
  it.each<[string, ExaminedSource[], typeof EVENTS, typeof REFUSALS, string[]]>([
    ['that has events is well', [rotation({})], EVENTS, [], []],
    ['that has events and refusals is well', [rotation({})], EVENTS, REFUSALS, []],
    ['that has nothing', [rotation({})], [], [], ['note source shop']],
    ['that has refusals alone', [rotation({})], [], REFUSALS, ['wrong source shop']],
    [
      'beside which another has events',
      [rotation({})],
      [{ hour: ago(0), source: 'news', count: 1 }],
      [],
      ['note source shop'],
    ],
    ['that is not there', [], [], [], ['note sources']],
    ['whose secret is due soon', [rotation({ state: 'soon' })], EVENTS, [], ['note secret shop/hmac']],
    ['whose secret is due', [rotation({ state: 'due' })], EVENTS, [], ['wrong secret shop/hmac']],
    ['whose secret waits', [rotation({ state: 'waiting' })], EVENTS, [], ['note secret shop/hmac']],
    ['whose secret is being set', [rotation({ state: 'installing' })], EVENTS, [], ['note secret shop/hmac']],
    [
      'whose secret the ESP refuses',
      [rotation({ state: 'installing', problem: 'It said no.' })],
      EVENTS,
      [],
      ['wrong secret shop/hmac'],
    ],
  ])('%s', (_what, sources, events, refusals, found) => {
    const findings = sourceFindings(sources, { events, refusals }, new Map(), NOW_MS)
    expect(told(findings)).toEqual(found)
    expectAdvice(findings)
  })
})

it.each([
  [30 * DAY, 'No event in 7 days.'],
  [15, 'No event since it was made at 2026-11-25T11:59:45.000Z.'],
])('a source that is %i s old has had no event', (seconds, says) => {
  const source = { ...rotation({}), created_at: ago(seconds) }
  const [finding] = sourceFindings([source], { events: [], refusals: [] }, new Map(), NOW_MS)
  expect(finding).toMatchObject({ level: 'note', says })
})

describe("an ESP's pages", () => {
  const lookedAtMs = Date.parse(FRESHNESS['sendgrid']?.lookedOn ?? '')
  it.each([
    ['sendgrid', 180, 0],
    ['sendgrid', 181, 1],
    ['generic', 5_000, 0],
  ])('of %s, looked at %s days ago', (provider, age, notes) => {
    const source = { ...rotation({}), provider }
    const activity = { events: EVENTS, refusals: [] }
    const findings = sourceFindings([source], activity, new Map(), lookedAtMs + age * DAY * 1_000)
    const found = findings.filter(({ says }) => says.includes('as it was on'))
    expect(found.map(({ level }) => level)).toEqual(Array.from({ length: notes }, () => 'note'))
  })
})

describe('incidents', () => {
  const open = (number: number, change: Partial<ExaminedIncident> = {}): ExaminedIncident => ({
    number,
    state: 'open',
    severity: 'warning',
    source: 'shop',
    headline: 'bounces are 31 % of outcomes',
    ...change,
  })

  it.each<[string, readonly ExaminedIncident[], readonly string[]]>([
    ['none', [], []],
    ['the worst first', [open(1), open(2, { severity: 'critical' }), open(3, { severity: 'info' })], ['wrong incident 2', 'wrong incident 1', 'note incident 3']],
    ['those that somebody takes care of', [open(1, { state: 'acknowledged' }), open(2, { state: 'contained' })], ['note incident 2', 'note incident 1']],
    ['ten of twelve', Array.from({ length: 12 }, (_, i) => open(i + 1)), [...Array.from({ length: 10 }, (_, i) => `wrong incident ${12 - i}`), 'note incidents']],
  ])('names %s', (_, incidents, expected) => {
    const findings = incidentFindings(incidents)
    expect(told(findings)).toEqual(expected)
    expectAdvice(findings)
  }) // prettier-ignore

  it('says what each is about, and the command that says more', () => {
    expect(incidentFindings([open(7, { severity: 'critical' })])).toEqual([
      {
        part: 'incident 7',
        level: 'wrong',
        says: 'critical at shop, open: bounces are 31 % of outcomes.',
        todo: 'postern incidents show 7 says what to do.',
      },
    ])
  })
})

it.each([
  [50, []],
  [51, ['note destinations']],
])('of %i destinations, doctor says if it has not looked at all', (count, expected) => {
  const findings = notLookedAt('destinations', count, 50, 'postern destinations show NAME')
  expect(told(findings)).toEqual(expected)
  for (const { says } of findings) expect(says).toBe('Only 50 of 51 were looked at, one by one.')
})

describe('a source whose deliveries are all refused', () => {
  const refusal = (seconds: number, code = 'signature_mismatch') => ({
    at: ago(seconds),
    code,
    explanation: 'The signature fits none.',
    probe: false,
  })
  const probe = (seconds: number, code?: string) => ({ ...refusal(seconds, code), probe: true })
  const [{ hour }] = EVENTS as [(typeof EVENTS)[0]]
  const found = (refusals: ReturnType<typeof refusal>[], lastReceivedAt: string | null, events = EVENTS) =>
    sourceFindings(
      [rotation({})],
      { events, refusals: REFUSALS },
      new Map([['shop', { refusals, lastReceivedAt }]]),
      NOW_MS,
    )

  it('is named with the cause and the remedy, even if events came until a while ago', () => {
    const [finding] = found([refusal(10), refusal(20), refusal(30)], ago(40))
    expect(finding).toEqual({
      part: 'source shop',
      level: 'wrong',
      says: `Every delivery since ${ago(40)} is refused (signature_mismatch). The signature fits none.`,
      todo: expect.stringContaining('postern secrets rotate shop SLOT --stdin'),
    })
  })

  it('is well while deliveries between them are accepted, or if a few are a stranger’s', () => {
    expect(found([refusal(10), refusal(50), refusal(60)], ago(40))).toMatchObject([
      { level: 'ok', says: `The last event is of the hour ${hour}. Refused in the last day: 9.` },
    ])
  })

  it('is not one at which a drill or an assessment was played', () => {
    const probes = [probe(10, 'timestamp_outside_window'), probe(20), probe(30)]
    expect(found(probes, ago(40))).toMatchObject([
      { level: 'ok', says: `The last event is of the hour ${hour}.` },
    ])
    expect(found(probes, null, [])).toMatchObject([{ level: 'note', says: 'No event in 7 days.' }])
    // Its own ESP is refused beside them.
    expect(found([...probes, refusal(35), refusal(36), refusal(37)], ago(40))).toMatchObject([
      { level: 'wrong', says: expect.stringMatching(/^Every delivery since .* \(signature_mismatch\)/) },
    ])
  })

  it('is named after one refusal if no event ever came, with what to do about its code', () => {
    expect(found([refusal(10, 'secret_missing')], null, [])).toMatchObject([
      { level: 'wrong', todo: expect.stringContaining('Bring the ESP') },
    ])
    expect(found([refusal(10, 'never_heard_of')], null, [])).toMatchObject([
      { level: 'wrong', todo: 'postern refusals list --source shop shows the refusals.' },
    ])
  })
})

describe('a destination', () => {
  const PART = 'destination app'
  it.each<[string, Partial<DeliveryStatus> | null, string[], RegExp]>([
    ['that delivers is well', {}, [], /^$/],
    ['that is paused', { state: 'paused', reason: 'paused' }, [`note ${PART}`], /resume app/],
    [
      'whose circuit is open',
      { state: 'circuit_open', reason: 'failing', since: ago(60) },
      [`wrong ${PART}`],
      /attempts app.+probe/,
    ],
    [
      'that is disabled',
      { state: 'disabled', reason: 'gone', since: ago(60) },
      [`wrong ${PART}`],
      /test app.+resume app/,
    ],
    ['whose last attempt failed', { failing_since: ago(59) }, [], /^$/],
    ['that fails for a moment', { failing_since: ago(60) }, [`note ${PART}`], /attempts app/],
    ['that fails for long', { failing_since: ago(901) }, [`wrong ${PART}`], /attempts app/],
    ['that noticed a restore', { store_restored_at: ago(60) }, [`note ${PART}`], /replay app/],
    ['that noticed a restore long ago', { store_restored_at: ago(8 * 86_400) }, [], /^$/],
    ['that is blocked for a moment', { blocked_since: ago(60) }, [`note ${PART}`], /skip app/],
    ['that is blocked for long', { blocked_since: ago(901) }, [`wrong ${PART}`], /waiting app/],
    [
      'with a warning',
      { warning: 'No delivery has succeeded for a day.' },
      [`wrong ${PART}`],
      /attempts app/,
    ],
    ['with dead letters', { dead_letters: 2 }, ['wrong dead letters of app'], /redrive app --all/],
    ['with missed events', { missed: 2 }, ['note missed events of app'], /before you remove old events/],
    ['that does not answer', null, [`wrong ${PART}`], /tail postern-consumer/],
  ])('%s', (_what, change, found, todo) => {
    const delivery = change === null ? null : ({ ...ACTIVE, ...change } as DeliveryStatus)
    const findings = destinationFindings([{ name: 'app', delivery }], NOW_MS)
    expect(told(findings)).toEqual(found)
    expectAdvice(findings)
    expect(findings.map((finding) => finding.todo ?? '').join('')).toMatch(todo)
    expect(findings.map(({ says }) => says).join('')).not.toContain('null')
  })

  it('is not there: nothing is wrong', () => {
    expect(told(destinationFindings([], NOW_MS))).toEqual([])
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

describe('a backup', () => {
  const counted = { parts: 1, rows: 0, bytes: 9 }
  const whole = { incidents: counted, suppressions: counted }
  const made = (seconds: number, beside: Outline['beside'] = whole) => ({
    id: '20261125T021700000Z',
    made_at: ago(seconds),
    beside,
  })
  it.each<[string, Parameters<typeof backupFindings>[0], string[]]>([
    ['of last night is well', [made(10 * HOUR), made(3 * DAY)], []],
    ['of before the counts is well', [made(10 * HOUR, null)], []],
    ['that is old', [made(37 * HOUR)], ['wrong backups']],
    ['that is not there', [], ['note backups']],
    [
      'that lacks a part is told',
      [made(HOUR, { ...whole, suppressions: null }), made(10 * HOUR)],
      ['wrong backups'],
    ],
    [
      'that lacks a part is no backup',
      [made(HOUR, { ...whole, incidents: null }), made(37 * HOUR)],
      ['wrong backups', 'wrong backups'],
    ],
  ])('%s', (_what, all, found) => {
    const findings = backupFindings(all, NOW_MS)
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

describe('the account', () => {
  const SECRETS = JSON.stringify([{ name: 'MASTER_KEY' }, { name: 'ADMIN_TOKEN' }])
  const saying =
    (failing: string, text = SECRETS) =>
    async (parameters: readonly string[]) => ({
      ok: !parameters.join(' ').startsWith(failing),
      text,
      did: [],
    })

  it.each<[string, Parameters<typeof accountFindings>[0], string[]]>([
    ['is well', saying('nothing'), []],
    ['that is not logged in to', saying('whoami'), ['note account']],
    ['without a queue for what fails', saying('queues info postern-dead'), ['wrong queue postern-dead']],
    [
      'without secrets',
      saying('nothing', '[]'),
      ['wrong secrets of the gateway', 'wrong secrets of the consumer', 'wrong secrets of the console'],
    ],
    ['that does not list secrets', saying('secret list', 'no such luck'), ['note secrets']],
  ])('%s', async (_what, wrangler, found) => {
    const findings = await accountFindings(wrangler)
    expect(told(findings)).toEqual(found)
    expectAdvice(findings)
  })
})
