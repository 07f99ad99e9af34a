import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Cause } from '../../../src/event/cause/causes.ts'
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
/** Wrong secrets of a later minute. */
const seen = (count: number, severity: Severity = 'warning', name = 'failed_proofs') => {
  const { finding, ...change } = raised('brute_force', START, severity)
  const features = [{ name, observed: count, expected: 0, share: 1 }]
  return { ...change, change: 'seen', finding: { ...finding, features, evidence: `${count} wrong` } } as const
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

/** Failures of one cause at one mailbox provider. */
const wave = (cause: Cause, provider: string, kind = 'bounce_share'): Change => {
  const change = raised(kind)
  const where = { name: provider, count: 36 }
  const main = {
    events: 41,
    count: 36,
    cause,
    detail: null,
    campaign: null,
    mailboxProvider: where,
    domain: null,
  }
  return { ...change, finding: { ...change.finding, main } }
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
      'the same wave at two sources',
      [{ of: [['a', wave('reputation', 'outlook')]] }, { of: [['b', wave('reputation', 'outlook')]] }],
      ['1 wave/bounce_share/reputation/outlook open 2'],
    ],
    [
      'the same wave at three sources of one ESP',
      [{ of: ['a', 'b', 'c'].map((source) => [source, wave('reputation', 'outlook')] as const) }],
      ['1 wave/bounce_share/reputation/outlook open 3'],
    ],
    [
      'waves of two causes at one provider',
      [
        {
          of: [
            ['a', wave('reputation', 'outlook')],
            ['b', wave('no_mailbox', 'outlook')],
          ],
        },
      ],
      ['1 source/a/forged open 1', '2 source/b/forged open 1'],
    ],
    [
      'waves of one cause at two providers',
      [
        {
          of: [
            ['a', wave('reputation', 'outlook')],
            ['b', wave('reputation', 'gmail')],
          ],
        },
      ],
      ['1 source/a/forged open 1', '2 source/b/forged open 1'],
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
      fc.constantFrom('raised', 'risen', 'seen', 'ended'),
      fc.integer({ min: 0, max: 20 }),
    )
    fc.assert(
      fc.property(fc.array(fc.array(change, { maxLength: 5 }), { maxLength: 20 }), (minutes) => {
        const incidents = play(
          ...minutes.map((changes) => ({
            of: changes.map(([source, kind, what, at]) => {
              if (what === 'ended') return [source, ended(kind, START + at, START + at)] as const
              const found = what === 'risen' ? risen(kind, 'critical', START + at) : raised(kind, START + at)
              return [source, { ...found, change: what } as Change] as const
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

describe('figures', () => {
  const first = { of: [['a', { ...seen(20), change: 'raised' }]] } as const
  const at = (minute: number, change: Change): Step => ({ minute: START + minute, of: [['a', change]] })
  const resolve = (one: StoredIncident) => acted(one, { act: 'resolve', note: null }, 'admin', 0) ?? one

  it.each<[string, readonly Step[], headline: string, worst: number, news: number]>([
    ['the first minute', [first], '20 wrong', 20, 0],
    ['they grow', [first, at(1, seen(40))], '40 wrong', 40, 0],
    ['they sink', [first, at(1, seen(1_400)), at(2, seen(30))], '30 wrong, at its worst 1,400 wrong secrets', 1_400, 0],
    ['three times as bad at once', [first, at(14, seen(60))], '60 wrong', 60, 0],
    ['three times as bad later', [first, at(15, seen(60))], '60 wrong', 60, 1],
    ['less than that', [first, at(15, seen(59))], '59 wrong', 59, 0],
    ['it flickers', [first, at(15, seen(60)), at(16, seen(2)), at(40, seen(60))], '60 wrong', 60, 1],
    ['it grows again', [first, at(15, seen(60)), at(30, seen(180))], '180 wrong', 180, 2],
    ['worse by severity', [first, at(1, { ...seen(30, 'critical'), change: 'risen' })], '30 wrong', 30, 1],
    ['told by severity, then much worse', [first, at(1, { ...seen(30, 'critical'), change: 'risen' }), at(16, seen(90))], '90 wrong', 90, 2],
    ['another measure', [first, at(1, seen(7, 'warning', 'failing_networks'))], '7 wrong, at its worst 20 wrong secrets', 20, 0],
    ['a minute from before', [first, at(3, seen(40)), at(2, seen(30))], '40 wrong', 40, 0],
    ['it is over', [first, at(1, ended('brute_force', START + 1)), at(15, seen(90))], '20 wrong', 20, 0],
    ['an info', [{ of: [['a', { ...seen(20, 'info'), change: 'raised' }]] }, at(15, seen(90, 'info'))], '90 wrong', 90, 0],
  ])('%s', (_, steps, headline, worst, news) => {
    const [one] = play(...steps)
    if (one === undefined) throw new Error('nothing was found')
    const view = viewOf(one, 0)
    expect([view.headline, view.worst?.observed, view.news]).toEqual([headline, worst, news])
    expect(view.findings[0]?.severity).toBe(one.severity)
  }) // prettier-ignore

  it('a silence that lasts is no news', () => {
    const lasting = (minutes: number, change: 'raised' | 'seen'): Change => {
      const { finding, ...one } = raised('silence')
      const features = [{ name: 'volume', observed: 0, expected: minutes, share: 1 }]
      return { ...one, change, finding: { ...finding, features } }
    }
    const [one] = play(at(0, lasting(10, 'raised')), at(300, lasting(310, 'seen')))
    expect([one?.news, one && viewOf(one, 0).worst?.expected]).toEqual([0, 310])
  })

  it('what is unknown or was resolved by a person is not raised by figures', () => {
    expect(play(at(0, seen(20)))).toEqual([])
    const over = play(first).map(resolve)
    const minute = { minute: START + 20, sources: SOURCES, ofOperation: [] }
    expect(applyChanges(over, 2, { ...minute, ofSources: [{ source: 'a', change: seen(90) }] })).toEqual([])
  })

  it('of a version before 0.4.0, they are those of the minute that raised it, and nobody is told again by them', () => {
    const old = play(first).map(({ findings, ...one }) => ({
      ...one,
      findings: findings.map(({ worst: _worst, foundMs: _found, told: _told, ...rest }) => rest),
    }))
    const [view] = old.map((one) => viewOf(one, 0))
    expect(view?.current).toEqual(view?.worst)
    expect(view?.current).toMatchObject({ observed: 20, atMs: (START + 1) * 60_000 })
    const minute = { minute: START + 20, sources: SOURCES, ofOperation: [] }
    const [next] = applyChanges(old, 2, { ...minute, ofSources: [{ source: 'a', change: seen(90) }] })
    expect([next?.news, next && viewOf(next, 0).worst?.observed]).toEqual([0, 90])
  })
})

describe('what people read', () => {
  it.each<[string, object, string[]]>([
    ['of a source', { source: 'a', subject: 'a' }, ['a']],
    ['of the installation', {}, []],
  ])('names the source of a finding about the operation %s', (_, about, sources) => {
    const change = raised('webhook_off')
    const [one] = play({ ofOperation: [{ ...change, finding: { ...change.finding, ...about } }] })
    expect(one && viewOf(one, 0)).toMatchObject({ source: null, sources })
  })

  it('is one sentence with numbers, a risk with reasons, and what to do', () => {
    const [one] = play({ of: found('a bounce_share, a address') })
    if (one === undefined) throw new Error('nothing was found')
    const view = viewOf({ ...one, possible: { blocks: [], raises: ['a'] } }, START * 60_000)
    expect(view.headline).toMatch(
      /^bounces are 31 % of outcomes, usually 2\.1 % \(41 of 132 in 20 min\), from networks never seen before$/,
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

describe('the main cause of more bounces', () => {
  const blocked: Step = { of: [['a', wave('reputation', 'outlook')]] }
  const viewAfter = (...steps: readonly Step[]) => {
    const [one] = play(...steps)
    if (one === undefined) throw new Error('nothing was found')
    return viewOf(one, START * 60_000)
  }

  it('is in the headline and in the finding, and its step is advised before all other', () => {
    const view = viewAfter(blocked)
    expect(view.headline).toMatch(
      /^reputation: bounces are 31 % .* in 20 min\); 36 of the latest 41 for this cause, 36 of these at outlook$/,
    )
    expect(view.findings[0]?.main).toMatchObject({ cause: 'reputation', count: 36 })
    expect(view.advice[0]).toMatch(/^Outlook blocks your network or domain \(36 of the latest 41 bounces\)/)
    expect(view.advice.join(' ')).not.toContain('clean the list')
    expect(view.advice[1]).toMatch(/^If nobody sent that mail/)
  })

  it('stays while nothing newer is known, and is replaced by what is', () => {
    const { finding } = raised('bounce_share')
    const later: Change = { change: 'seen', raisedAt: START, finding }
    expect(viewAfter(blocked, { of: [['a', later]] }).headline).toMatch(/^reputation: /)
    const other: Change = { ...wave('content', 'gmail'), change: 'seen' } as Change
    expect(viewAfter(blocked, { of: [['a', other]] }).headline).toMatch(/^content: /)
  })

  it('leads before what is found with it and says no cause', () => {
    const view = viewAfter({ of: found('a payload') }, blocked)
    expect([view.kind, view.findings.length]).toEqual(['bounce_share', 2])
    expect(view.advice[0]).toMatch(/^Outlook blocks/)
  })

  it('is nobody’s if strangers may have made it up', () => {
    const view = viewAfter(blocked, { of: found('a address', START + 1) })
    expect(view.headline).toMatch(/^bounces are/)
    expect(view.main).toBeUndefined()
    expect(view.advice.join(' ')).not.toContain('Outlook')
  })

  it('of several sources is said once, with all of them', () => {
    const view = viewAfter(blocked, { of: [['b', wave('reputation', 'outlook')]] })
    expect(view.sources).toEqual(['a', 'b'])
    expect(view.headline).toMatch(/^reputation: .*\(2 sources\); 36 of the latest 41/)
    expect(view.advice.filter((line) => line.includes('Outlook'))).toHaveLength(1)
  })
})

describe('what is advised first', () => {
  const blocks = [{ source: 'a', network: NET }]
  const block = { id: 'c-1', source: 'a', measure: { action: 'block', network: NET }, startedAtMs: 0, endsAtMs: 9, liftedAtMs: null, liftedBy: null, incident: 1, by: 'ada' } as const // prettier-ignore
  it.each<[string, string, Partial<StoredIncident>, readonly string[], RegExp]>([
    ['a bad list', 'a bounce_share', {}, [], /^Stop the campaign to that list/],
    ['bounces that strangers bring', 'a bounce_share, a address', {}, ['Raise the level to maximum for an hour', 'Pause the source for an hour'], /secret/],
    ['bounces that strangers bring, with the level raised', 'a bounce_share, a address', { containments: [{ ...block, measure: { action: 'raise_level', level: 'maximum' } }] }, ['Pause the source for an hour'], /secret/],
    ['wrong secrets', 'a brute_force', { possible: { blocks, raises: [] } }, [`Block ${NET} for an hour`], /own sender/],
    ['a block that was made', 'a brute_force', { possible: { blocks, raises: [] }, containments: [block], state: 'contained' }, [], /own sender/],
    ['a block that was made, acknowledged', 'a brute_force', { possible: { blocks, raises: [] }, containments: [block], state: 'acknowledged' }, [], /own sender/],
    ['a block that is over', 'a brute_force', { possible: { blocks, raises: [] }, containments: [{ ...block, endsAtMs: 0 }], state: 'contained' }, [`Block ${NET} for an hour`], /own sender/],
    ['a block that was lifted', 'a brute_force', { possible: { blocks, raises: [] }, containments: [{ ...block, liftedAtMs: 1 }] }, [`Block ${NET} for an hour`], /own sender/],
  ])('%s', (_, text, change, labels, first) => {
    const [one] = play({ of: found(text) })
    if (one === undefined) throw new Error('nothing was found')
    const view = viewOf({ ...one, possible: { blocks: [], raises: ['a'] }, ...change }, 0)
    expect(view.actions.filter(({ contain }) => contain !== null).map(({ label }) => label)).toEqual(labels)
    expect(view.advice[0]).toMatch(first)
  }) // prettier-ignore

  it('an incident that somebody resolved while it lasts is not called over', () => {
    const [one] = play({ of: found('a silence') })
    const by = one && acted(one, { act: 'resolve', note: null }, 'admin', 0)
    expect(by && viewOf(by, 0).risk.reasons).toContain('Somebody resolved it, and it is still found.')
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
