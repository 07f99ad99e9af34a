import { describe, expect, it } from 'vitest'
import { channelIncident, limitedTo } from '../../../src/channels/delivery/of-incident.ts'
import type { Containment } from '../../../src/registry/containment/containment.ts'
import { opened } from '../../../src/watch/incidents/lifecycle.ts'
import { viewFor } from '../../../src/watch/incidents/records.ts'
import type { StoredFinding, StoredIncident } from '../../../src/watch/incidents/stored.ts'
import { viewOf } from '../../../src/watch/incidents/view.ts'
import { EXAMPLE, containment, drifted, incident, storedFinding } from '../../support/incidents.ts'

const PLACE = { consoleUrl: 'https://console.example', installation: 'inst' }
const NOW_MS = Date.UTC(2026, 5, 2, 11)
const OPEN = { label: 'Open', url: 'https://console.example/incidents/17' }
const ACKNOWLEDGE = { label: 'Acknowledge', url: 'https://console.example/incidents/17#acknowledge' }

describe('links of a notice', () => {
  it.each([
    ['of an open incident', {}, [OPEN, ACKNOWLEDGE]],
    ['of a contained one that nobody acknowledged', { state: 'contained' }, [OPEN, ACKNOWLEDGE]],
    ['of an acknowledged one', { state: 'acknowledged', acknowledgedMs: 1 }, [OPEN]],
    ['of a resolved one', { state: 'resolved', resolvedMs: 1 }, [OPEN]],
  ] as const)('%s', (_what, change, expected) => {
    expect(channelIncident(incident(change), PLACE, NOW_MS).actions).toEqual(expected)
  })

  it('are a command if the address of the console is not known', () => {
    const command = 'On the command line: postern incidents show 17'
    expect(channelIncident(incident(), PLACE, NOW_MS).evidence).not.toContain(command)
    const bare = channelIncident(incident(), { ...PLACE, consoleUrl: '' }, NOW_MS)
    expect(bare.actions).toEqual([])
    expect(bare.evidence).toContain(command)
  })
})

it('says how much it matters in sentences', () => {
  const risk = {
    level: 'high',
    reasons: ['Somebody else has the secret.', 'They come from networks that never sent before.'],
  } as const
  expect(channelIncident(incident({ risk }), PLACE, NOW_MS).evidence).toContain(
    'Risk: high. Somebody else has the secret. They come from networks that never sent before.',
  )
})

it('has one example of a payload, without its values', () => {
  const { evidence } = channelIncident(drifted(), PLACE, NOW_MS)
  expect(evidence.filter((line) => line.includes('text('))).toEqual([`Without its values: ${EXAMPLE}`])
})

describe('what to do', () => {
  const block = { action: 'block', network: '203.0.113.0/24', seconds: 3_600 } as const
  const action = { label: 'Block 203.0.113.0/24 for an hour', source: 'shop', contain: block, command: null }
  const advice = [
    'Do not block 203.0.113.0/24: a delivery from it was verified in the last day.',
    'Then this.',
  ]

  it.each<[string, Parameters<typeof incident>[0], readonly string[]]>([
    ['is a containment that would be done', { actions: [action], advice }, ['What to do: Block 203.0.113.0/24 for an hour.']], // prettier-ignore
    ['is why there is none', { advice }, [`What to do: ${advice[0]}`]],
    ['is nothing without advice', { advice: [] }, []],
    ['is nothing once it is over', { actions: [action], advice, state: 'resolved', resolvedMs: 1 }, []],
  ])('%s', (_what, change, lines) => {
    const { evidence } = channelIncident(incident(change), PLACE, NOW_MS)
    expect(evidence.filter((line) => line.startsWith('What to do'))).toEqual(lines)
  })
})

const lasting = (change: Partial<Containment>) =>
  containment({ startedAtMs: NOW_MS - 60_000, endsAtMs: NOW_MS + 3_540_000, ...change })

describe('what is contained', () => {
  const BLOCKED = 'Deliveries from 203.0.113.0/24 to shop are refused until 2026-06-02 11:59 UTC.'

  it.each<[string, readonly Partial<Containment>[], readonly string[]]>([
    ['a block', [{}], [BLOCKED]],
    [
      'a pause',
      [{ measure: { action: 'pause' } }],
      ['Deliveries to shop are deferred until 2026-06-02 11:59 UTC.'],
    ],
    [
      'a level',
      [{ measure: { action: 'raise_level', level: 'maximum' } }],
      ['The level of shop is maximum until 2026-06-02 11:59 UTC.'],
    ],
    [
      'a rotation',
      [{ measure: { action: 'rotate', slot: 'bearer_token' }, endsAtMs: NOW_MS - 60_000 }],
      ['The secret bearer_token of shop was rotated.'],
    ],
    ['one that has ended', [{ endsAtMs: NOW_MS }], []],
    ['one that was lifted', [{ liftedAtMs: NOW_MS - 1 }], []],
    ['four', [{}, {}, {}, {}], [BLOCKED, BLOCKED, BLOCKED, 'Containments that are not listed: 1']],
  ])('%s', (_what, changes, lines) => {
    const { evidence } = channelIncident(
      incident({ containments: changes.map(lasting), advice: [] }),
      PLACE,
      NOW_MS,
    )
    expect(evidence.slice(evidence.findIndex((line) => line.startsWith('Risk: ')) + 1)).toEqual(lines)
  })
})

it.each<[string, Partial<Containment>, readonly string[]]>([
  ['has ended', {}, ['Blocked 203.0.113.0/24 at shop until 2026-06-02 10:59 UTC.']],
  [
    'was lifted',
    { liftedAtMs: NOW_MS - 120_000 },
    ['Blocked 203.0.113.0/24 at shop until 2026-06-02 10:58 UTC.'],
  ],
  ['is of a person', { by: 'ada' }, []],
])('the end of an incident says what a policy did that %s', (_what, change, lines) => {
  const containments = [lasting({ endsAtMs: NOW_MS - 60_000, ...change })]
  const over = incident({ state: 'resolved', resolvedMs: NOW_MS, containments, findings: [] })
  expect(channelIncident(over, PLACE, NOW_MS).evidence.slice(2)).toEqual(lines)
})

describe('an incident of two sources, for a channel', () => {
  const finding = (source: string | null, network: string, change: Partial<StoredFinding> = {}) =>
    storedFinding({
      source,
      raisedMinute: NOW_MS / 60_000 - 10,
      sinceMs: NOW_MS - 900_000,
      evidence: `20 wrong secrets from ${network} in an hour, usually none`,
      networks: [network],
      ...change,
    })
  const shop = finding('shop', '198.51.100.0/24')
  const forum = finding('forum', '203.0.113.0/24', { kind: 'replays', severity: 'critical', sinceMs: 1 })
  const both: StoredIncident = {
    ...opened(17, 'c', forum, NOW_MS - 540_000),
    source: null,
    findings: [forum, shop],
    containments: [lasting({ id: 'f', source: 'forum' }), lasting({ id: 's', measure: { action: 'pause' } })],
    news: 3,
  }
  const whole = (stored: StoredIncident) => channelIncident(viewOf(stored, NOW_MS), PLACE, NOW_MS)
  const told = (sources: readonly string[], stored = both) => {
    return limitedTo(viewFor(stored, sources, NOW_MS), whole(stored), PLACE, NOW_MS)
  }

  it('of one of them has facts of that one alone, and is as loud as for all', () => {
    const found = told(['shop'])
    expect(found).toEqual({
      ...whole(both),
      kind: 'brute_force',
      headline: found.headline,
      sinceMs: shop.sinceMs,
      evidence: [
        'With its other sources, its severity is critical',
        'Networks: 198.51.100.0/24',
        expect.stringMatching(/^Risk: /),
        expect.stringMatching(/^What to do: /),
        'Deliveries to shop are deferred until 2026-06-02 11:59 UTC.',
      ],
    })
    expect(found).toMatchObject({ severity: 'critical', news: 3, hasPolicyActed: true, source: null })
    const { sources: _named, ...shown } = found
    for (const theirs of ['forum', '203.0.113', 'replay']) expect(JSON.stringify(shown)).not.toContain(theirs)
    expect(found.headline).toContain('198.51.100.0/24')
  })

  it.each<[string, readonly string[], StoredIncident]>([
    ['both', ['forum', 'shop', 'news'], both],
    ['the only one', ['shop'], { ...opened(17, 'c', shop, NOW_MS), news: 3 }],
    ['some, about the installation', ['shop'], { ...both, findings: [finding(null, '192.0.2.0/24')] }],
  ])('of %s is whole', (_what, sources, stored) => {
    expect(told(sources, stored)).toEqual(whole(stored))
  })

  it('is as loud as its part if that is the loudest', () => {
    expect(told(['forum']).evidence.join()).not.toContain('With its other sources')
  })

  it('of neither any more names nothing of it', () => {
    const found = told(['news'])
    expect(found).toMatchObject({ resolvedMs: null, news: 3, severity: 'critical', evidence: [] })
    expect(found.headline).not.toMatch(/forum|shop|203/)
  })

  it('ends for all at once', () => {
    const over: StoredIncident = { ...both, state: 'resolved', resolvedMs: NOW_MS }
    expect(told(['shop'], over).resolvedMs).toBe(NOW_MS)
    expect(told(['shop'], { ...both, findings: [forum, { ...shop, endedMs: NOW_MS }] }).resolvedMs).toBeNull()
  })
})
