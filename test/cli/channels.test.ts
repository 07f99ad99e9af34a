/** `postern channels` against a console that answers by the contract of the API. */
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

const cli = (args: readonly string[]): Promise<Ran> => run(['channels', ...args], '', environment)

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
