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

/** `a silence, b silence`: the kinds that are found at these sources in a minute. */
const found = (text: string, raisedAt = START) =>
  text.split(', ').map((one) => {
    const [source = '', kind = ''] = one.split(' ')
    return [source, raised(kind, raisedAt)] as const
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

/** Minutes after which one incident is over. */
const OVER: readonly Step[] = [{ of: found('a silence') }, { of: [['a', ended('silence', START)]] }]

describe('one cause is one incident', () => {
  it.each<[string, readonly Step[], readonly string[]]>([
    ['one finding', [{ of: found('a silence') }], ['1 source/a/volume open 1']],
    [
      'kinds of one family at one source',
      [{ of: found('a address') }, { of: found('a bounce_share', START + 1) }],
      ['1 source/a/forged open 2'],
    ],
    [
      'kinds of two families',
      [{ of: found('a brute_force, a bounce_share') }],
      ['1 source/a/guessing open 1', '2 source/a/forged open 1'],
    ],
    [
      'the same kind at two sources that no ESP causes',
      [{ of: found('a brute_force, b brute_force') }],
      ['1 source/a/guessing open 1', '2 source/b/guessing open 1'],
    ],
    [
      'two silent sources of one ESP',
      [{ of: found('a silence') }, { of: found('b silence', START + 1) }],
      ['1 esp/sendgrid/silence open 2'],
    ],
    [
      'three sources of one ESP with bounces: the second incident ends in the first',
      [{ of: found('a bounce_share, b bounce_share, c bounce_share') }],
      ['1 esp/sendgrid/bounce_share open 3', '2 source/b/forged resolved 1'],
    ],
    [
      'it resolves by itself when all findings are over',
      [
        { of: found('a address, a bounce_share') },
        { of: [['a', ended('address', START)]] },
        { of: [['a', ended('bounce_share', START)]] },
      ],
      ['1 source/a/forged resolved 2'],
    ],
    [
      'found again within quiet hours: open again',
      [...OVER, { of: found('a silence', START + 2) }],
      ['1 source/a/volume open 2'],
    ],
    [
      'found again days later: a new incident',
      [...OVER, { minute: START + 9_000, of: found('a silence', START + 9_000) }],
      ['1 source/a/volume resolved 1', '2 source/a/volume open 1'],
    ],
    [
      'a source that was removed',
      [{ of: found('a silence') }, { sources: [] }],
      ['1 source/a/volume resolved 1'],
    ],
    [
      'a source that was made again',
      [{ of: found('a silence') }, { sources: [{ name: 'a', createdAtMs: 2, provider: 'sendgrid' }] }],
      ['1 source/a/volume resolved 1'],
    ],
    ['operation', [{ ofOperation: [raised('queue_backlog')] }], ['1 operation/queue_backlog/ open 1']],
  ])('%s', (_, steps, expected) => {
    expect(outlineOf(play(...steps))).toEqual(expected)
  })

  it.each<[string, first: string, second: string, count: number, provider?: string]>([
    ['the same kind', `replay ${NET}`, `replay ${NET}`, 1],
    ['guesses, fast and slow', `brute_force ${NET}`, `brute_force_slow ${NET}`, 1],
    ['kinds with another remedy', `token_reuse ${NET}`, `replay ${NET}`, 2],
    ['guesses and copies', `brute_force ${NET}`, `replay ${NET}`, 2],
    ['refused and verified', `replay ${NET}`, `address ${NET}`, 2],
    ['verified at both', `address ${NET}`, `address ${NET}`, 2],
    ['another network', `replay ${NET}`, 'replay 198.51.100.0/24', 2],
    ['a network of the ESP', `replay ${OF_BREVO}`, `replay ${OF_BREVO}`, 2, 'brevo'],
    ['that of another ESP', `replay ${OF_BREVO}`, `replay ${OF_BREVO}`, 1],
    ['an attacker beside the ESP', `replay ${NET}`, `replay ${NET}`, 1, 'brevo'],
  ])('one network at two sources: %s', (_, first, second, count, provider = 'sendgrid') => {
    const sources = SOURCES.map((one) => ({ ...one, provider }))
    const from = (source: string, text: string): Step => {
      const [kind = '', network = ''] = text.split(' ')
      return { sources, of: [[source, raisedFrom(kind, network)]] }
    }
    expect(play(from('a', first), from('b', second))).toHaveLength(count)
  })

  it('one network at 25 sources', () => {
    const sources = Array.from({ length: 25 }, (_, i) => ({ ...SOURCES[0]!, name: `s${i}` }))
    const of = sources.map(({ name }) => [name, raisedFrom('brute_force', NET)] as const)
    expect(outlineOf(play({ sources, of }))).toEqual([`1 network/${NET}/guessing open 25`])
  })

  it('a rise is told once, and the severity never falls', () => {
    const [one] = play(
      { of: found('a silence') },
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
    const [one] = play({ of: found('a bounce_share, a address') })
    if (one === undefined) throw new Error('nothing was found')
    const view = viewOf({ ...one, possible: { blocks: [], raises: ['a'] } }, START * 60_000)
    expect(view.headline).toMatch(
      /^bounces are 31 % of outcomes, usually 2\.1 % \(41 of 132 in 20 min\), since \d\d:\d\d UTC, from networks never seen before$/,
    )
    expect(view.risk.level).toBe('critical')
    expect(view.risk.reasons.join(' ')).toContain(
      '2 patterns find it together: More bounces than usual; Deliveries from a new network.',
    )
    expect(view.risk.reasons.join(' ')).not.toContain('severity')
    expect(view.actions.map(({ label }) => label)).toContain('Raise the level to maximum for an hour')
    expect(view.advice.length).toBeGreaterThan(1)
  })
})

describe('what a person does', () => {
  const [open] = play({ of: found('a silence') })
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
