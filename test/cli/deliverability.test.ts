import { describe, expect, it } from 'vitest'
import { COUNT_NAMES, type Figures, RATE_NAMES } from '../../src/api/deliverability.ts'
import { fakeConsole } from './fake-console.ts'
import { run } from './run.ts'

const figures = (counts: object, rates: object): Figures => ({
  counts: { ...(Object.fromEntries(COUNT_NAMES.map((name) => [name, 0])) as Figures['counts']), ...counts },
  rates: { ...(Object.fromEntries(RATE_NAMES.map((name) => [name, null])) as Figures['rates']), ...rates },
})

const NOW = figures(
  { delivered: 90, bounced: 10, spam_reported: 1 },
  { delivery: 0.9, bounce: 0.1, complaint: 0.011111 },
)
const BEFORE = figures({ delivered: 99, bounced: 1 }, { delivery: 0.99, bounce: 0.01 })
const NAMED = { value: '=gmail()', is_other: false, ...NOW, before: BEFORE }

const ANSWER = {
  by: 'campaign',
  period: { first_day: '2026-06-04', last_day: '2026-06-10' },
  before: { first_day: '2026-05-28', last_day: '2026-06-03' },
  figures_since: '2026-06-02',
  total: { ...NOW, before: BEFORE },
  values: [NAMED, { ...NAMED, value: null }, { ...NAMED, value: 'other', is_other: true }],
}
const alone = (of: object) => ({ ...of, before: null })

const answers = { 'GET /api/deliverability': [200, ANSWER] as [number, object] }
const { environment, asked } = fakeConsole(answers, [404])

const NOW_MS = Date.UTC(2026, 5, 10, 12)
const cli = (...args: string[]) => run(['deliverability', ...args], '', environment, { nowMs: () => NOW_MS })
const answered = (answer: object): void => void (answers['GET /api/deliverability'][1] = answer)

describe('postern deliverability', () => {
  it('shows both periods and the difference, and since when there are figures', async () => {
    answered(ANSWER)
    const { code, out } = await cli('--by', 'campaign', '--compare', '7d')
    expect(code).toBe(0)
    expect(out.replaceAll(/ +$/gm, '')).toBe(
      `2026-06-04 to 2026-06-10, compared with 2026-05-28 to 2026-06-03 (UTC)
CAMPAIGN  PERIOD  DELIVERED  DELIVERY  BOUNCE   COMPLAINT  DEFERRAL  OPEN  OPEN PEOPLE  CLICK PEOPLE
`.concat(
        ['=gmail()', '(none)  ', '(other) ', 'total   ']
          .map(
            (
              name,
            ) => `${name}  now     90         90.00 %   10.00 %  1.11 %     –         –     –            –
${name}  before  99         99.00 %   1.00 %   –          –         –     –            –
${name}  change  -9         -9.00     +9.00    –          –         –     –            –
`,
          )
          .join(''),
        'Figures begin on 2026-06-02.\n',
      ),
    )
  })

  it('shows one period in a line a value', async () => {
    answered({ ...alone(ANSWER), total: alone(NOW), values: [alone(NAMED)] })
    expect((await cli('--by', 'campaign')).out).toBe(
      `2026-06-04 to 2026-06-10 (UTC)
CAMPAIGN  DELIVERED  DELIVERY  BOUNCE   COMPLAINT  DEFERRAL  OPEN  OPEN PEOPLE  CLICK PEOPLE
=gmail()  90         90.00 %   10.00 %  1.11 %     –         –     –            –
total     90         90.00 %   10.00 %  1.11 %     –         –     –            –
`,
    )
    answered({ ...alone(ANSWER), figures_since: null, total: alone(NOW), values: [] })
    expect((await cli()).out).toBe('There are no figures yet.\n')
  })

  it.each([
    [0.5, '20.00 %'],
    [0.499, 'at most 20.00 %'],
    [null, 'at most 20.00 %'],
  ])('says of a rate of people that it is at most that if %s is judged: %s', async (judged, words) => {
    const opened = figures({ delivered: 90 }, { open: 0.3, open_people: 0.2, open_judged: judged })
    answered({ ...alone(ANSWER), total: alone(opened), values: [] })
    expect((await cli()).out).toMatch(new RegExp(`30\\.00 % {2}${words} +–\\n`))
  })

  it('writes CSV with all counts and rates, whose cells run nowhere', async () => {
    answered(ANSWER)
    const lines = (await cli('--by', 'campaign', '--csv')).out.split('\r\n')
    expect(lines).toHaveLength(1 + 2 * 3 + 1)
    expect(lines[0]).toMatch(
      /^campaign,is_other,first_day,last_day,sent,delivered,.*,delivery_rate,bounce_rate,/,
    )
    expect(lines[1]).toMatch(
      /^"'=gmail\(\)",false,2026-06-04,2026-06-10,0,90,10,.*,0\.9,0\.1,,0\.011111,,,,,,,,$/,
    )
    expect(lines[2]).toMatch(/^"'=gmail\(\)",false,2026-05-28,2026-06-03,0,99,1,.*,0\.99,0\.01,,,,,,,,,,$/)
    expect(lines[3]).toMatch(/^,false,/)
    expect(lines[5]).toMatch(/^other,true,/)
    expect((await cli('--csv', '--json')).code).toBe(2)
  })

  it('shows what failed by cause, alone and crossed', async () => {
    const failed = figures({ bounced: 36, deferred: 4, rejected: 1 }, { bounce: 0.27, deferral: 0.03 })
    const value = { cause: 'reputation', value: 'outlook', is_other: false, ...failed, before: null }
    answered({
      ...alone(ANSWER),
      by: 'cause_mailbox_provider',
      total: alone(NOW),
      values: [value, { ...value, cause: null, value: null }],
    })
    expect((await cli('--by', 'cause_mailbox_provider')).out).toBe(
      `2026-06-04 to 2026-06-10 (UTC)
CAUSE MAILBOX PROVIDER  BOUNCED  DEFERRED  REJECTED  BOUNCE   DEFERRAL
reputation / outlook    36       4         1         27.00 %  3.00 %
(none) / (none)         36       4         1         27.00 %  3.00 %
total                   10       0         0         10.00 %  –
`,
    )
    expect((await cli('--by', 'cause_mailbox_provider', '--csv')).out).toMatch(
      /^cause,mailbox_provider,is_other,.*\r\nreputation,outlook,false,.*\r\n,,false,/,
    )
  })

  it.each([
    [['--since', '7d'], 'since=2026-06-04T00:00:00.000Z'],
    [['--since', '8d', '--until', '1d'], 'since=2026-06-03T00:00:00.000Z&until=2026-06-10T00:00:00.000Z'],
    [['--since', '24h'], 'since=2026-06-09T12:00:00.000Z'],
    [['--since', '2026-06-01T00:00:00Z'], 'since=2026-06-01T00:00:00Z'],
    [['--compare', '7d'], 'compare=7'],
    [['--compare', '30', '--source', 'shop'], 'source=shop&compare=30'],
  ])('%j asks for %s', async (args, query) => {
    answered(ANSWER)
    expect((await cli(...args)).code).toBe(0)
    const got = new URLSearchParams(asked[0]?.query)
    expect(got.get('by')).toBe('mailbox_provider')
    got.delete('by')
    expect(Object.fromEntries(got)).toEqual(Object.fromEntries(new URLSearchParams(query)))
  })

  it.each([
    ['--by', 'recipient'],
    ['--compare', '1h'],
    ['--compare', '0d'],
    ['--since', 'monday'],
  ])('does not take %s %s', async (...args) => expect((await cli(...args)).code).toBe(2))
})
