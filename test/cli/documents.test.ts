/** `put` and `set` of sources, destinations and channels, whose options are made from the settings. */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { fakeConsole } from './fake-console.ts'
import { type Ran, run } from './run.ts'

const AT = '2026-11-27T05:00:00.000Z'

const stored = { version: 7, created_at: AT, updated_at: AT }
const SOURCE = {
  ...stored,
  name: 'shop',
  webhook_url: 'https://hooks.example/hooks/shop',
  secrets: { hmac: 1, basic_auth: 1 },
  secret_versions: [],
  rotations: [],
  refuses_everything: null,
  setup: null,
  provider: 'generic',
  auth: { require: 'any' },
  level: 'enhanced',
  allowedIps: ['192.0.2.0/24'],
  ratePerMinute: 6_000,
  drill: true,
  unreached_guards: [],
}
const DESTINATION = {
  ...stored,
  name: 'app',
  url: 'https://app.example.com/',
  filter: { types: ['email.bounced'], where: { bounce_type: 'hard' } },
  batch: { max_events: 100, max_wait_seconds: 5 },
  personal: 'none',
  headers: { authorization: { stored: true } },
  restored_at: null,
  secret_versions: [],
  rotations: [],
  delivery: null,
  link: { url: 'https://console.example/link#x', ends_at: AT },
}
const CHANNEL = {
  ...stored,
  name: 'ops',
  kind: 'slack',
  minimum_severity: 'error',
  reminder_seconds: 900,
  quiet_hours: { from: '22:00', to: '07:00', time_zone: 'UTC', except: 'critical' },
  secrets: { webhook_url: { stored: true } },
  status: null,
}

const ANSWERS: Readonly<Record<string, readonly [status: number, json: unknown]>> = {
  'GET /api/sources/shop': [200, SOURCE],
  'PUT /api/sources/shop': [200, SOURCE],
  'GET /api/destinations/app': [200, DESTINATION],
  'PUT /api/destinations/app': [201, DESTINATION],
  'GET /api/channels/ops': [200, CHANNEL],
  'PUT /api/channels/ops': [201, CHANNEL],
}
const { asked, environment } = fakeConsole(ANSWERS, [404, { code: 'not_found', detail: 'There is none.' }])

async function cli(line: readonly string[], stdin = '', change: Parameters<typeof run>[3] = {}) {
  const ran: Ran = await run(line, stdin, environment, { nowMs: () => Date.parse(AT), ...change })
  const sent = asked.find(({ call }) => call.startsWith('PUT'))
  return { ...ran, sent: sent?.body, headers: sent?.headers }
}

const SHOP = ['sources', 'put', 'shop', '--provider', 'generic']
const APP = ['destinations', 'put', 'app', '--endpoint', 'https://app.example.com/']
const OPS = ['channels', 'put', 'ops', '--kind', 'slack']
const SET_SHOP = ['sources', 'set', 'shop']
const SET_APP = ['destinations', 'set', 'app']
const SET_OPS = ['channels', 'set', 'ops']

const generic = { provider: 'generic' }
const endpoint = { url: 'https://app.example.com/' }
const slack = { kind: 'slack' }

describe('put', () => {
  it.each<[string[], string, object]>([
    [SHOP, '', generic],
    [SHOP, '--rate-per-minute 60 --level maximum', { ...generic, ratePerMinute: 60, level: 'maximum' }],
    [
      SHOP,
      '--allowed-ips 192.0.2.0/24,2001:db8::/32 --blocked-asns 64500',
      { ...generic, allowedIps: ['192.0.2.0/24', '2001:db8::/32'], blockedAsns: [64_500] },
    ],
    [
      SHOP,
      '--replay-window 5m --max-stale 60',
      { ...generic, replayWindowSeconds: 300, maxStaleSeconds: 60 },
    ],
    [
      SHOP,
      '--rotate-every-days never --require-tls no',
      { ...generic, rotateEveryDays: null, requireTls: false },
    ],
    [
      SHOP,
      '--auth-require all --containment-replay block',
      { ...generic, auth: { require: 'all' }, containment: { replay: 'block' } },
    ],
    [
      APP,
      '--types email.bounced,email.opened',
      { ...endpoint, filter: { types: ['email.bounced', 'email.opened'] } },
    ],
    [
      APP,
      '--sources shop --where {"bounce_type":"hard"}',
      { ...endpoint, filter: { sources: ['shop'], where: { bounce_type: 'hard' } } },
    ],
    [
      APP,
      '--batch-max-events 100 --batch-max-wait 5s',
      { ...endpoint, batch: { max_events: 100, max_wait_seconds: 5 } },
    ],
    [
      APP,
      '--ordered --rate-per-second 0.5 --concurrency 6 --timeout 30s --ed25519 yes --paused --tells-erasures --private-network no',
      {
        ...endpoint,
        ordered: true,
        rate_per_second: 0.5,
        concurrency: 6,
        timeout_seconds: 30,
        ed25519: true,
        paused: true,
        tells_erasures: true,
        private_network: false,
      },
    ],
    [APP, '--start 24h', { ...endpoint, start: '2026-11-26T05:00:00.000Z' }],
    [APP, '--start oldest --personal pseudonym', { ...endpoint, start: 'oldest', personal: 'pseudonym' }],
    [
      OPS,
      '--minimum-severity error --sources shop,news',
      { ...slack, minimum_severity: 'error', sources: ['shop', 'news'] },
    ],
    [OPS, '--grouping 1m --reminder 0s', { ...slack, grouping_seconds: 60, reminder_seconds: 0 }],
    [
      OPS,
      '--quiet-hours-from 22:00 --quiet-hours-to 07:00 --quiet-hours-time-zone Europe/Berlin',
      { ...slack, quiet_hours: { from: '22:00', to: '07:00', time_zone: 'Europe/Berlin' } },
    ],
    [
      ['channels', 'put', 'ops', '--kind', 'mail'],
      '--from a@example.com --to b@example.com,c@example.com',
      { kind: 'mail', from: 'a@example.com', to: ['b@example.com', 'c@example.com'] },
    ],
  ])('%j with %s sends the document', async (line, options, document) => {
    const { code, complaints, sent } = await cli([...line, ...options.split(' ').filter(Boolean)])
    expect({ code, complaints, sent }).toEqual({ code: 0, complaints: '', sent: document })
    expect(asked).toHaveLength(1)
  })

  it('takes secrets from a file, standard input or the keyboard, and prints none', async () => {
    const file = path.join(mkdtempSync(path.join(tmpdir(), 'postern-documents-')), 'hunter2')
    writeFileSync(file, 'from-a-file\n')
    const typed = { readsKeys: true, askHidden: async () => 'typed-unseen' }
    for (const [args, stdin, change, expected] of [
      [
        [...OPS, '--slot', 'webhook_url'],
        'from-stdin',
        {},
        { ...slack, secrets: { webhook_url: 'from-stdin' } },
      ],
      [
        [...OPS, '--slot', `a=${file}`, '--slot', 'b'],
        'from-stdin',
        {},
        { ...slack, secrets: { a: 'from-a-file', b: 'from-stdin' } },
      ],
      [
        [...OPS, '--slot', 'a', '--slot', 'b'],
        '',
        { person: typed },
        { ...slack, secrets: { a: 'typed-unseen', b: 'typed-unseen' } },
      ],
      [
        [...SHOP, '--slot', 'basic_auth'],
        '{"user": "u"}',
        {},
        { ...generic, secrets: { basic_auth: { user: 'u' } } },
      ],
      [
        [...APP, '--header', 'Authorization: -', '--header', 'X-Team: mail: all'],
        'from-stdin',
        {},
        { ...endpoint, headers: { authorization: 'from-stdin', 'x-team': 'mail: all' } },
      ],
    ] as const) {
      asked.length = 0
      const { code, out, complaints, sent } = await cli(args, stdin, change)
      expect([code, sent]).toEqual([0, expected])
      expect(out + complaints).not.toMatch(/from-stdin|from-a-file|typed-unseen/)
    }
  })

  it('takes the whole document, a version and a reason', async () => {
    const line = ['channels', 'put', 'ops', '-', '--if-version', '7', '--reason', 'moved']
    const { sent, headers } = await cli(line, JSON.stringify(slack))
    expect(sent).toEqual(slack)
    expect(headers).toMatchObject({ 'if-match': '"7"', 'x-reason': 'moved' })
  })

  it('says the version, the URL, and where the new secret is', async () => {
    const { out } = await cli([...APP, '--if-version', '0'])
    expect(out).toContain('app is at version 7: https://app.example.com/\n')
    expect(out).toContain(`To fetch the signing secret, once, until ${AT}: https://console.example/link#x\n`)
    expect(asked[0]?.headers).toMatchObject({ 'if-none-match': '*' })
  })
})

describe('set', () => {
  const { filter, batch, personal, headers, url } = DESTINATION
  const app = { filter, batch, personal, headers, url }
  const { kind, minimum_severity, reminder_seconds, quiet_hours } = CHANNEL
  const ops = { kind, minimum_severity, reminder_seconds, quiet_hours }
  const { provider, auth, level, allowedIps, ratePerMinute, drill } = SOURCE
  const shop = { provider, auth, level, allowedIps, ratePerMinute, drill }
  const kept = { stored: true }

  it.each<[string[], string, object]>([
    [SET_SHOP, '--rate-per-minute 60', { ...shop, ratePerMinute: 60 }],
    [SET_SHOP, '--unset allowedIps --unset level', { provider, auth, ratePerMinute, drill }],
    [SET_SHOP, '--slot hmac', { ...shop, secrets: { hmac: 'x', basic_auth: kept } }],
    [SET_APP, '--types email.opened', { ...app, filter: { ...filter, types: ['email.opened'] } }],
    [
      SET_APP,
      '--unset filter.where --unset batch',
      { personal, headers, url, filter: { types: filter.types } },
    ],
    [SET_APP, '--header X-Team:mail', { ...app, headers: { ...headers, 'x-team': 'mail' } }],
    [SET_OPS, '--reminder 4h', { ...ops, reminder_seconds: 14_400 }],
    [SET_OPS, '--quiet-hours-to 08:00', { ...ops, quiet_hours: { ...quiet_hours, to: '08:00' } }],
    [
      SET_OPS,
      '--unset quiet_hours --slot webhook_url',
      { kind, minimum_severity, reminder_seconds, secrets: { webhook_url: 'x' } },
    ],
  ])('%j %s changes that and leaves the rest', async (line, options, document) => {
    const { code, complaints, sent, headers: of } = await cli([...line, ...options.split(' ')], 'x')
    expect({ code, complaints, sent }).toEqual({ code: 0, complaints: '', sent: document })
    expect(of?.['if-match']).toBe('"7"')
  })

  it('changes nothing that is not there', async () => {
    expect(await cli(['sources', 'set', 'none', '--level', 'maximum'])).toMatchObject({
      code: 1,
      sent: undefined,
    })
  })
})

describe('what is wrong is a usage error, said at once, and nothing is sent', () => {
  it.each<[string[], readonly string[], string?]>([
    [
      [...SHOP, '--ratee-per-minute', '5'],
      ['--ratee-per-minute: Unknown setting. Did you mean --rate-per-minute?'],
    ],
    [
      [
        ...SHOP,
        '--rate-per-minute',
        '0',
        '--level',
        'hunter2',
        '--unknwon',
        '1',
        '--replay-window',
        'hunter2',
      ],
      [
        '4 things are wrong. Nothing was changed.',
        '--unknwon: Unknown setting.',
        '--rate-per-minute: Must be from 1 to 1,000,000.',
        '--level: Must be one of: standard, enhanced, maximum.',
        '--replay-window: A duration is needed',
      ],
    ],
    [
      [...APP, '--batch-max-events', '1001', '--concurrency', '7'],
      ['from 1 to 1,000', 'from 1 to 6'],
    ],
    [[...APP, '--rate-per-second', '0'], ['from 0.01 to 10,000']],
    [[...APP, '--personal', 'hunter2'], ['full, pseudonym, none']],
    [[...APP, '--where', 'hunter2'], ['--where: It is not JSON.']],
    [[...APP, '--where', '["hunter2"]'], ['must be one JSON object']],
    [[...APP, '--start', 'hunter2'], ['--start: Must be now, oldest or a time']],
    [[...APP, '--ordered', 'hunter2'], ['--ordered: Must be yes or no.']],
    [[...APP, '--header', 'hunter2'], ["as 'name: value'"]],
    [[...APP, '--header', 'a: hunter2', '--header', 'A: hunter2'], ['named twice']],
    [[...APP, '--types', '--json'], ['--types: Lacks its value.']],
    [[...OPS, '--minimum-severity', 'hunter2'], ['info, warning, error, critical']],
    [[...OPS, '--quiet-hours-from', '22-7'], ['Must be a time such as 22:00.']],
    [[...OPS, '--quiet-hours-time-zone', 'Mars'], ['Europe/Berlin']],
    [[...OPS, '--slot', 'a', '--slot', 'b'], ['holds one secret']],
    [[...OPS, '--slot', 'a', '--slot', 'a=x'], ['twice']],
    [[...OPS, '--slot', 'a=hunter2'], ['secret a cannot be read']],
    [[...OPS, '--slot', 'a'], ['no input']],
    [['sources', 'put', 'shop'], ['--provider: Must be set.']],
    [['destinations', 'put', 'app'], ['--endpoint: Must be set. --url names the console.']],
    // As until 0.3.0, where it was the endpoint: the admin token must not go there.
    [['destinations', 'put', 'app', '--url', 'https://hunter2.example'], ['--url names the console']],
    [
      ['channels', 'put', 'ops', '--kind', 'webhook', '--url', 'https://hunter2.example'],
      ['--url names the console'],
    ],
    [['channels', 'put', 'ops'], ['--kind: Must be set.']],
    [
      ['channels', 'put', 'ops', '--kind', 'mail'],
      ['--from: Must be set.', '--to: Must be set.'],
    ],
    [['channels', 'put', 'ops', '-', '--kind', 'slack'], ['leave out the other options']],
    [['channels', 'put', 'ops', '-'], ['is not JSON'], 'url: hunter2'],
    [['sources', 'put', 'shop', 'a', 'b'], ['no other argument']],
    [SET_SHOP, ['Name a setting to change.']],
    [[...SET_SHOP, '--unset', 'ratePerMinut'], ['Unknown setting. Did you mean ratePerMinute?']],
  ])('%j', async (line, words, stdin = '') => {
    const { code, complaints } = await cli(line, stdin)
    for (const one of words) expect(complaints).toContain(one)
    expect(code).toBe(2)
    expect(complaints).not.toContain('hunter2')
    expect(asked).toEqual([])
  })
})
