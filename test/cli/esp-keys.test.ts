/** Keys of ESPs' APIs on the command line: which rights one needs, and `postern sources check`. */
import { describe, expect, it } from 'vitest'
import { fakeConsole } from './fake-console.ts'
import { run } from './run.ts'

const report = (...says: string[]) => ({
  checked_at: '2026-12-01T12:00:00.000Z',
  answered_at: '2026-12-01T12:00:00.000Z',
  differences: says.map((one) => ({ code: 'off', says: one })),
  webhook: null,
  others: 0,
  problem: null,
  key_can_also: null,
  can_mend: true,
})
const UNASKED = { ...report(), problem: { code: 'key_refused', status: 401, says: 'it takes no key' } }
const problem = (code: string, detail: string) => ({
  type: 'about:blank',
  title: 'No',
  status: 409,
  code,
  detail,
})

const ROTATED = {
  slot: 's',
  version: 2,
  state: 'active',
  link: null,
  source: 'shop',
  esp: null,
  unreached_guards: [],
}
const POSTMARK = {
  name: 'postmark',
  title: 'Postmark',
  slots: [{ slot: 'esp_api_token', kind: 'text', made_here: false, verifies: false }],
  nameless: null,
  api_key: { form: 'ID:SECRET', rights: [{ right: 'All', for: ['past events'] }], can_send: true },
  setup: null,
}

const withKey = (name: string) => ({ name, secrets: { hmac: 1, esp_api_token: 1 } })
const names = ['broken', 'keyless', 'off', 'unasked', 'well']
const { environment, calls } = fakeConsole(
  {
    'GET /api/sources': [
      200,
      {
        sources: names.map((name) => (name === 'keyless' ? { name, secrets: { hmac: 1 } } : withKey(name))),
        next_cursor: null,
      },
    ],
    'GET /api/sources/shop': [200, { name: 'shop', provider: 'postmark' }],
    'GET /api/providers': [200, { providers: [POSTMARK] }],
    'POST /api/sources/shop/secrets/esp_api_token/rotate': [200, ROTATED],
    'POST /api/sources/shop/secrets/hmac/rotate': [200, ROTATED],
    'POST /api/sources/broken/check': [409, problem('esp_key_missing', 'There is no key.')],
    'POST /api/sources/off/check': [200, report('the webhook at Resend is off', 'it points elsewhere')],
    'POST /api/sources/unasked/check': [200, UNASKED],
    'POST /api/sources/well/check': [200, report()],
  },
  [403, { ...problem('forbidden', 'You may not.'), status: 403 }],
)

const cli = (...args: string[]) => run(['sources', 'check', ...args], '', environment)

describe('postern sources check', () => {
  it('asks for each source with a key, and prints a line for each', async () => {
    const { code, out } = await cli()
    expect(out.trim().split('\n')).toEqual([
      expect.stringMatching(/^broken: .*no key/),
      'off: the webhook at Resend is off; it points elsewhere',
      'unasked: not known: it takes no key',
      'well: all is well',
    ])
    expect(code).toBe(1)
    expect(calls()).toHaveLength(5)
  })

  it('gives programs the reports', async () => {
    const { checks } = JSON.parse((await cli('--json')).out) as { checks: { source: string }[] }
    expect(checks.map(({ source }) => source)).toEqual(['broken', 'off', 'unasked', 'well'])
    expect(checks[3]).toMatchObject({ report: report(), problem: null })
    expect(checks[0]).toMatchObject({ report: null, problem: expect.stringContaining('no key') })
  })

  it.each([
    ['well', 0],
    ['off', 1],
    ['unasked', 1],
    ['denied', 3],
  ])('of %s alone ends with %i', async (name, code) => {
    expect((await cli(name)).code).toBe(code)
    expect(calls().map(({ call }) => call)).toEqual([`POST /api/sources/${name}/check`])
  })
})

describe('the rights of a key', () => {
  it('are told before it is typed', async () => {
    const rotate = (slot: string) => run(['secrets', 'rotate', 'shop', slot, '--stdin'], 'a-key', environment)
    const { code, complaints } = await rotate('esp_api_token')
    expect(code).toBe(0)
    expect(complaints).toMatch(
      /least rights:\nAll \(past events\)\nEnter it as ID:SECRET\.\n.*can also send mail/,
    )
    expect((await rotate('hmac')).complaints).not.toContain('rights')
  })

  it('stand beside the secrets of its provider', async () => {
    const { out } = await run(['providers', 'postmark'], '', environment)
    expect(out).toMatch(/API key +Make a key.*\n +All \(past events\)\n +Enter it as ID:SECRET/)
  })
})

it.each([
  ['backfill', 'shop', '--stop', '--resume'],
  ['backfill', 'shop', '--stop', '--since', '2h'],
  ['backfill', 'shop', '--resume', '--plan'],
  ['suppressions', 'sync', 'shop', '--plan', '--stop'],
  ['suppressions', 'sync', 'shop', '--status', '--plan'],
])('postern %s %s %s %s asks which of both is meant', async (...args: string[]) => {
  const { code, complaints } = await run(args, '', environment)
  expect([code, complaints]).toEqual([2, expect.stringMatching(/stand alone|Name one of/)])
  expect(calls()).toEqual([])
})
