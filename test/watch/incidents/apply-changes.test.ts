import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Change } from '../../../src/watch/grouping.ts'
import { type MinuteChanges, applyChanges } from '../../../src/watch/incidents/apply-changes.ts'
import { acted } from '../../../src/watch/incidents/lifecycle.ts'
import { type StoredIncident, isOver } from '../../../src/watch/incidents/stored.ts'
import { viewOf } from '../../../src/watch/incidents/view.ts'
import type { Severity } from '../../../src/watch/severity.ts'

const START = 29_000_000
const NET = '203.0.113.0/24'
/** Of `publishedNetworks`. */
const OF_BREVO = '1.179.112.0/24'
const SOURCES = ['a', 'b', 'c'].map((name) => ({ name, createdAtMs: 1, provider: 'sendgrid' }))

const raised = (
  kind: string,
  raisedAt = START,
  severity: Severity = 'warning',
): Extract<Change, { readonly finding: unknown }> => ({
  change: 'raised',
  raisedAt,
  finding: {
    kind,
    severity,
    fromMinute: raisedAt - 10,
    features: [{ name: kind, observed: 0.31, expected: 0.02, share: 1 }],
    evidence: 'bounces are 31 % of outcomes, usually 2.1 % (41 of 132 in 20 min)',
  },
})
const risen = (kind: string, severity: Severity, raisedAt = START): Change => {
  const change = raised(kind, raisedAt, severity)
  return { ...change, change: 'risen' }
}
const ended = (kind: string, untilMinute: number, raisedAt = START): Change => ({
  change: 'ended',
  untilMinute,
  incident: { kind, raisedAt, fromMinute: raisedAt, lastMinute: untilMinute - 1, severity: 'warning' },
})

const raisedFrom = (kind: string, network: string): Change => {
  const change = raised(kind)
  return { ...change, finding: { ...change.finding, networks: [network] } }
}

type Step = Partial<MinuteChanges> & { readonly of?: readonly (readonly [string, Change])[] }

/** Plays minutes one after the other. */
function play(...steps: readonly Step[]): StoredIncident[] {
  const all = new Map<number, StoredIncident>()
  steps.forEach(({ of = [], ...step }, i) => {
    const minute = {
      minute: START + i,
      sources: SOURCES,
      ofOperation: [],
      ofSources: of.map(([source, change]) => ({ source, change })),
      ...step,
    }
    // The same minute again changes nothing.
    for (let times = 0; times < 2; times++)
      for (const one of applyChanges([...all.values()], all.size + 1, minute)) all.set(one.number, one)
  })
  return [...all.values()]
}

const outlineOf = (incidents: readonly StoredIncident[]) =>
  incidents.map((one) => `${one.number} ${one.cause} ${one.state} ${one.findings.length}`)

describe('one cause is one incident', () => {
  it.each<[string, readonly Step[], readonly string[]]>([
    ['one finding', [{ of: [['a', raised('silence')]] }], ['1 source/a/volume open 1']],
    [
      'kinds of one family at one source',
      [{ of: [['a', raised('address')]] }, { of: [['a', raised('bounce_share', START + 1)]] }],
      ['1 source/a/forged open 2'],
    ],
    [
      'kinds of two families',
      [
        {
          of: [
            ['a', raised('brute_force')],
            ['a', raised('bounce_share')],
          ],
        },
      ],
      ['1 source/a/guessing open 1', '2 source/a/forged open 1'],
    ],
    [
      'the same kind at two sources that no ESP causes',
      [
        {
          of: [
            ['a', raised('brute_force')],
            ['b', raised('brute_force')],
          ],
        },
      ],
      ['1 source/a/guessing open 1', '2 source/b/guessing open 1'],
    ],
    [
      'two silent sources of one ESP',
      [{ of: [['a', raised('silence')]] }, { of: [['b', raised('silence', START + 1)]] }],
      ['1 esp/sendgrid/silence open 2'],
    ],
    [
      'three sources of one ESP with bounces: the second incident ends in the first',
      [
        {
          of: [
            ['a', raised('bounce_share')],
            ['b', raised('bounce_share')],
            ['c', raised('bounce_share')],
          ],
        },
      ],
      ['1 esp/sendgrid/bounce_share open 3', '2 source/b/forged resolved 1'],
    ],
    [
      'it resolves by itself when all findings are over',
      [
        {
          of: [
            ['a', raised('address')],
            ['a', raised('bounce_share')],
          ],
        },
        { of: [['a', ended('address', START)]] },
        { of: [['a', ended('bounce_share', START)]] },
      ],
      ['1 source/a/forged resolved 2'],
    ],
    [
      'found again within quiet hours: open again',
      [
        { of: [['a', raised('silence')]] },
        { of: [['a', ended('silence', START)]] },
        { of: [['a', raised('silence', START + 2)]] },
      ],
      ['1 source/a/volume open 2'],
    ],
    [
      'found again days later: a new incident',
      [
        { of: [['a', raised('silence')]] },
        { of: [['a', ended('silence', START)]] },
        { minute: START + 9_000, of: [['a', raised('silence', START + 9_000)]] },
      ],
      ['1 source/a/volume resolved 1', '2 source/a/volume open 1'],
    ],
    [
      'a source that was removed',
      [{ of: [['a', raised('silence')]] }, { sources: [] }],
      ['1 source/a/volume resolved 1'],
    ],
    [
      'a source that was made again',
      [
        { of: [['a', raised('silence')]] },
        { sources: [{ name: 'a', createdAtMs: 2, provider: 'sendgrid' }] },
      ],
      ['1 source/a/volume resolved 1'],
    ],
    ['operation', [{ ofOperation: [raised('queue_backlog')] }], ['1 operation/queue_backlog/ open 1']],
  ])('%s', (_, steps, expected) => {
    expect(outlineOf(play(...steps))).toEqual(expected)
  })

  it.each<[string, Change, Change, boolean, string]>([
    ['the same kind', raisedFrom('replay', NET), raisedFrom('replay', NET), true, 'sendgrid'],
    [
      'guesses, fast and slow',
      raisedFrom('brute_force', NET),
      raisedFrom('brute_force_slow', NET),
      true,
      'sendgrid',
    ],
    [
      'kinds with another remedy',
      raisedFrom('token_reuse', NET),
      raisedFrom('replay', NET),
      false,
      'sendgrid',
    ],
    ['guesses and copies', raisedFrom('brute_force', NET), raisedFrom('replay', NET), false, 'sendgrid'],
    ['refused and verified', raisedFrom('replay', NET), raisedFrom('address', NET), false, 'sendgrid'],
    ['verified at both', raisedFrom('address', NET), raisedFrom('address', NET), false, 'sendgrid'],
    [
      'another network',
      raisedFrom('replay', NET),
      raisedFrom('replay', '198.51.100.0/24'),
      false,
      'sendgrid',
    ],
    ['a network of the ESP', raisedFrom('replay', OF_BREVO), raisedFrom('replay', OF_BREVO), false, 'brevo'],
    ['that of another ESP', raisedFrom('replay', OF_BREVO), raisedFrom('replay', OF_BREVO), true, 'sendgrid'],
    ['an attacker beside the ESP', raisedFrom('replay', NET), raisedFrom('replay', NET), true, 'brevo'],
  ])('one network at two sources: %s', (_, first, second, isOne, provider) => {
    const sources = SOURCES.map((one) => ({ ...one, provider }))
    const steps = [
      { sources, of: [['a', first]] },
      { sources, of: [['b', second]] },
    ] as const
    expect(play(...steps)).toHaveLength(isOne ? 1 : 2)
  })

  it('one network at 25 sources', () => {
    const sources = Array.from({ length: 25 }, (_, i) => ({ ...SOURCES[0]!, name: `s${i}` }))
    const of = sources.map(({ name }) => [name, raisedFrom('brute_force', NET)] as const)
    expect(outlineOf(play({ sources, of }))).toEqual([`1 network/${NET}/guessing open 25`])
  })

  it('a rise is told once, and the severity never falls', () => {
    const [one] = play(
      { of: [['a', raised('silence')]] },
      { of: [['a', risen('silence', 'critical')]] },
      { of: [['a', risen('silence', 'error')]] },
    )
    expect(one?.severity).toBe('critical')
    expect(one?.timeline.map(({ kind }) => kind)).toEqual(['found', 'worse'])
  })

  it('in any order, with repeated minutes: one that lasts a cause, timelines in order, numbers once', () => {
    const kinds = ['silence', 'surge', 'lag', 'bounce_share', 'address', 'brute_force', 'replay']
    const change = fc.tuple(
      fc.constantFrom('a', 'b', 'c', 'gone'),
      fc.constantFrom(...kinds),
      fc.constantFrom('raised', 'risen', 'ended'),
      fc.integer({ min: 0, max: 20 }),
    )
    fc.assert(
      fc.property(fc.array(fc.array(change, { maxLength: 5 }), { maxLength: 20 }), (minutes) => {
        const incidents = play(
          ...minutes.map((changes) => ({
            of: changes.map(([source, kind, what, at]) => {
              if (what === 'ended') return [source, ended(kind, START + at, START + at)] as const
              return [
                source,
                what === 'raised' ? raised(kind, START + at) : risen(kind, 'critical', START + at),
              ] as const
            }),
          })),
        )
        const lasting = incidents.filter((one) => !isOver(one)).map(({ cause }) => cause)
        expect(new Set(lasting).size).toBe(lasting.length)
        for (const { timeline } of incidents) {
          expect(timeline.map(({ atMs }) => atMs)).toEqual(
            timeline.map(({ atMs }) => atMs).toSorted((a, b) => a - b),
          )
          expect(timeline.length).toBeLessThanOrEqual(200)
        }
      }),
      { numRuns: 200 },
    )
  })
})

describe('what people read', () => {
  it('is one sentence with numbers, a risk with reasons, and what to do', () => {
    const [one] = play({
      of: [
        ['a', raised('bounce_share')],
        ['a', raised('address')],
      ],
    })
    if (one === undefined) throw new Error('nothing was found')
    const view = viewOf({ ...one, possible: { blocks: [], raises: ['a'] } }, START * 60_000)
    expect(view.headline).toMatch(
      /^bounces are 31 % of outcomes, usually 2\.1 % \(41 of 132 in 20 min\), since \d\d:\d\d, from networks never seen before$/,
    )
    expect(view.risk.level).toBe('critical')
    expect(view.risk.reasons.join(' ')).toContain('2 patterns find it together')
    expect(view.actions.map(({ label }) => label)).toContain('Raise the level to maximum for an hour')
    expect(view.advice.length).toBeGreaterThan(1)
  })
})

describe('what a person does', () => {
  const [open] = play({ of: [['a', raised('silence')]] })
  if (open === undefined) throw new Error('nothing was found')
  const ack = { act: 'acknowledge', assignee: 'ada' } as const
  const resolve = { act: 'resolve', note: null } as const
  const review = { act: 'review', cause: 'c', lessons: 'l' } as const
  it.each([
    [[ack], 'acknowledged'],
    [[ack, resolve], 'resolved'],
    [[resolve, review], 'reviewed'],
    [[resolve, ack], null],
    [[review], null],
    [[resolve, resolve], null],
  ])('%j', (acts, state) => {
    const last = acts.reduce<StoredIncident | null>(
      (one, act) => one && acted(one, act, 'admin', START * 60_000),
      open,
    )
    expect(last?.state ?? null).toBe(state)
  })
})
