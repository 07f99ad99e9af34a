import { describe, expect, it } from 'vitest'
import { channelIncident } from '../../../src/channels/delivery/of-incident.ts'
import type { Containment } from '../../../src/registry/containment/containment.ts'
import { incident } from '../../support/incidents.ts'

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
    reasons: ['Its severity is error.', 'Somebody else has the secret.'],
  } as const
  expect(channelIncident(incident({ risk }), PLACE, NOW_MS).evidence).toContain(
    'Risk: high. Its severity is error. Somebody else has the secret.',
  )
})

describe('what is contained', () => {
  const containment = (change: Partial<Containment>): Containment => ({
    id: 'c1',
    source: 'shop',
    measure: { action: 'block', network: '203.0.113.0/24' },
    startedAtMs: NOW_MS - 60_000,
    endsAtMs: NOW_MS + 3_540_000,
    liftedAtMs: null,
    liftedBy: null,
    incident: 17,
    by: 'policy',
    ...change,
  })
  const BLOCKED = 'Deliveries from 203.0.113.0/24 to shop are refused until 11:59 UTC.'

  it.each<[string, readonly Partial<Containment>[], readonly string[]]>([
    ['a block', [{}], [BLOCKED]],
    ['a pause', [{ measure: { action: 'pause' } }], ['Deliveries to shop are deferred until 11:59 UTC.']],
    [
      'a level',
      [{ measure: { action: 'raise_level', level: 'maximum' } }],
      ['The level of shop is maximum until 11:59 UTC.'],
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
    const { evidence } = channelIncident(incident({ containments: changes.map(containment) }), PLACE, NOW_MS)
    expect(evidence.slice(evidence.findIndex((line) => line.startsWith('Risk: ')) + 1)).toEqual(lines)
  })
})
