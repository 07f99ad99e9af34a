/** The object itself, with the real storage, and a test in place of what it reads and asks. */
import { env } from 'cloudflare:workers'
import { runInDurableObject } from 'cloudflare:test'
import { expect, it, vi } from 'vitest'
import { Incidents, type IncidentsEnv, type MinuteCalls } from '../../../src/watch/incidents/index.ts'
import { emptyStore } from '../../support/store.ts'
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
const WHO = { actor: 'admin', from: null, requestId: 'req_1', reason: null }

it('watches minute after minute, repeats one that failed, survives a restart, and skips a pause of many hours', async () => {
  await emptyStore()
  let nowMs = (START + 1) * 60_000 + 30_000
  let isDown = false
  const minutes: number[] = []
  const minuteCalls: MinuteCalls = {
    read: async () => EMPTY_READING,
    async watch(minute) {
      if (isDown) throw new RangeError('the shard is down')
      minutes.push(minute)
      if (minute !== START + 2) return []
      const finding = {
        kind: 'silence',
        severity: 'warning',
        fromMinute: minute,
        features: [],
        evidence: 'silent',
      } as const
      return [{ source: 'shop', change: { change: 'raised', raisedAt: minute, finding } }]
    },
    facts: async () => FACTS,
  }
  class TestIncidents extends Incidents {
    protected override nowMs = () => nowMs
    protected override log = () => undefined
    protected override minuteCalls = () => minuteCalls
  }
  await runInDurableObject(env.WATCH.getByName('incidents'), async (_, state) => {
    const sources = [{ name: 'shop', createdAtMs: 1, provider: 'generic' }]
    const bindings = {
      MASTER_KEY: env.MASTER_KEY,
      STORE: env.STORE,
      REGISTRY: { getByName: () => ({ watchedSources: async () => ({ version: 1, sources }) }) },
    } as unknown as IncidentsEnv
    let object = new TestIncidents(state, bindings)
    await object.alarm()
    expect(minutes).toEqual([START])
    nowMs += 2 * 60_000
    isDown = true
    await object.alarm()
    expect(await object.status()).toMatchObject({ minutesBehind: 2, failing: { fault: 'RangeError' } })
    isDown = false
    object = new TestIncidents(state, bindings)
    await object.alarm()
    expect(minutes).toEqual([START, START + 1, START + 2])
    expect(await object.status()).toMatchObject({ minutesBehind: 0, failing: null, openIncidents: 1 })
    expect(await object.act(1, { act: 'acknowledge', assignee: 'ada' }, WHO, null)).toMatchObject({
      ok: true,
    })
    nowMs += 10 * 3_600_000
    await object.alarm()
    expect(await object.status()).toMatchObject({ minutesBehind: 0, skipped: { fromMinute: START + 3 } })
    const query = {
      states: null,
      source: null,
      kind: null,
      severity: null,
      sinceMs: null,
      limit: 10,
      before: null,
    }
    expect(await object.list({ ...query, sources: ['shop'] })).toMatchObject([
      { number: 1, state: 'acknowledged', assignee: 'ada' },
    ])
    expect(await object.list({ ...query, sources: ['other'] })).toEqual([])
    expect(await object.list({ ...query, sources: null, source: 'shop' })).toHaveLength(1)
    expect(await object.list({ ...query, sources: null, source: 'other' })).toEqual([])
    const { json, count } = await object.dump()
    expect(count).toBe(1)
    expect(await object.restore(json)).toBe(0)
    state.storage.sql.exec('DELETE FROM incidents')
    expect(await object.restore(json)).toBe(1)
    expect(await object.restore('{"version":2,"incidents":[]}')).toBeNull()
    expect(await object.incident(1, null)).toMatchObject({ state: 'resolved' })
    await state.storage.deleteAlarm()
  })
})

it('watches from its first wake on, without any event', async () => {
  await emptyStore()
  const minutes: number[] = []
  class TestIncidents extends Incidents {
    protected override nowMs = () => (START + 1) * 60_000 + 30_000
    protected override log = () => undefined
    protected override minuteCalls = (): MinuteCalls => ({
      read: async () => EMPTY_READING,
      async watch(minute) {
        minutes.push(minute)
        return []
      },
      facts: async () => FACTS,
    })
  }
  await runInDurableObject(env.WATCH.getByName('incidents-woken'), async (_, state) => {
    const bindings = {
      MASTER_KEY: env.MASTER_KEY,
      STORE: env.STORE,
      REGISTRY: {
        getByName: () => ({
          watchedSources: async () => ({ version: 1, sources: [] }),
          loadChannels: async (version: number) => ({ version, channels: null }),
        }),
      },
    } as unknown as IncidentsEnv
    const object = new TestIncidents(state, bindings)
    await object.wake()
    await vi.waitFor(() => expect(minutes).toEqual([START]))
    await state.storage.deleteAlarm()
  })
})
