/** The object tells a channel of the real registry: found, over, nothing twice, and nothing again after a restore. */
import { env } from 'cloudflare:workers'
import { runInDurableObject } from 'cloudflare:test'
import { expect, it } from 'vitest'
import type { Registry } from '../../../src/registry/registry.ts'
import { Incidents, type IncidentsEnv, type MinuteCalls } from '../../../src/watch/incidents/index.ts'
import type { SourceChange } from '../../../src/watch/watchers/api.ts'
import { emptyStore } from '../../support/store.ts'
import { WHO } from '../../support/who.ts'
import { EMPTY_READING } from '../support/empty-reading.ts'

const START = 29_000_000
const FACTS = {
  down: [],
  secrets: [],
  queues: [],
  deadLetters: {},
  destinations: [],
  guards: [],
  readers: [],
}

const finding = {
  kind: 'silence',
  severity: 'error',
  fromMinute: START,
  features: [],
  evidence: 'no event for 40 min, usually 12 a minute',
} as const
const raised: SourceChange = { source: 'shop', change: { change: 'raised', raisedAt: START, finding } }
const ended: SourceChange = {
  source: 'shop',
  change: {
    change: 'ended',
    untilMinute: START + 3,
    incident: {
      kind: 'silence',
      raisedAt: START,
      fromMinute: START,
      lastMinute: START + 2,
      severity: 'error',
    },
  },
}

it('sends one firing and one resolved message to Slack, whatever restarts', async () => {
  await emptyStore()
  // A stub belongs to the object that made it.
  const registry = () => env.REGISTRY.getByName('channels-of-incidents') as unknown as Registry
  const hook = 'https://hooks.slack.com/services/T0AAA/B0BBB/hV8sWqLr2nJx5Kd'
  await registry().putChannel('ops', { kind: 'slack', secrets: { webhook_url: hook } }, WHO, null)

  let nowMs = (START + 1) * 60_000 + 30_000
  const bodies: string[] = []
  const logged: string[] = []
  const minuteCalls: MinuteCalls = {
    read: async () => EMPTY_READING,
    watch: async (minute) => (minute === START ? [raised] : minute === START + 3 ? [ended] : []),
    facts: async () => FACTS,
  }
  class TestIncidents extends Incidents {
    protected override nowMs = () => nowMs
    protected override log = (fields: object) => void logged.push(JSON.stringify(fields))
    protected override minuteCalls = () => minuteCalls
    protected override async outbound(...[url, init]: Parameters<typeof fetch>): Promise<Response> {
      expect(url).toBe(hook)
      bodies.push(init?.body as string)
      return new Response('ok')
    }
  }
  await runInDurableObject(env.WATCH.getByName('incidents-and-channels'), async (_, state) => {
    const sources = [{ name: 'shop', createdAtMs: 1, provider: 'generic' }]
    const bindings = {
      MASTER_KEY: env.MASTER_KEY,
      STORE: env.STORE,
      CONSOLE_URL: 'https://console.example/',
      REGISTRY: {
        getByName: () => ({
          watchedSources: async () => ({ version: 1, sources }),
          loadChannels: (version: number) => registry().loadChannels(version),
        }),
      },
    } as unknown as IncidentsEnv
    for (let run = 0; run < 20; run++) {
      // A new object each time, as after an eviction.
      const object = new TestIncidents(state, bindings)
      await object.alarm()
      nowMs += 30_000
      if (run === 19) {
        const [incident] = await object.list({
          states: null, source: null, sources: null, kind: null, severity: null, sinceMs: null, limit: 10, before: null,
        }) // prettier-ignore
        const told = incident?.timeline.filter(({ kind }) => kind === 'notified').map(({ text }) => text)
        expect(told).toEqual(['ops (Slack) was told.', 'ops (Slack) was told that it is over.'])
        expect(await object.channelStatus()).toMatchObject([{ name: 'ops', failures: 0, isBroken: false }])
      }
    }
  })
  expect(bodies).toHaveLength(2)
  expect(bodies[0]).toContain('no event for 40 min, usually 12 a minute')
  expect(bodies[0]).toContain('<https://console.example/incidents/1#acknowledge|Acknowledge>')
  expect(bodies[1]).toMatch(/resolved/i)
  expect(logged.join()).not.toContain('hV8sWqLr2nJx5Kd')
})

it('sends nothing about restored incidents, and goes on with their numbers', async () => {
  await emptyStore()
  const registry = () => env.REGISTRY.getByName('channels-of-restored') as unknown as Registry
  const hook = 'https://hooks.slack.com/services/T0AAA/B0BBB/hV8sWqLr2nJx5Kd'
  await registry().putChannel('ops', { kind: 'slack', secrets: { webhook_url: hook } }, WHO, null)
  let nowMs = (START + 1) * 60_000 + 30_000
  let changes: readonly SourceChange[] = [raised]
  const bodies: string[] = []
  class TestIncidents extends Incidents {
    protected override nowMs = () => nowMs
    protected override log = () => undefined
    protected override minuteCalls = (): MinuteCalls => ({
      read: async () => EMPTY_READING,
      watch: async () => changes,
      facts: async () => FACTS,
    })
    protected override async outbound(...[, init]: Parameters<typeof fetch>): Promise<Response> {
      bodies.push(init?.body as string)
      return new Response('ok')
    }
  }
  const bindings = {
    MASTER_KEY: env.MASTER_KEY,
    STORE: env.STORE,
    REGISTRY: {
      getByName: () => ({
        watchedSources: async () => ({
          version: 1,
          sources: [{ name: 'shop', createdAtMs: 1, provider: 'generic' }],
        }),
        loadChannels: (version: number) => registry().loadChannels(version),
      }),
    },
  } as unknown as IncidentsEnv
  /** Lets the object run for ten minutes. */
  const runs = async (object: Incidents): Promise<void> => {
    for (let run = 0; run < 20; run++) {
      await object.alarm()
      nowMs += 30_000
    }
  }
  const numbers = async (object: Incidents): Promise<unknown[]> =>
    (await object.list({
      states: null, source: null, sources: null, kind: null, severity: null, sinceMs: null, limit: 10, before: null,
    })).map(({ number, state }) => [number, state]) // prettier-ignore

  let json = ''
  await runInDurableObject(env.WATCH.getByName('incidents-lost'), async (_, state) => {
    const object = new TestIncidents(state, bindings)
    await runs(object)
    expect(await numbers(object)).toEqual([[1, 'open']])
    json = (await object.dump()).json
    await state.storage.deleteAlarm()
  })
  expect(bodies).toHaveLength(1)
  changes = []
  await runInDurableObject(env.WATCH.getByName('incidents-restored'), async (_, state) => {
    const object = new TestIncidents(state, bindings)
    expect(await object.restore(json)).toBe(1)
    await runs(object)
    expect(bodies).toHaveLength(1)
    expect(await numbers(object)).toEqual([[1, 'resolved']])
    const raisedAt = Math.floor(nowMs / 60_000)
    changes = [
      { source: 'shop', change: { change: 'raised', raisedAt, finding: { ...finding, kind: 'replay' } } },
    ]
    await runs(object)
    expect(await numbers(object)).toEqual([
      [2, 'open'],
      [1, 'resolved'],
    ])
    await state.storage.deleteAlarm()
  })
  expect(bodies).toHaveLength(2)
  expect(bodies[1]).toContain('postern incidents show 2')
})
