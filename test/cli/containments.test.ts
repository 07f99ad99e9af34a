/** `postern incidents contain`, `lift` and `containments` against a console that answers by the contract of the API. */
import { describe, expect, it } from 'vitest'
import * as v from 'valibot'
import { containmentRoutes } from '../../src/api/containments.ts'
import { actionsOf } from '../../src/watch/incidents/actions.ts'
import type { StoredIncident } from '../../src/watch/incidents/stored.ts'
import { PATTERNS } from '../../src/watch/patterns/index.ts'
import { fakeConsole } from './fake-console.ts'
import { run } from './run.ts'

const AT = '2026-11-27T05:00:00.000Z'
const ID = '6f1c9a52-7a53-4f8e-9f0e-3b6f2c1d4e5a'
const CONTAINMENT = {
  id: ID,
  source: 'shop',
  action: 'block',
  network: '203.0.113.0/24',
  level: null,
  slot: null,
  started_at: AT,
  ends_at: AT,
  lifted_at: null,
  incident: 17,
  by: 'policy',
}
const { asked, calls, environment } = fakeConsole(
  {
    'POST /api/incidents/17/contain': [200, { ...CONTAINMENT, unreached_guards: [] }],
    'POST /api/sources/shop/contain': [200, { ...CONTAINMENT, incident: null, unreached_guards: [] }],
    [`DELETE /api/containments/${ID}`]: [200, CONTAINMENT],
    'GET /api/containments': [200, { containments: [CONTAINMENT], next_cursor: null }],
  },
  [200, { number: 17, state: 'open', secret_versions: [], rotations: [] }],
)

const cli = (line: string) => run(line.split(' '), '', environment)

describe('a command', () => {
  it.each([
    ['contain 17 --block 203.0.113.0/24', { action: 'block', network: '203.0.113.0/24' }],
    ['contain 17 --pause --for 15m', { action: 'pause', seconds: 900 }],
    [
      'contain 17 --raise-level maximum --for 3600 --source shop',
      { action: 'raise_level', level: 'maximum', seconds: 3_600, source: 'shop' },
    ],
    ['contain 17 --rotate basic --reason leaked', { action: 'rotate', slot: 'basic' }],
  ])('%s asks for it', async (line, body) => {
    const { code, out, complaints } = await cli(`incidents ${line}`)
    expect({ code, complaints }).toEqual({ code: 0, complaints: '' })
    expect(out).toContain(`postern incidents lift ${ID}`)
    expect(calls()).toEqual([{ call: 'POST /api/incidents/17/contain', body }])
    expect(v.safeParse(containmentRoutes.containIncident.body ?? v.never(), body).issues).toBeUndefined()
  })

  it('of a source asks for the same', async () => {
    const { code, out, complaints } = await cli('sources contain shop --pause --for 15m')
    expect({ code, complaints }).toEqual({ code: 0, complaints: '' })
    expect(out).toContain(`postern incidents lift ${ID}`)
    expect(calls()).toEqual([
      { call: 'POST /api/sources/shop/contain', body: { action: 'pause', seconds: 900 } },
    ])
    expect(await cli('sources contain shop --pause --rotate basic')).toMatchObject({ code: 2 })
  })

  it.each([
    'contain 17',
    'contain 17 --pause --block 203.0.113.0/24',
    'contain 17 --rotate basic --for 3600',
    'contain 17 --raise-level standard',
    'contain 17 --pause --for 59',
    'contain 17 --pause --for 86401',
    'contain x --pause',
  ])('%s is wrong usage, and asks for nothing', async (line) => {
    expect((await cli(`incidents ${line}`)).code).toBe(2)
    expect(asked).toEqual([])
  })

  it('lifts one, and lists them', async () => {
    const lifted = await cli(`incidents lift ${ID}`)
    expect([lifted.code, lifted.out]).toEqual([0, 'Lifted at shop: 203.0.113.0/24 is blocked.\n'])
    const listed = await cli('incidents containments --source shop')
    expect(listed.out).toMatch(new RegExp(`${ID} +shop +203\\.0\\.113\\.0/24 is blocked .* 17 +policy`))
  })
})

const KINDS = PATTERNS.map(({ kind }) => kind)

const incidentOf = (kind: string, state: StoredIncident['state']): StoredIncident => ({
  number: 17,
  cause: 'source/shop/x',
  source: 'shop',
  provider: null,
  state,
  severity: 'warning',
  findings: [
    {
      source: 'shop',
      createdAtMs: 1,
      kind,
      subject: null,
      raisedMinute: 1,
      severity: 'warning',
      sinceMs: 1,
      endedMs: null,
      evidence: 'evidence',
      features: [],
      networks: ['203.0.113.0/24', '2001:db8:9::/48'],
    },
  ],
  openedMs: 1,
  updatedMs: 1,
  acknowledgedMs: null,
  containedMs: null,
  resolvedMs: null,
  assignee: null,
  containments: [],
  possible: {
    blocks: ['203.0.113.0/24', '2001:db8:9::/48'].map((network) => ({ source: 'shop', network })),
    raises: ['shop'],
  },
  timeline: [],
  review: null,
  news: 0,
  continuedAs: null,
})

describe('the commands that an incident recommends', () => {
  it.each(KINDS.flatMap((kind) => (['open', 'contained'] as const).map((state) => [kind, state] as const)))(
    'about %s, %s, are taken by the command line and ask for what the button asks for',
    async (kind, state) => {
      const actions = actionsOf(incidentOf(kind, state), false, 1)
      expect(actions.length).toBeGreaterThan(1)
      for (const { contain, command } of actions) {
        asked.length = 0
        const [name = '', ...words] = (command ?? '').split(' ')
        expect(name).toBe('postern')
        expect({ command, ...(await run(words, '', environment)) }).toMatchObject({ code: 0, complaints: '' })
        if (contain === null) continue
        expect(calls()).toEqual([{ call: 'POST /api/incidents/17/contain', body: contain }])
      }
    },
  )

  it('end with the review', async () => {
    const [review, ...others] = actionsOf(incidentOf('brute_force', 'resolved'), false, 1)
    expect(others).toEqual([])
    expect(await run((review?.command ?? '').split(' ').slice(1), '', environment)).toMatchObject({ code: 0 })
    expect(calls()).toEqual([
      { call: 'POST /api/incidents/17/review', body: { cause: 'CAUSE', lessons: 'LESSONS' } },
    ])
    expect(actionsOf(incidentOf('brute_force', 'reviewed'), false, 1)).toEqual([])
  })
})
