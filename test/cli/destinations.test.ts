/** `postern destinations` against a console that answers by the contract of the API. */
import { describe, expect, it } from 'vitest'
import { fakeConsole } from './fake-console.ts'
import { type Ran, run } from './run.ts'

const AT = '2026-11-27T05:00:00.000Z'

const DESTINATION = {
  name: 'app',
  version: 7,
  url: 'https://app.example.com/email-events',
  filter: { types: ['email.bounced'] },
  personal: 'full',
  paused: false,
  updated_at: AT,
  headers: { authorization: { stored: true } },
  secret_versions: [
    { slot: 'signing_secret', version: 1, state: 'active', public_key: null },
    { slot: 'signing_key', version: 1, state: 'active', public_key: 'whpk_abc' },
  ],
  rotations: [],
  delivery: { state: 'circuit_open', reason: 'failing', warning: 'No success for a day.', backlog: 12 },
}

const ATTEMPT = {
  id: 'a1',
  at: AT,
  kind: 'test',
  event_ids: ['e1'],
  events: 1,
  try: 1,
  status: 204,
  milliseconds: 12,
  error: null,
  response: 'thanks',
  outcome: 'delivered',
}
const ROW = {
  id: 'w1',
  event_ids: ['e1'],
  events: 1,
  tries: 2,
  first_failed_at: AT,
  next_try_at: AT,
  given_up_at: AT,
  blocked: 3,
  status: 500,
  error: 'answered 500',
}
const CHANGED = { version: 2, state: 'pending', link: { url: 'https://console.example/link#y', ends_at: AT } }

/** Answers by method and path; what is not in it is 404. */
const ANSWERS: Readonly<Record<string, readonly [status: number, json?: unknown]>> = {
  'GET /api/destinations': [200, { destinations: [DESTINATION], next_cursor: null }],
  'GET /api/destinations/app': [200, DESTINATION],
  'DELETE /api/destinations/app': [200, { removed: 'app' }],
  'POST /api/destinations/app/test': [200, { attempt: ATTEMPT, type: 'email.bounced' }],
  'POST /api/destinations/down/test': [
    200,
    { attempt: { ...ATTEMPT, status: null, outcome: 'failed' }, type: 'email.bounced' },
  ],
  'POST /api/destinations/app/pause': [
    200,
    { ...DESTINATION, delivery: { state: 'paused', reason: null, warning: null } },
  ],
  'POST /api/destinations/app/resume': [200, DESTINATION],
  'POST /api/destinations/app/replay': [
    202,
    { events: 40, since: AT, until: AT, running: true, matching: null, is_estimate: false },
  ],
  'POST /api/destinations/planned/replay': [
    200,
    { events: 40, since: AT, until: AT, running: false, matching: 12, is_estimate: false },
  ],
  'POST /api/destinations/estimated/replay': [
    200,
    { events: 40_000, since: AT, until: AT, running: false, matching: 1_200, is_estimate: true },
  ],
  'DELETE /api/destinations/app/replay': [204],
  'GET /api/destinations/app/attempts': [200, { attempts: [ATTEMPT], next_cursor: null }],
  'GET /api/destinations/app/waiting': [200, { waiting: [ROW], next_cursor: null }],
  'POST /api/destinations/app/waiting/retry': [200, { retried: 2 }],
  'POST /api/destinations/app/waiting/skip': [200, {}],
  'GET /api/destinations/app/given-up': [200, { given_up: [ROW], next_cursor: null }],
  'POST /api/destinations/app/given-up/redrive': [200, { redriven: 5 }],
  'POST /api/destinations/app/secrets/signing_secret/rotate': [200, CHANGED],
  'POST /api/destinations/app/secrets/signing_secret/2/activate': [
    200,
    { ...CHANGED, state: 'active', link: null },
  ],
  'POST /api/destinations/app/secrets/signing_secret/1/revoke': [
    200,
    { ...CHANGED, state: 'revoked', link: null },
  ],
  'POST /api/destinations/app/secrets/signing_secret/2/link': [200, CHANGED],
  'POST /api/restore/suppressions': [200, { count: 3, added: 2, next: null }],
  'POST /api/restore': [
    200,
    {
      restored: 2,
      removed: 0,
      revived: [
        { source: 'shop', slot: 'hmac', version: 1 },
        { source: 'destination/app', slot: 'signing_secret', version: 3 },
      ],
      destinations: [
        { name: 'app', begins: 'where_it_was', paused: false },
        { name: 'crm', begins: 'at_the_restore', paused: true },
        { name: 'lake', begins: 'at_the_restore', paused: true },
      ],
      paused_channels: ['ops'],
      checked: true,
      missing: [],
    },
  ],
}

const { asked, calls, environment } = fakeConsole(ANSWERS, [
  404,
  { code: 'destination_unknown', detail: 'There is no destination of this name.' },
])

const cli = (args: readonly string[], stdin = '', change: Parameters<typeof run>[3] = {}): Promise<Ran> =>
  run(['destinations', ...args], stdin, environment, { nowMs: () => Date.parse(AT), ...change })

describe('a command', () => {
  it.each<[line: string, call: string, body: unknown, words: RegExp]>([
    ['list', 'GET ', undefined, /^NAME .*\napp +email\.bounced +all +full +no/],
    [
      'show app',
      'GET /app',
      undefined,
      /secret signing_secret\/1 +active\nsecret signing_key\/1 +active, public key whpk_abc\nstate +circuit_open/,
    ],
    ['remove app --yes', 'DELETE /app', undefined, /^app is removed\./],
    [
      'test app --type email.bounced',
      'POST /app/test',
      undefined,
      /^type +email\.bounced\noutcome +delivered\nstatus +204\n/,
    ],
    ['pause app', 'POST /app/pause', undefined, /^app is paused\.\n$/],
    [
      'resume app',
      'POST /app/resume',
      undefined,
      /^app is circuit open: failing\.\nNo success for a day\.\n$/,
    ],
    [
      'replay app --since 2h --types email.bounced,email.opened --where {"provider":"ses"}',
      'POST /app/replay',
      {
        since: '2026-11-27T03:00:00.000Z',
        filter: { types: ['email.bounced', 'email.opened'], where: { provider: 'ses' } },
      },
      /^Sending once more, of 40 events from /,
    ],
    [
      `replay planned --since ${AT} --until ${AT} --plan`,
      'POST /planned/replay',
      { since: AT, until: AT, plan: true },
      /^To send once more: 12 of 40 events/,
    ],
    [
      `replay estimated --since ${AT} --plan`,
      'POST /estimated/replay',
      { since: AT, plan: true },
      /^To send once more: about 1200 of 40000 events .* Only the first ones were counted\.$/m,
    ],
    ['replay app --stop', 'DELETE /app/replay', undefined, /^No replay runs\./],
    ['attempts app', 'GET /app/attempts', undefined, /^WHEN .*\n.* test +1 +1 +204 +12 ms +delivered/],
    ['waiting app', 'GET /app/waiting', undefined, /^ID .*\nw1 +1 +2 .* 3 +answered 500/],
    ['retry app w1 w2', 'POST /app/waiting/retry', { ids: ['w1', 'w2'] }, /^Attempted again soon: 2\./],
    ['retry app --all', 'POST /app/waiting/retry', {}, /^Attempted again soon: 2\./],
    ['skip app w1 --yes', 'POST /app/waiting/skip', { id: 'w1' }, /^It is given up\. .* redrive app w1$/m],
    ['given-up app --all', 'GET /app/given-up', undefined, /^ID .*\nw1 /],
    ['redrive app w1 w2', 'POST /app/given-up/redrive', { ids: ['w1', 'w2'] }, /^Delivered again soon: 5\./],
    [
      'redrive app --since 1d --plan',
      'POST /app/given-up/redrive',
      { since: '2026-11-26T05:00:00.000Z', plan: true },
      /^To deliver again: 5\./,
    ],
    [
      'redrive app --until 1d',
      'POST /app/given-up/redrive',
      { since: '1970-01-01T00:00:00.000Z', until: '2026-11-26T05:00:00.000Z' },
      /^Delivered again soon: 5\./,
    ],
    [
      'rotate app signing_secret --grace 24h',
      'POST /app/secrets/signing_secret/rotate',
      { grace_seconds: 86_400, emergency: false, force: false },
      /^app\/signing_secret\/2 is pending\.\nTo fetch the value, once, until .*link#y/,
    ],
    [
      'activate app signing_secret 2',
      'POST /app/secrets/signing_secret/2/activate',
      {},
      /^app\/signing_secret\/2 is active\./,
    ],
    [
      'revoke app signing_secret 1 --yes',
      'POST /app/secrets/signing_secret/1/revoke',
      { force: false },
      /is revoked\./,
    ],
    ['link app signing_secret 2', 'POST /app/secrets/signing_secret/2/link', {}, /link#y/],
  ])('%s makes one call, for people and for programs', async (line, path, body, words) => {
    const args = line.split(' ')
    const call = path.replace(/ /, ' /api/destinations')
    const people = await cli(args)
    expect({ code: people.code, complaints: people.complaints }).toEqual({ code: 0, complaints: '' })
    expect(people.out).toMatch(words)
    expect(calls()).toEqual([{ call, body }])
    const programs = await cli([...args, '--json'])
    expect(programs.code).toBe(0)
    expect(JSON.parse(programs.out)).toEqual(expect.any(Object))
  })

  it('says by its exit code that the endpoint refused the example', async () => {
    expect((await cli(['test', 'down'])).code).toBe(1)
  })

  it('gives its reason to the audit log', async () => {
    await cli(['pause', 'app', '--reason', 'maintenance'])
    expect(asked[0]?.headers['x-reason']).toBe('maintenance')
  })

  it('pauses for a time', async () => {
    await cli(['pause', 'app', '--for', '4h'])
    expect(asked[0]?.query).toBe('?seconds=14400')
    expect((await cli(['pause', 'app', '--for', 'long'])).complaints).toMatch(/A duration is needed/)
  })

  it('asks for the attempts of one event', async () => {
    await cli(['attempts', 'app', '--event', 'e1', '--limit', '3'])
    expect(asked[0]?.query).toBe('?event_id=e1&limit=3')
  })
})

describe('what cannot be taken back', () => {
  it.each([
    ['remove', 'app'],
    ['skip', 'app', 'w1'],
    ['revoke', 'app', 'signing_secret', '1'],
    ['rotate', 'app', 'signing_secret', '--grace', '0s'],
  ])('%s asks first, and takes no for an answer', async (...args) => {
    expect(await cli(args)).toMatchObject({ code: 2, complaints: expect.stringContaining('--yes') })
    const person = { readsKeys: true, ask: async () => 'n' }
    expect((await cli(args, '', { person })).code).toBe(1)
    expect(asked).toEqual([])
  })

  it.each([
    [['replay', 'app'], /--since/],
    ...[
      ['--since', '2h'],
      ['--until', '1h'],
      ['--types', 'email.bounced'],
      ['--sources', 'shop'],
      ['--where', '{"bounce_type": "hard"}'],
      ['--plan'],
    ].map((other): [string[], RegExp] => [['replay', 'app', '--stop', ...other], /takes no other option/]),
    [['retry', 'app'], /Name deliveries/],
    [['retry', 'app', 'w1', '--all'], /Name deliveries/],
    [['redrive', 'app'], /Name deliveries/],
    [['redrive', 'app', 'w1', '--all'], /Name deliveries/],
    [['redrive', 'app', '--until', '1d', '--all'], /Name deliveries/],
  ])('%j needs to say what', async (args, words) => {
    const { code, complaints } = await cli(args)
    expect(code).toBe(2)
    expect(complaints).toMatch(words)
    expect(asked).toEqual([])
  })
})

it('a restore says how to revoke what is in use again, of a source and of a destination', async () => {
  const { out } = await run(['restore', '--file', '-'], '{}', environment)
  expect(out).toContain('Restored: 2 sources, destinations and channels. Removed: 0.')
  expect(out).toMatch(/postern secrets revoke shop hmac 1$/m)
  expect(out).toMatch(/postern destinations revoke app signing_secret 3$/m)
})

it('a restore says which destinations begin anew and which are paused', async () => {
  const { out } = await run(['restore', '--file', '-', '--resume'], '{}', environment)
  expect(out).toMatch(/begin with the events from now on: crm, lake\..* replay NAME --since/)
  expect(out).toMatch(/are paused: crm, lake\..* resume NAME$/m)
  expect(out).toMatch(/^Channels that are paused: ops\..* channels resume NAME$/m)
  expect(asked.find(({ call }) => call === 'POST /api/restore')).toMatchObject({
    body: { replace: false, resume: true },
  })
})

it('a restore whose incidents are refused says so, after all the rest', async () => {
  const { code, out } = await run(['restore', '20261125T021700000Z'], '', environment)
  expect(code).toBe(1)
  expect(out).toContain('Restored: 2 sources, destinations and channels. Removed: 0.')
  expect(out).toContain('Suppressions in the backup: 3. Added: 2.')
  expect(out).toContain('The incidents did not come back: There is no destination of this name.')
})
