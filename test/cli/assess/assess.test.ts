/** An assessment as a whole: whom it asks, how fast, how long, and what it leaves behind. */
import { setTimeout as sleep } from 'node:timers/promises'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pace } from '../../../src/cli/assess/pace.ts'
import type { Probe } from '../../../src/cli/assess/probe.ts'
import type { TokenWorld } from '../../../src/cli/assess/world.ts'
import { OUTSIDE } from '../../../src/cli/assess/outside/index.ts'
import { Stop } from '../../../src/cli/stop.ts'
import { type Weakness, json } from './planted.ts'
import { assessed, hurried, leftAt, withPlantable } from './world.ts'

const installation = withPlantable()

const probe = (run: (world: TokenWorld) => Promise<void>): Probe => ({
  id: 'test',
  title: 'Title.',
  severity: 'low',
  remedy: 'Remedy.',
  needs: 'token',
  async *run(world) {
    await run(world)
    yield* []
  },
})

/** Makes one of each. */
async function makeAll(world: TokenWorld): Promise<void> {
  const source = await world.source()
  await world.token('viewer', [source.name])
  await world.deliver(source.signed({ body: Buffer.from('[{"event_type":"x","data":null}]') }))
}

const NOTHING = { sources: [], tokens: [], quarantine: [], sessions: [], events: [] }

describe('what is no gateway', () => {
  it.each<readonly [string, Weakness, RegExp]>([
    ['a page', () => ({ status: 200, headers: {}, body: '<html>' }), /is no Postern gateway/],
    [
      'another 404',
      () => ({ status: 404, headers: { 'x-request-id': 'a' }, body: 'no' }),
      /is no Postern gateway/,
    ],
    [
      'an id of something else',
      () => ({ ...json(404, { request_id: 'b' }), headers: { 'x-request-id': 'a' } }),
      /is no Postern gateway/,
    ],
    [
      'a redirect',
      () => ({ status: 302, headers: { location: 'https://a.example/login' }, body: '' }),
      /is no Postern gateway/,
    ],
  ])('is told by one request: %s', async (_what, answer, words) => {
    let asked = 0
    installation.gateway.plant((...given) => {
      asked++
      return answer(...given)
    })
    await expect(assessed(OUTSIDE, installation)).rejects.toThrow(words)
    expect(asked).toBe(1)
  })

  it('is a console, which it says', async () => {
    const wanted = { gateway: installation.console.url }
    await expect(assessed(OUTSIDE, installation, wanted)).rejects.toMatchObject({ code: 'is_console' })
  })

  it('is where nobody listens', async () => {
    const wanted = { gateway: new URL('http://127.0.0.1:1') }
    await expect(assessed(OUTSIDE, installation, wanted)).rejects.toMatchObject({ code: 'not_reached' })
  })
})

describe('what an assessment made', () => {
  it('is removed', async () => {
    expect((await assessed([probe(makeAll)], installation)).left_behind).toEqual([])
    expect(await leftAt(installation)).toEqual(NOTHING)
  })

  it('is removed after a fault', async () => {
    const failing = probe(async (world) => {
      await makeAll(world)
      throw new TypeError('a bug')
    })
    await expect(assessed([failing], installation)).rejects.toThrow('a bug')
    expect(await leftAt(installation)).toEqual(NOTHING)
  })

  it('is removed after Ctrl-C', async () => {
    const person = new AbortController()
    const waiting = probe(async (world) => {
      await makeAll(world)
      person.abort()
      await world.sleep(600_000)
    })
    const ran = assessed([waiting], installation, { io: { endedByPerson: () => person.signal } })
    await expect(ran).rejects.toMatchObject({ exit: 'interrupted' })
    expect(await leftAt(installation)).toEqual(NOTHING)
  })

  it('is removed if Ctrl-C comes during a delivery', async () => {
    const person = new AbortController()
    installation.gateway.plant((asked, forward) => {
      if (asked.path.startsWith('/hooks/')) person.abort()
      return forward()
    })
    const ran = assessed([probe(makeAll)], installation, { io: { endedByPerson: () => person.signal } })
    await expect(ran).rejects.toMatchObject({ exit: 'interrupted' })
    expect(await leftAt(installation)).toEqual(NOTHING)
  })

  it.each<readonly [string, Weakness]>([
    [
      'the answer that has the token is lost',
      async ({ method, path }, forward) => {
        const answered = await forward()
        return method === 'POST' && path === '/api/tokens' ? json(500, {}) : answered
      },
    ],
    ['the first removals fail', failingFirst('DELETE')],
  ])('is removed if %s', async (_what, plant) => {
    installation.console.plant(plant)
    await assessed([probe(makeAll)], installation)
    expect(await leftAt(installation)).toEqual(NOTHING)
  })

  it('is named if it cannot be removed, and the next assessment removes it when it is old', async () => {
    installation.console.plant(({ method }, forward) => (method === 'DELETE' ? json(503, {}) : forward()))
    const notes: string[] = []
    const terminal = {
      readsKeys: false,
      showsOutput: false,
      showsNotes: true,
      note: (line: string) => notes.push(line),
      progress: () => undefined,
      ask: () => Promise.reject(new TypeError()),
      askHidden: () => Promise.reject(new TypeError()),
    }
    const report = await assessed([probe(makeAll)], installation, { io: { terminal } })
    expect(report.left_behind.join('\n')).toMatch(
      /removed: .+\w\. To remove them: postern quarantine list[^]*postern sources remove NAME[^]*postern tokens revoke ID/,
    )
    expect(notes).toEqual(report.left_behind)

    installation.console.plant()
    const fromSource = probe(async (world) => void (await world.source()))
    await assessed([fromSource], installation)
    expect((await leftAt(installation)).sources).toHaveLength(1)
    const later = { nowMs: () => Date.now() + 20 * 60_000, sleep: (ms: number) => sleep(ms / 10) }
    await assessed(
      [
        probe(async (world) => {
          await world.source()
          await world.token('viewer')
        }),
      ],
      installation,
      { io: later },
    )
    expect(await leftAt(installation)).toMatchObject({ sources: [], tokens: [] })
  })
})

/** Refuses the first requests of a method. */
function failingFirst(refused: string): Weakness {
  let left = 2
  return ({ method }, forward) => (method === refused && left-- > 0 ? json(503, {}) : forward())
}

describe('an assessment', () => {
  it('does without a token what needs none', async () => {
    const { probes, console, findings } = await assessed(OUTSIDE, installation, {
      console: 'https://127.0.0.1:1',
      io: { environment: { POSTERN_CONFIG: '/nonexistent' } },
    })
    expect({ console, findings }).toEqual({ console: 'https://127.0.0.1:1', findings: [] })
    const reasonOf = (wanted: string) => probes.find(({ id }) => id === wanted)?.reason
    for (const { id, needs } of OUTSIDE)
      if (needs !== 'nothing')
        expect(reasonOf(id)).toMatch(
          needs === 'token' ? /There is no token/ : /The console at .* did not answer/,
        )
    expect(reasonOf('methods-and-paths')).toBeNull()
  })

  it('does not take a refusal of an unknown source for a success', async () => {
    installation.gateway.plant(({ path }, forward) =>
      path.startsWith('/hooks/') ? json(404, {}) : forward(),
    )
    const { probes } = await assessed(
      OUTSIDE.filter(({ id }) => id === 'forged'),
      installation,
    )
    expect(probes).toMatchObject([{ outcome: 'not_done', reason: /another deployment/ }])
  })

  it('says what only an admin may do', async () => {
    installation.console.plant(({ method, path }, forward) =>
      method === 'POST' && path === '/api/tokens' ? json(403, { code: 'role_too_low' }) : forward(),
    )
    const report = await assessed(
      OUTSIDE.filter(({ id }) => id === 'low-privilege'),
      installation,
    )
    expect(report).toMatchObject({
      left_behind: [],
      probes: [{ outcome: 'not_done', reason: 'Only an admin may make temporary tokens.' }],
    })
  })

  it('leaves out what it has no time for', async () => {
    const slow = probe((world) => world.sleep(700_000))
    const { probes } = await assessed([slow, probe(makeAll)], installation, { io: hurried(1_000) })
    expect(probes.map(({ reason }) => reason)).toEqual([
      'There was no time left for it.',
      'There was no time left for it.',
    ])
  })

  it('hides nothing behind a probe that cannot be done', async () => {
    const refused = probe(() => Promise.reject(new Stop('no', 'x', 'Not today.')))
    const { probes } = await assessed([refused, probe(makeAll)], installation)
    expect(probes.map(({ outcome }) => outcome)).toEqual(['not_done', 'passed'])
  })
})

describe('the pace', () => {
  it('has at most ten turns in any second, also if timers fire early', () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.nat(400), { minLength: 12, maxLength: 60 }), async (pauses) => {
        let nowMs = 1_000
        const { turn } = pace({
          nowMs: () => nowMs,
          sleep: async (ms) => void (nowMs += Math.max(1, Math.round(ms * 0.7))),
        })
        const at: number[] = []
        for (const pause of pauses) {
          nowMs += pause % 3 === 0 ? pause : 0
          await turn()
          at.push(nowMs)
        }
        for (let i = 10; i < at.length; i++)
          expect((at[i] ?? 0) - (at[i - 10] ?? 0)).toBeGreaterThanOrEqual(1_000)
      }),
    ))
})
