/** Whom the object tells what, through the registry's channels: after an acknowledgment, and of incidents of several sources. */
import { expect, it } from 'vitest'
import type { ActOnIncident } from '../../../src/watch/incidents/api.ts'
import type { Severity } from '../../../src/watch/severity.ts'
import type { SourceChange } from '../../../src/watch/watchers/api.ts'
import { WHO } from '../../support/who.ts'
import { START, type World, ended, inWorld } from './world.ts'

const SOURCES = ['a', 'b', 'c'].map((name) => ({ name, createdAtMs: 1, provider: 'sendgrid' }))

/** Findings by source: their kind, severity and networks. An ended one has no severity. */
type Found = readonly [source: string, kind: string, severity: Severity | 'ended', ...networks: string[]]
interface Minute {
  readonly found?: readonly Found[]
  /** Actions of a person after the minute, by number of the incident. */
  readonly acts?: readonly (readonly [number, ActOnIncident])[]
}

const acknowledge = { act: 'acknowledge', assignee: null } as const
const resolve = { act: 'resolve', note: null } as const

/** A kind is raised once at a source; after that it rises. */
function changes(minutes: readonly Minute[], at: number): SourceChange[] {
  const raisedAt = (source: string, kind: string): number =>
    START + minutes.findIndex(({ found = [] }) => found.some((one) => one[0] === source && one[1] === kind))
  return (minutes[at]?.found ?? []).map(([source, kind, severity, ...networks]) => {
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

/** Two runs a minute: people act between them. */
async function play(minutes: readonly Minute[]): Promise<string[]> {
  const all: string[] = []
  await inWorld(async (world) => {
    await world.put('all', { grouping_seconds: 0 })
    await world.put('ofb', { grouping_seconds: 0, sources: ['b'] })
    world.sources = SOURCES
    world.found = (minute) => changes(minutes, minute - START)
    for (const [minute, { acts = [] }] of minutes.entries()) {
      world.nowMs = (START + minute + 1) * 60_000 + 15_000
      await world.object.alarm()
      for (const [incident, act] of acts) await world.object.act(incident, act, WHO, null)
      world.nowMs += 10_000
      await world.object.alarm()
    }
    all.push(...world.sent.flatMap(told))
  })
  return [...new Set(all)]
}

const ACK = { acts: [[1, acknowledge]] } as const

it.each<[string, readonly Minute[], readonly string[]]>([
  [
    'another kind that is worse',
    [{ found: [['a', 'replay', 'warning']], ...ACK }, { found: [['a', 'token_reuse', 'critical']] }],
    ['all: Firing 1 (0)', 'all: Worse 1 (1)'],
  ],
  [
    'another kind that is as bad',
    [{ found: [['a', 'replay', 'warning']], ...ACK }, { found: [['a', 'address', 'warning']] }],
    ['all: Firing 1 (0)', 'all: Worse 1 (1)'],
  ],
  [
    'the same kind that is worse',
    [{ found: [['a', 'replay', 'warning']], ...ACK }, { found: [['a', 'replay', 'critical']] }],
    ['all: Firing 1 (0)', 'all: Worse 1 (1)'],
  ],
  [
    'another kind that says nothing yet, and then something',
    [
      { found: [['a', 'replay', 'warning']], ...ACK },
      { found: [['a', 'address', 'info']] },
      { found: [['a', 'address', 'warning']] },
    ],
    ['all: Firing 1 (0)', 'all: Worse 1 (2)'],
  ],
  [
    'another kind before it',
    [{ found: [['a', 'replay', 'warning']] }, { found: [['a', 'address', 'warning']] }],
    ['all: Firing 1 (0)', 'all: Worse 1 (1)'],
  ],
  [
    'another source',
    [{ found: [['a', 'silence', 'error']], ...ACK }, { found: [['b', 'silence', 'error']] }],
    ['all: Firing 1 (0)', 'all: Worse 1 (1)', 'ofb: Firing 1 (1)'],
  ],
  [
    'a third source',
    [
      {
        found: [
          ['a', 'silence', 'error'],
          ['c', 'silence', 'error'],
        ],
        ...ACK,
      },
      { found: [['b', 'silence', 'error']] },
    ],
    ['all: Firing 1 (0)', 'all: Worse 1 (1)', 'ofb: Firing 1 (1)'],
  ],
  [
    'that it is found again after its end',
    [
      { found: [['a', 'silence', 'error']], ...ACK },
      { found: [['a', 'silence', 'ended']] },
      { found: [['a', 'lag', 'error']] },
    ],
    ['all: Firing 1 (0)', 'all: Resolved 1 (1)', 'all: Firing 1 (2)'],
  ],
  [
    'its end',
    [{ found: [['a', 'silence', 'error']], ...ACK }, { found: [['a', 'silence', 'ended']] }],
    ['all: Firing 1 (0)', 'all: Resolved 1 (1)'],
  ],
])('after an acknowledgment, people are told: %s', async (_what, minutes, expected) => {
  expect(await play(minutes)).toEqual(expected)
})

it.each<[string, readonly Minute[]]>([
  [
    'the same kind again',
    [
      { found: [['a', 'replay', 'warning']], ...ACK },
      {
        found: [
          ['a', 'replay', 'ended'],
          ['a', 'token_reuse', 'info'],
        ],
      },
      {},
    ],
  ],
  ['less', [{ found: [['a', 'replay', 'critical']], ...ACK }, { found: [['a', 'replay', 'warning']] }]],
  ['nothing new', [{ found: [['a', 'replay', 'critical']], ...ACK }, {}, {}]],
])('after an acknowledgment, nobody is told: %s', async (_what, minutes) => {
  expect(await play(minutes)).toEqual(['all: Firing 1 (0)'])
})

const three = (kind: string): Minute => ({
  found: [
    ['a', kind, 'error'],
    ['b', kind, 'error'],
    ['c', kind, 'error'],
  ],
})

it.each<[string, readonly Minute[], readonly string[]]>([
  [
    'fires where it is found at a source of theirs',
    [three('silence')],
    ['all: Firing 1 (0)', 'ofb: Firing 1 (0)'],
  ],
  [
    'fires where it goes on under another number, and is not over there before it is',
    [
      {
        found: [
          ['a', 'bounce_share', 'warning'],
          ['b', 'bounce_share', 'critical'],
        ],
      },
      { found: [['c', 'bounce_share', 'warning']] },
      {},
      { found: ['a', 'b', 'c'].map((name) => [name, 'bounce_share', 'ended']) },
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
])('an incident of several sources %s', async (_what, minutes, expected) => {
  expect(await play(minutes)).toEqual(expected)
})

it.each<[string, readonly Minute[], readonly string[]]>([
  [
    'one network, at several sources',
    [{ found: ['a', 'b', 'c'].map((name) => [name, 'brute_force', 'warning', '203.0.113.0/24']) }, {}],
    ['all: Firing 1 (0)', 'ofb: Firing 1 (0)'],
  ],
  [
    'one network, at one source after the other',
    [
      { found: [['a', 'brute_force', 'warning', '203.0.113.0/24']] },
      { found: [['c', 'brute_force_slow', 'warning', '198.51.100.0/24', '203.0.113.0/24']] },
      { found: [['b', 'brute_force', 'warning', '198.51.100.0/24']] },
    ],
    ['all: Firing 1 (0)', 'all: Worse 1 (1)', 'ofb: Firing 1 (2)'],
  ],
  [
    'two networks, at a source each',
    [
      {
        found: [
          ['a', 'brute_force', 'warning', '203.0.113.0/24'],
          ['b', 'brute_force', 'warning', '198.51.100.0/24'],
        ],
      },
    ],
    ['all: Firing 1 (0)', 'all: Firing 2 (0)', 'ofb: Firing 2 (0)'],
  ],
  [
    'two networks that turn out to be one attacker’s',
    [
      {
        found: [
          ['a', 'replay', 'warning', '203.0.113.0/24'],
          ['b', 'replay', 'warning', '198.51.100.0/24'],
        ],
      },
      { found: [['c', 'replay', 'critical', '203.0.113.0/24', '198.51.100.0/24']] },
      {
        found: [
          ['a', 'replay', 'ended'],
          ['b', 'replay', 'ended'],
          ['c', 'replay', 'ended'],
        ],
      },
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
])('refused deliveries from %s', async (_what, minutes, expected) => {
  expect(await play(minutes)).toEqual(expected)
})

it('resolved by a person while it lasts: its end says so', async () => {
  expect(
    await play([
      { found: [['a', 'replay', 'warning']], acts: [[1, resolve]] },
      { found: [['a', 'token_reuse', 'critical']] },
    ]),
  ).toEqual(['all: Firing 1 (0)', 'all: Resolved 1 (0)', 'all: Firing 1 (1)'])
})
