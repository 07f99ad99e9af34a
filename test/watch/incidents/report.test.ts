import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Incident } from '../../../src/watch/incidents/incident.ts'
import { reportOf } from '../../../src/watch/incidents/report.ts'
import { containment, findingShown, incident } from '../../support/incidents.ts'
import { thorough } from '../../support/thorough.ts'

const MINUTE_MS = 60_000
const START_MS = Date.UTC(2026, 5, 2, 10)
const at = (minutes: number): number => START_MS + minutes * MINUTE_MS

const REVIEWED = incident({
  state: 'reviewed',
  severity: 'error',
  subject: null,
  kind: 'bounce_share',
  risk: {
    level: 'high',
    reasons: [
      'They come from networks that never sent before.',
      'It is 31 % of the traffic that it is measured by.',
    ],
  },
  headline: 'bounces are 31 % of outcomes, usually 2.1 %, from networks never seen before',
  findings: [
    findingShown({
      kind: 'bounce_share',
      subject: null,
      severity: 'error',
      sinceMs: at(0),
      raisedMs: at(5),
      endedMs: at(200),
      evidence: 'bounces are 31 % of outcomes, usually 2.1 % (41 of 132 in 20 min)',
      features: [{ name: 'bounce_share', observed: 0.3106, expected: 0.021, share: 1 }],
    }),
    findingShown({
      kind: 'address',
      subject: null,
      severity: 'warning',
      sinceMs: at(2),
      raisedMs: at(6),
      endedMs: at(180),
      evidence: '60 verified deliveries from 2 networks that never sent before',
      example: '{"to":"text(17)"}',
      features: [
        { name: 'new_networks', observed: 2, expected: 0.25, share: 0.75 },
        { name: 'deliveries', observed: 60, expected: 12.3456, share: 0.25 },
      ],
    }),
  ],
  networks: ['203.0.113.0/24', '2001:db8::/48'],
  openedMs: at(5),
  acknowledgedMs: at(10),
  containedMs: at(12),
  resolvedMs: at(205),
  assignee: 'ada',
  advice: ['Rotate the secret.'],
  actions: [],
  containments: [
    containment({ startedAtMs: at(12), endsAtMs: at(72), by: 'access:ada@example.com' }),
    containment({
      measure: { action: 'raise_level', level: 'maximum' },
      startedAtMs: at(6),
      endsAtMs: at(66),
      liftedAtMs: at(20),
    }),
    containment({
      measure: { action: 'rotate', slot: 'hmac' },
      startedAtMs: at(30),
      endsAtMs: at(30),
      by: 'token:7f',
    }),
  ],
  timeline: [
    {
      atMs: at(5),
      kind: 'found',
      text: 'More bounces than usual, error: bounces are 31 % of outcomes.',
      who: null,
    },
    { atMs: at(5), kind: 'notified', text: 'Sent to ops.', who: null },
    { atMs: at(10), kind: 'acknowledged', text: 'Acknowledged.', who: 'access:ada@example.com' },
    { atMs: at(11), kind: 'assigned', text: 'Assigned to bob@example.com.', who: 'access:ada@example.com' },
    { atMs: at(40), kind: 'noted', text: 'The ESP\nsays: see <b>status</b>.', who: 'token:7f' },
    { atMs: at(205), kind: 'resolved', text: 'Over for 5 min.', who: null },
    { atMs: at(400), kind: 'reviewed', text: 'Reviewed.', who: 'admin' },
  ],
  review: { cause: 'A key leaked.', lessons: 'Rotate each quarter.', by: 'admin', atMs: at(400) },
})

it('reads like this', () => {
  expect(reportOf(REVIEWED, null, at(500))).toBe(`# Incident 17: More bounces than usual at shop

At the source shop, the watch found: bounces are 31 % of outcomes, usually 2.1 %, from networks never seen before. It began on 2026-06-02 10:00 and was found on 2026-06-02 10:05, 5 min later. It was resolved on 2026-06-02 13:25, 3 h 20 min after it was found. It lasted 3 h 25 min. It is assigned to ada.

Written on 2026-06-02 18:20 UTC. All times are UTC.

## How bad it is

Severity: error. Risk: high.

- They come from networks that never sent before.
- It is 31 % of the traffic that it is measured by.

## Evidence

| found | severity | since | until | evidence |
| --- | --- | --- | --- | --- |
| More bounces than usual | error | 2026-06-02 10:00 | 2026-06-02 13:20 | bounces are 31 % of outcomes, usually 2.1 % (41 of 132 in 20 min) |
| Deliveries from a new network | warning | 2026-06-02 10:02 | 2026-06-02 13:00 | 60 verified deliveries from 2 networks that never sent before |

| found | value | seen | usual | part of the surprise |
| --- | --- | ---: | ---: | ---: |
| More bounces than usual | bounces among outcomes | 31.1 % | 2.1 % | 100 % |
| Deliveries from a new network | new networks | 2 | 0.25 | 75 % |
| Deliveries from a new network | deliveries | 60 | 12.3 | 25 % |

Networks that it came from: 203.0.113.0/24, 2001:db8::/48.

A payload of it, without its values: {"to":"text(17)"}

## What was done

- The network 203.0.113.0/24 was blocked at shop by ada on 2026-06-02 10:12 until 2026-06-02 11:12.
- The level was raised to maximum at shop by the policy on 2026-06-02 10:06; lifted on 2026-06-02 10:20, before its end.
- The secret hmac was rotated at shop by token 7f on 2026-06-02 10:30.
- 2026-06-02 10:10, ada: Acknowledged.
- 2026-06-02 10:11, ada: Assigned to bob.
- 2026-06-02 10:40, token 7f: The ESP says: see \\<b\\>status\\</b\\>.
- 2026-06-02 16:40, admin: Reviewed.

## Timeline

| at | who | what |
| --- | --- | --- |
| 2026-06-02 10:05 | Postern | More bounces than usual, error: bounces are 31 % of outcomes. |
| 2026-06-02 10:05 | Postern | Sent to ops. |
| 2026-06-02 10:10 | ada | Acknowledged. |
| 2026-06-02 10:11 | ada | Assigned to bob. |
| 2026-06-02 10:40 | token 7f | The ESP says: see \\<b\\>status\\</b\\>. |
| 2026-06-02 13:25 | Postern | Over for 5 min. |
| 2026-06-02 16:40 | admin | Reviewed. |

## Review

**Cause:** A key leaked.

**Lessons:** Rotate each quarter.

By admin on 2026-06-02 16:40.

## Left to do

Nothing.
`)
})

const REVIEW = { label: 'Review', source: null, contain: null, command: 'postern incidents review 17' }

describe('an incident', () => {
  it.each<[string, Partial<Incident>, readonly string[]]>([
    [
      'that is open',
      {},
      [
        'It is open: nobody has acknowledged it. It has lasted 1 h 40 min so far.\n',
        '| Wrong secrets from one network | warning | 2026-06-02 10:00 | lasts | 20 wrong secrets',
        '| Wrong secrets from one network | wrong secrets | 20 | 0 | 100 % |',
        '## What was done\n\nNobody did anything.\n',
        '## Review\n\nThere is none yet.\n',
        '## Left to do\n\n- Block the network for an hour.\n',
      ],
    ],
    [
      'that is acknowledged',
      { state: 'acknowledged', acknowledgedMs: at(31), assignee: 'access:ada@example.com' },
      ['It was acknowledged on 2026-06-02 10:31, 30 min after it was found.', 'It is assigned to ada.'],
    ],
    [
      'that is contained, with what can be done next',
      {
        state: 'contained',
        containedMs: at(61),
        containments: [
          containment({
            measure: { action: 'pause' },
            startedAtMs: at(61),
            endsAtMs: at(121),
            by: 'admin',
          }),
        ],
        actions: [
          {
            label: 'Block 203.0.113.0/24 for an hour',
            source: null,
            contain: { action: 'block', network: '203.0.113.0/24', seconds: 3_600 },
            command: 'postern incidents contain 17 --block 203.0.113.0/24 --for 3600',
          },
          { label: 'Call', source: null, contain: null, command: null },
        ],
      },
      [
        'It was contained on 2026-06-02 11:01, 1 h after it was found.',
        '- The source was paused at shop by admin on 2026-06-02 11:01 until 2026-06-02 12:01.\n',
        '- Block 203.0.113.0/24 for an hour: `postern incidents contain 17 --block 203.0.113.0/24 --for 3600`\n- Call\n',
      ],
    ],
    [
      'that is resolved and has to be reviewed',
      { state: 'resolved', resolvedMs: at(1 + 48 * 60), actions: [REVIEW] },
      [
        'It was resolved on 2026-06-04 10:01, 2 days after it was found. It lasted 2 days.',
        '## Left to do\n\n- Review: `postern incidents review 17`\n',
      ],
    ],
    [
      'of several sources of an ESP',
      { source: null, sources: ['news', 'shop'], kind: 'silence', subject: 'sendgrid' },
      [
        '# Incident 17: Fewer events than expected at 2 sources of sendgrid\n\n',
        'At 2 sources of sendgrid (news, shop), the watch found: ',
      ],
    ],
    [
      'of the installation',
      { source: null, sources: [], kind: 'destination_failing', subject: 'app' },
      ['# Incident 17: A destination gets nothing (app)\n\n', 'In the installation, the watch found: '],
    ],
    [
      'with a subject at a source',
      { kind: 'payload', subject: 'delivered.v2' },
      [String.raw`# Incident 17: Deliveries unlike those of the ESP at shop (delivered\[.\]v2)` + '\n\n'],
    ],
    [
      'without networks, and with a command that code could not show',
      { networks: [], actions: [{ label: 'Do', source: null, contain: null, command: 'echo `id`' }] },
      ['100 % |\n\n## What was done', '- Do\n'],
    ],
  ])('%s', (_what, change, parts) => {
    const report = reportOf(incident(change), null, at(100))
    for (const part of parts) expect(report).toContain(part)
  })
})

/** An incident with this text wherever one from outside may be. @param name of its kinds, which are ours */
const saying = (text: string, name = text): Incident => ({
  ...REVIEWED,
  source: text,
  sources: [text],
  kind: name,
  subject: text,
  headline: text,
  risk: { level: 'low', reasons: [text] },
  findings: REVIEWED.findings.map((one) => ({
    ...one,
    kind: name,
    subject: text,
    evidence: text,
    features: [{ name, observed: 1, expected: 0, share: 1 }],
  })),
  networks: [text],
  assignee: text,
  advice: [text],
  actions: [{ label: text, source: null, contain: null, command: null }],
  containments: [{ action: 'block', network: text } as const, { action: 'rotate', slot: text } as const].map(
    (measure) => containment({ id: text, source: text, measure, by: text }),
  ),
  timeline: (['found', 'noted', 'assigned', 'resolved'] as const).map((kind) => ({
    atMs: at(0),
    kind,
    text,
    who: text,
  })),
  review: { cause: text, lessons: text, by: text, atMs: at(0) },
})

/** Structure that a reader of Markdown sees: marks without a backslash, and how each line begins. */
const structureOf = (report: string): string[] =>
  report.split('\n').map((line) => {
    const bare = line.replaceAll(/\\[!-/:-@[-`{-~]/g, 'x')
    const [begin = ''] = /^(?:- )?(?:#+ |[-+=:#]+|\d+[.)]|\||\*\*)?/.exec(bare) ?? []
    return begin + bare.slice(begin.length).replaceAll(/[^\\`*_[\]<>&|~$]/g, '')
  })

const MARKS = [
  ...Array.from('\\`*_{}[]()<>#+-.!|~&=:$^"\'\n\r\t a1'),
  '\u2028',
  '\u202e',
  '```',
  '---',
  '![x](y)',
  '<!--',
]

describe('a text from outside', () => {
  it('makes no structure, wherever it stands', () => {
    const texts = fc.oneof(
      fc.array(fc.constantFrom(...MARKS), { maxLength: 12 }).map((parts) => parts.join('')),
      fc.string({ unit: 'binary', maxLength: 30 }),
    )
    const structure = structureOf(reportOf(saying('x'), null, at(1)))
    fc.assert(
      fc.property(texts, (text) => {
        expect(structureOf(reportOf(saying(text), null, at(1)))).toEqual(structure)
      }),
      { numRuns: thorough(300, 100) },
    )
  })

  it('has no email address in the report', () => {
    fc.assert(
      fc.property(fc.emailAddress(), fc.constantFrom(' ', '<', '(', ', '), (address, before) => {
        expect(reportOf(saying(`sent to${before}${address} twice`, 'replay'), null, at(1))).not.toContain('@')
      }),
    )
  })
})
