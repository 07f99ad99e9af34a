/** `postern sources check`: what it prints, and how it ends. */
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
