/** Whom the object tells what, through the registry's channels: after an acknowledgment, and of incidents of several sources. */
import { expect, it } from 'vitest'
import type { Severity } from '../../../src/watch/severity.ts'
import type { SourceChange } from '../../../src/watch/watchers/api.ts'
import { WHO } from '../../support/who.ts'
import { START, type World, ended, inWorld } from './world.ts'

const SOURCES = ['a', 'b', 'c'].map((name) => ({ name, createdAtMs: 1, provider: 'sendgrid' }))

const acknowledge = { act: 'acknowledge', assignee: null } as const
const resolve = { act: 'resolve', note: null } as const

/** Findings of each source in it: `a b silence error NETWORK…`. One that has ended has no severity. */
function foundIn(minute: string) {
  return minute.split(', ').flatMap((finding) => {
    const [, sources = '', kind = '', severity = '', networks = ''] =
      /^((?:[abc] )+)(\S+) (warning|error|critical|info|ended)(.*)$/.exec(finding) ?? []
    const of = { kind, severity: severity as Severity | 'ended', networks: networks.split(' ').slice(1) }
    return sources.split(' ').flatMap((source) => (source === '' ? [] : [{ source, ...of }]))
  })
}

/** A kind is raised once at a source; after that it rises. */
function changes(minutes: readonly string[], at: number): SourceChange[] {
  const raisedAt = (source: string, kind: string): number =>
    START + minutes.findIndex((one) => foundIn(one).some((of) => of.source === source && of.kind === kind))
  return foundIn(minutes[at] ?? '').map(({ source, kind, severity, networks }) => {
    const first = raisedAt(source, kind)
    if (severity === 'ended') return ended(source, kind, first, START + at)
    const finding = {
      kind,
      severity,
      fromMinute: first,
      features: [],
      evidence: `${kind} at ${source}`,
      networks,
    }
    return { source, change: { change: first === START + at ? 'raised' : 'risen', raisedAt: first, finding } }
  })
}

/** `team: Firing 1 (0)`: the channel, what it was told, the incident and the minute. */
const told = ({ url, body, atMs }: World['sent'][number]): string[] => {
  const channel = /T0AAA\/([A-Z]+)\//.exec(url)?.[1]?.toLowerCase()
  const titles = body.matchAll(/"(Firing|Still firing|Worse|Resolved)[^"·]* · incident (\d+)/g)
  const minute = Math.floor(atMs / 60_000) - START - 1
  return [...titles].map(([, state, incident]) => `${channel}: ${state} ${incident} (${minute})`)
}

/** Two runs a minute: people act on the first incident between them. */
async function play(minutes: readonly string[]): Promise<string[]> {
  const all: string[] = []
  await inWorld(async (world) => {
    await world.put('all', { grouping_seconds: 0 })
    await world.put('ofb', { grouping_seconds: 0, sources: ['b'] })
    world.sources = SOURCES
    world.found = (minute) => changes(minutes, minute - START)
    for (const [minute, text] of minutes.entries()) {
      world.nowMs = (START + minute + 1) * 60_000 + 15_000
      await world.object.alarm()
      for (const act of [acknowledge, resolve])
        if (text.endsWith(`, ${act.act}`)) await world.object.act(1, act, WHO, null)
      world.nowMs += 10_000
      await world.object.alarm()
    }
    all.push(...world.sent.flatMap(told))
  })
  return [...new Set(all)]
}

type Row = readonly [what: string, minutes: readonly string[], told: readonly string[]]

it.each<Row>([
  [
    'another kind that is worse',
    ['a replay warning, acknowledge', 'a token_reuse critical'],
    ['all: Firing 1 (0)', 'all: Worse 1 (1)'],
  ],
  [
    'another kind that is as bad',
    ['a replay warning, acknowledge', 'a address warning'],
    ['all: Firing 1 (0)', 'all: Worse 1 (1)'],
  ],
  [
    'the same kind that is worse',
    ['a replay warning, acknowledge', 'a replay critical'],
    ['all: Firing 1 (0)', 'all: Worse 1 (1)'],
  ],
  [
    'another kind that says nothing yet, and then something',
    ['a replay warning, acknowledge', 'a address info', 'a address warning'],
    ['all: Firing 1 (0)', 'all: Worse 1 (2)'],
  ],
  [
    'another kind before it',
    ['a replay warning', 'a address warning'],
    ['all: Firing 1 (0)', 'all: Worse 1 (1)'],
  ],
  [
    'another source',
    ['a silence error, acknowledge', 'b silence error'],
    ['all: Firing 1 (0)', 'all: Worse 1 (1)', 'ofb: Firing 1 (1)'],
  ],
  [
    'a third source',
    ['a c silence error, acknowledge', 'b silence error'],
    ['all: Firing 1 (0)', 'all: Worse 1 (1)', 'ofb: Firing 1 (1)'],
  ],
  [
    'that it is found again after its end',
    ['a silence error, acknowledge', 'a silence ended', 'a lag error'],
    ['all: Firing 1 (0)', 'all: Resolved 1 (1)', 'all: Firing 1 (2)'],
  ],
  [
    'its end',
    ['a silence error, acknowledge', 'a silence ended'],
    ['all: Firing 1 (0)', 'all: Resolved 1 (1)'],
  ],
])('after an acknowledgment, people are told: %s', async (_what, minutes, expected) => {
  expect(await play(minutes)).toEqual(expected)
})

it.each<[string, readonly string[]]>([
  ['the same kind again', ['a replay warning, acknowledge', 'a replay ended, a token_reuse info', '']],
  ['less', ['a replay critical, acknowledge', 'a replay warning']],
  ['nothing new', ['a replay critical, acknowledge', '', '']],
])('after an acknowledgment, nobody is told: %s', async (_what, minutes) => {
  expect(await play(minutes)).toEqual(['all: Firing 1 (0)'])
})

const [NETWORK, OTHER] = ['203.0.113.0/24', '198.51.100.0/24']

it.each<Row>([
  [
    'fires where it is found at a source of theirs',
    ['a b c silence error'],
    ['all: Firing 1 (0)', 'ofb: Firing 1 (0)'],
  ],
  [
    'fires where it goes on under another number, and is not over there before it is',
    [
      'a bounce_share warning, b bounce_share critical',
      'c bounce_share warning',
      '',
      'a b c bounce_share ended',
    ],
    [
      'all: Firing 2 (0)',
      'all: Firing 1 (0)',
      'ofb: Firing 2 (0)',
      'all: Worse 1 (1)',
      'ofb: Firing 1 (1)',
      'all: Resolved 1 (3)',
      'ofb: Resolved 1 (3)',
    ],
  ],
  [
    'is one of one network',
    [`a b c brute_force warning ${NETWORK}`, ''],
    ['all: Firing 1 (0)', 'ofb: Firing 1 (0)'],
  ],
  [
    'is one of one network, at one source after the other',
    [
      `a brute_force warning ${NETWORK}`,
      `c brute_force_slow warning ${OTHER} ${NETWORK}`,
      `b brute_force warning ${OTHER}`,
    ],
    ['all: Firing 1 (0)', 'all: Worse 1 (1)', 'ofb: Firing 1 (2)'],
  ],
  [
    'is two of two networks, at a source each',
    [`a brute_force warning ${NETWORK}, b brute_force warning ${OTHER}`],
    ['all: Firing 1 (0)', 'all: Firing 2 (0)', 'ofb: Firing 2 (0)'],
  ],
  [
    'is one of two networks that turn out to be one attacker’s',
    [
      `a replay warning ${NETWORK}, b replay warning ${OTHER}`,
      `c replay critical ${NETWORK} ${OTHER}`,
      'a b c replay ended',
    ],
    [
      'all: Firing 1 (0)',
      'all: Firing 2 (0)',
      'ofb: Firing 2 (0)',
      'all: Worse 1 (1)',
      'ofb: Firing 1 (1)',
      'all: Resolved 1 (2)',
      'ofb: Resolved 1 (2)',
    ],
  ],
])('an incident of several sources %s', async (_what, minutes, expected) => {
  expect(await play(minutes)).toEqual(expected)
})

it('resolved by a person while it lasts: its end says so', async () => {
  expect(await play(['a replay warning, resolve', 'a token_reuse critical'])).toEqual([
    'all: Firing 1 (0)',
    'all: Resolved 1 (0)',
    'all: Firing 1 (1)',
  ])
})
