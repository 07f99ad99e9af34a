/** `postern channels` against a console that answers by the contract of the API. */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { fakeConsole } from './fake-console.ts'
import { type Ran, run } from './run.ts'

const AT = '2026-11-27T05:00:00.000Z'

const CHANNEL = {
  name: 'ops',
  version: 7,
  created_at: AT,
  updated_at: AT,
  kind: 'slack',
  minimum_severity: 'error',
  secrets: { webhook_url: { stored: true } },
  status: {
    state: 'failing',
    failures: 3,
    failing_since: AT,
    last_success_at: null,
    last_error: { error: 'The channel answered 500.', status: 500, at: AT },
  },
}

const ANSWERS: Readonly<Record<string, readonly [status: number, json: unknown]>> = {
  'GET /api/channels': [200, { channels: [CHANNEL] }],
  'GET /api/channels/ops': [200, CHANNEL],
  'PUT /api/channels/ops': [201, CHANNEL],
  'POST /api/channels/ops/pause': [200, { ...CHANNEL, status: { ...CHANNEL.status, state: 'paused' } }],
  'POST /api/channels/ops/resume': [200, CHANNEL],
  'DELETE /api/channels/ops': [200, { removed: 'ops' }],
  'POST /api/channels/ops/test': [200, { delivered: true, error: null, status: null }],
  'POST /api/channels/down/test': [
    200,
    { delivered: false, error: 'The channel answered 403.', status: 403 },
  ],
  'GET /api/configuration': [
    200,
    {
      version: 7,
      sources: {},
      destinations: {},
      channels: { ops: { kind: 'slack', secrets: { webhook_url: { stored: true } } } },
    },
  ],
}

const { asked, environment } = fakeConsole(ANSWERS, [
  404,
  { code: 'channel_unknown', detail: 'There is no channel of this name.' },
])

const cli = (args: readonly string[], stdin = '', change: Parameters<typeof run>[3] = {}): Promise<Ran> =>
  run(['channels', ...args], stdin, environment, change)

describe('a command', () => {
  it.each<[line: string, call: string, words: RegExp]>([
    ['list', 'GET /api/channels', /^NAME .*\nops +slack +failing +error +all +.*The channel answered 500\./],
    [
      'show ops',
      'GET /api/channels/ops',
      /secret webhook_url +stored\nstate +failing\n[\s\S]*last error +The channel answered 500\. \(2026/,
    ],
    ['remove ops --yes', 'DELETE /api/channels/ops', /^ops is removed\./],
    ['pause ops', 'POST /api/channels/ops/pause', /^ops is paused\./],
    ['resume ops', 'POST /api/channels/ops/resume', /^ops is failing\./],
    ['test ops', 'POST /api/channels/ops/test', /^ops took both notices\./],
  ])('%s makes one call, for people and for programs', async (line, call, words) => {
    const args = line.split(' ')
    const people = await cli(args)
    expect({ code: people.code, complaints: people.complaints }).toEqual({ code: 0, complaints: '' })
    expect(people.out).toMatch(words)
    expect(asked.map((one) => one.call)).toEqual([call])
    const programs = await cli([...args, '--json'])
    expect(programs.code).toBe(0)
    expect(JSON.parse(programs.out)).toEqual(expect.any(Object))
  })

  it('says by its exit code that a channel does not work', async () => {
    expect(await cli(['test', 'down'])).toMatchObject({
      code: 1,
      out: expect.stringContaining('answered 403'),
    })
  })

  it('removes nothing unasked', async () => {
    expect(await cli(['remove', 'ops'])).toMatchObject({ code: 2 })
    expect(asked).toEqual([])
  })
})

describe('put', () => {
  const put = async (args: readonly string[], stdin = '', change: Parameters<typeof run>[3] = {}) => {
    const ran = await cli(['put', 'ops', ...args], stdin, change)
    return { ...ran, sent: asked.find(({ call }) => call.startsWith('PUT')) }
  }

  it.each<[options: string, document: object]>([
    ['', {}],
    [
      ' --minimum-severity error --sources shop,news',
      { minimum_severity: 'error', sources: ['shop', 'news'] },
    ],
    [' --grouping 1m --reminder 0s', { grouping_seconds: 60, reminder_seconds: 0 }],
    [
      ' --quiet 22:00-07:00 --time-zone Europe/Berlin --quiet-except critical',
      { quiet_hours: { from: '22:00', to: '07:00', time_zone: 'Europe/Berlin', except: 'critical' } },
    ],
    [
      ' --from a@example.com --to b@example.com,c@example.com',
      { from: 'a@example.com', to: ['b@example.com', 'c@example.com'] },
    ],
    [
      ' --url https://a.example/ --region eu --thread-id 7',
      { url: 'https://a.example/', region: 'eu', thread_id: '7' },
    ],
  ])('%j is the document', async (options, expected) => {
    const { code, complaints, sent } = await put(`--kind slack${options}`.split(' '))
    expect({ code, complaints, sent: sent?.body }).toEqual({
      code: 0,
      complaints: '',
      sent: { kind: 'slack', ...expected },
    })
  })

  it('takes a secret from standard input, a file or the keyboard, and prints none', async () => {
    const file = path.join(mkdtempSync(path.join(tmpdir(), 'postern-channels-')), 'secret')
    writeFileSync(file, 'from-a-file\n')
    const typed = { readsKeys: true, askHidden: async () => 'typed-unseen' }
    for (const [args, stdin, change, secrets] of [
      [['--slot', 'webhook_url'], 'from-stdin\n', {}, { webhook_url: 'from-stdin' }],
      [['--slot', `a=${file}`, '--slot', 'b'], 'from-stdin', {}, { a: 'from-a-file', b: 'from-stdin' }],
      [['--slot', 'a', '--slot', 'b'], '', { person: typed }, { a: 'typed-unseen', b: 'typed-unseen' }],
    ] as const) {
      asked.length = 0
      const { code, out, complaints, sent } = await put(['--kind', 'slack', ...args], stdin, change)
      expect([code, sent?.body]).toEqual([0, { kind: 'slack', secrets }])
      expect(out + complaints).not.toMatch(/from-stdin|from-a-file|typed-unseen/)
    }
  })

  it('takes the whole document, a version and a reason', async () => {
    const { sent } = await put(['--file', '-', '--if-version', '7', '--reason', 'moved'], '{"kind": "slack"}')
    expect(sent).toMatchObject({
      body: { kind: 'slack' },
      headers: { 'if-match': '"7"', 'x-reason': 'moved' },
    })
  })

  it.each<[string[], RegExp]>([
    [[], /--kind/],
    [['--file', '-', '--kind', 'slack'], /leave out the other options/],
    [['--kind', 'slack', '--slot', 'a', '--slot', 'b'], /holds one secret/],
    [['--kind', 'slack', '--slot', 'a', '--slot', 'a'], /twice/],
    [['--kind', 'slack', '--slot', 'a=hunter2'], /secret a cannot be read/],
    [['--kind', 'slack', '--slot', 'a'], /no input/],
    [['--kind', 'slack', '--quiet', '22-7'], /22:00-07:00/],
    [['--kind', 'slack', '--quiet', '22:00-07:00'], /--time-zone/],
    [['--kind', 'slack', '--time-zone', 'UTC'], /--quiet/],
    [['--kind', 'slack', '--minimum-severity', 'loud'], /warning/],
  ])('%j is a usage error, and sends nothing', async (args, words) => {
    const { code, complaints } = await put(args)
    expect(code).toBe(2)
    expect(complaints).toMatch(words)
    expect(complaints).not.toContain('hunter2')
    expect(asked).toEqual([])
  })
})

it('export names variables for the secrets of channels, and diff resolves them', async () => {
  const { out } = await run(['export', '--env'], '', environment)
  expect(JSON.parse(out)).toMatchObject({
    channels: { ops: { kind: 'slack', secrets: { webhook_url: { env: 'OPS_WEBHOOK_URL' } } } },
  })
  const unset = await run(['diff', '-'], out, environment)
  expect([unset.code, unset.complaints]).toEqual([
    2,
    expect.stringContaining('channels.ops.secrets.webhook_url'),
  ])
})
