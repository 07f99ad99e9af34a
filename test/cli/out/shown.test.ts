import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { withShownOutput } from '../../../src/cli/out/shown.ts'
import type { Io } from '../../../src/cli/command.ts'
import { fakeConsole } from '../fake-console.ts'
import { type Ran, run } from '../run.ts'
import { anyText } from '../../support/any-text.ts'

/** Clears the screen, sets the title, C1 forms of both, overrides the direction, overwrites the line. */
const HOSTILE =
  'a\u001B[2Jb\u001B]0;title\u0007c\u009B2Jd\u009D0;t\u009Ce\u202Egpj.exe\u2066f\u200B\rg\u{E0041}'

const ESCAPE = '\u001B'
const EMPHASIS = new RegExp(`${ESCAPE}\\[(?:1|2|22|31|32|33|39)m`, 'g')

/** Everything that acts, but for ends of lines and the emphasis of our own words. */
const ACTS = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u
const acting = (text: string): boolean => ACTS.test(text.replaceAll(EMPHASIS, '').replaceAll('\n', ''))

const reason = { reason: 'manual', since: HOSTILE, source: HOSTILE, evidence: HOSTILE, note: HOSTILE }
const event = {
  id: HOSTILE,
  type: HOSTILE,
  source: HOSTILE,
  recipient: HOSTILE,
  reason: HOSTILE,
  received_at: '',
}
const quarantined = { id: HOSTILE, source: HOSTILE, problem: HOSTILE, security: { alerts: [HOSTILE] } }
const line = { seq: 1, text: HOSTILE, mac: '00' }

/** A console that answers whatever it is asked with what acts on a terminal. */
const ANSWERS: Readonly<Record<string, unknown>> = {
  '/api/suppressions/export': { suppressions: [{ address: HOSTILE, ...reason }], next_cursor: null },
  '/api/suppressions': { suppressions: [{ recipient: HOSTILE, reasons: [reason], scopes: [], expired: [] }] },
  '/api/suppressions/ada@example.com': {
    suppressed: true,
    recipient: HOSTILE,
    reasons: [reason],
    scopes: [],
    expired: [],
  },
  '/api/events': { events: [event] },
  '/api/messages': {
    states: [{ recipient: HOSTILE, state: HOSTILE, occurred_at: HOSTILE, event_id: HOSTILE }],
  },
  '/api/configuration': {
    version: 1,
    sources: { shop: { provider: HOSTILE, [HOSTILE]: HOSTILE } },
    destinations: {},
  },
  '/api/audit/lines': { lines: [line], head: { seq: 1, mac: '00' } },
  '/api/audit': {
    entries: [
      { seq: 1, at: HOSTILE, actor_name: HOSTILE, action: HOSTILE, target: HOSTILE, reason: HOSTILE },
    ],
  },
  '/api/audit/verify': { ok: false, seq: 1, problem: HOSTILE },
  '/api/quarantine': { quarantine: [quarantined] },
  '/api/quarantine/0': {
    ...quarantined,
    headers: { [HOSTILE]: HOSTILE },
    body: Buffer.from(`${HOSTILE}\n`).toString('base64'),
  },
  '/api/dead-letters': { dead_letters: [{ id: HOSTILE, reason: HOSTILE, source: HOSTILE }] },
  '/api/refusals': { refusals: [{ at: HOSTILE, source: HOSTILE, code: HOSTILE }] },
  '/api/refusals/0': {
    at: HOSTILE,
    code: HOSTILE,
    explanation: HOSTILE,
    detail: { [HOSTILE]: HOSTILE },
    decision: { authentication: { attempted: [HOSTILE], verified: [] }, security: { status: 'not_reached' } },
  },
  '/api/backups': { backups: [{ id: HOSTILE }] },
  '/api/backups/0': { sealed: HOSTILE },
  '/api/tokens': {
    tokens: [{ id: HOSTILE, name: HOSTILE, role: HOSTILE, sources: [HOSTILE], created_by: HOSTILE }],
  },
}

const { environment } = fakeConsole(
  Object.fromEntries(Object.entries(ANSWERS).map(([path, json]) => [`GET ${path}`, [200, json]])),
  [404, { type: HOSTILE, title: HOSTILE, status: 404, detail: HOSTILE, code: HOSTILE }],
)

const cli = (args: readonly string[], onTerminal: boolean): Promise<Ran> => {
  const person = { showsOutput: onTerminal, showsNotes: onTerminal }
  return run(args, '', environment, { person })
}

const COMMANDS: readonly (readonly string[])[] = [
  ['suppressions', 'export'],
  ['suppressions', 'list'],
  ['suppressions', 'check', 'ada@example.com'],
  ['export'],
  ['export', '--env'],
  ['audit', 'export'],
  ['audit', 'list'],
  ['audit', 'verify'],
  ['events', 'list'],
  ['messages', 'show', 'shop', 'm'],
  ['quarantine', 'list'],
  ['quarantine', 'show', '0'],
  ['quarantine', 'show', '0', '--body'],
  ['dead-letters', 'list'],
  ['refusals', 'list'],
  ['refusals', 'show', '0'],
  ['backup', 'list'],
  ['backup', 'get', '0'],
  ['tokens', 'list'],
  ['sources', 'show', 'missing'],
]

describe('what a command prints of others', () => {
  const called = COMMANDS.flatMap((args) => [args, [...args, '--json']])

  it.each(called.map((args) => [args.join(' '), args] as const))(
    'postern %s: does nothing to a terminal but be seen',
    async (_what, args) => {
      const { out, complaints } = await cli(args, true)
      expect(out + complaints).toMatch(/202e|gpj\.exe/i)
      expect(acting(out)).toBe(false)
      expect(acting(complaints)).toBe(false)
    },
  )

  it.each([
    ['suppressions export', ['suppressions', 'export'], `"${HOSTILE}"`],
    ['export', ['export'], `"provider": ${JSON.stringify(HOSTILE)}`],
    ['audit export', ['audit', 'export'], JSON.stringify(line)],
    ['quarantine show --body', ['quarantine', 'show', '0', '--body'], `${HOSTILE}\n`],
    ['backup get', ['backup', 'get', '0'], JSON.stringify(ANSWERS['/api/backups/0'])],
  ])('%s goes into a file or pipe byte for byte', async (_what, args, exact) => {
    expect((await cli(args, false)).out).toContain(exact)
  })

  it('is the same JSON on a terminal', async () => {
    for (const args of [['audit', 'export'], ['export'], ['backup', 'get', '0']]) {
      const [shown, exact] = [await cli(args, true), await cli(args, false)]
      expect(shown.out).not.toBe(exact.out)
      expect(JSON.parse(shown.out)).toEqual(JSON.parse(exact.out))
    }
  })

  it('is a table with emphasis still', async () => {
    expect((await cli(['suppressions', 'list'], true)).out).toContain(`${ESCAPE}[1mRECIPIENT`)
  })
})

describe('a terminal', () => {
  /** Everything that is printed, noted and asked. */
  const shown = (act: (io: Io) => unknown): string => {
    const seen: string[] = []
    const see = (output: string | Uint8Array) =>
      void seen.push(typeof output === 'string' ? output : Buffer.from(output).toString('utf8'))
    const terminal = {
      showsOutput: true,
      showsNotes: true,
      note: see,
      ask: async (q: string) => (see(q), ''),
    }
    act(withShownOutput({ print: see, terminal } as unknown as Io))
    return seen.join('')
  }

  it('gets nothing that acts, whatever is printed, as text or bytes', () => {
    fc.assert(
      fc.property(anyText(), fc.uint8Array(), (text, bytes) => {
        for (const output of [text, Buffer.from(text), bytes])
          expect(acting(shown(({ print }) => print(output)))).toBe(false)
        expect(acting(shown(({ terminal }) => terminal.note(text)))).toBe(false)
        expect(acting(shown(({ terminal }) => terminal.ask(text)))).toBe(false)
      }),
    )
  })

  it.each([
    ['lines', 'a\nb\n', 'a\nb\n'],
    ['lines of a CSV', Buffer.from('a\r\nb\r\n'), 'a\nb\n'],
    ['our emphasis', '\u001B[1mA\u001B[22m', '\u001B[1mA\u001B[22m'],
    ['emphasis in what a file would get', Buffer.from('\u001B[1mA'), '\\u001b[1mA'],
    ['concealed text', '\u001B[8mA', '\\u001b[8mA'],
    ['a carriage return', 'a\rb', 'a\\u000db'],
    ['bytes that are no text', Buffer.from([0x41, 0x9b, 0x42]), 'A\uFFFDB'],
    ['a byte order mark', Buffer.from('\uFEFFA'), '\\ufeffA'],
    ['letters of other scripts', 'Ωμέγα 日本 שלום 😀', 'Ωμέγα 日本 שלום 😀'],
  ])('shows %s', (_what, output, expected) => {
    expect(shown(({ print }) => print(output))).toBe(expected)
  })
})
