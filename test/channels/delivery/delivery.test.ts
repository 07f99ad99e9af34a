/** The whole delivery against fakes of the vendors, over the storage of a real object. */
import { describe, expect, it } from 'vitest'
import { CHANNEL_KINDS, type ChannelKind } from '../../../src/channels/index.ts'
import { opened } from '../../../src/watch/incidents/lifecycle.ts'
import { viewFor } from '../../../src/watch/incidents/records.ts'
import { viewOf } from '../../../src/watch/incidents/view.ts'
import { incident, withWorld } from './world.ts'

const HOUR = 3_600

/** The operator's own hosts. */
const OWN: readonly ChannelKind[] = ['webhook', 'alertmanager']

describe.each(CHANNEL_KINDS)('a channel of the kind %s', (kind) => {
  it('gets one firing and one resolved notice, whatever restarts', () =>
    withWorld(async (world) => {
      world.put('one', kind)
      // Grouping: a new incident waits for others.
      expect(await world.run()).toBe(30_000)
      expect(world.count('one')).toBe(0)
      await world.later(30)
      expect(world.count('one')).toBe(1)
      world.restart()
      await world.later(20)
      expect(world.count('one')).toBe(1)
      world.resolve()
      await world.later(30)
      world.restart()
      await world.later(30)
      expect(world.count('one')).toBe(2)
      await world.later(5 * HOUR)
      expect(world.count('one')).toBe(2)
      expect(world.notes.map((note) => note.split(' ')[1])).toEqual(['notified', 'notified'])
    }))

  // Cloudflare's binding has no statuses.
  it.skipIf(kind === 'mail').each([
    ['429', { status: 429, headers: { 'retry-after': '7' } }, 7_000],
    ['500', { status: 500 }, 5_000],
    ['nothing', 'silent', 5_000],
  ] as const)('that answers %s is tried again, and gets it', (_what, mood, waitMs) =>
    withWorld(async (world) => {
      world.put('one', kind, {}, mood)
      world.nowMs += 30_000
      expect(await world.run()).toBe(waitMs)
      const bad = world.count('one')
      expect(bad).toBe(1)
      world.mood('one', 'as usual')
      await world.later(waitMs / 1_000 - 1)
      expect(world.count('one')).toBe(0)
      await world.later(1)
      expect(world.count('one')).toBe(1)
      expect(world.delivery.status()[0]).toMatchObject({ failures: 0, isBroken: false })
      expect(world.notes.map((note) => note.split(' ')[1])).toEqual(['notice_failed', 'notified'])
    }),
  )

  it.skipIf(!OWN.includes(kind))('that refuses is tried again some times, and gets the next one', () =>
    withWorld(async (world) => {
      world.put('one', kind, { reminder_seconds: 0 }, { status: 404 })
      world.nowMs += 30_000
      await world.run()
      for (const seconds of [5, 30, 120, 600, 1_800]) await world.later(seconds)
      expect(world.count('one')).toBe(6)
      expect(world.delivery.status()[0]).toMatchObject({
        isBroken: false,
        lastError: { status: 404 },
      })
      world.mood('one', 'as usual')
      world.incidents.push(incident({ number: 18, openedMs: world.nowMs }))
      await world.later(30)
      expect(world.count('one')).toBe(1)
    }),
  )

  it.skipIf(kind === 'mail' || OWN.includes(kind))(
    'that answers 410 gets nothing more until it is changed, and then what is still open',
    () =>
      withWorld(async (world) => {
        world.put('one', kind, {}, { status: 410 })
        world.incidents.push(incident({ number: 18 }))
        world.nowMs += 30_000
        expect(await world.run()).toBeNull()
        expect(world.count('one')).toBe(1)
        expect(world.delivery.status()[0]).toMatchObject({
          isBroken: true,
          lastError: { status: 410 },
        })
        await world.later(HOUR)
        expect(world.count('one')).toBe(1)
        world.resolve(18)
        world.put('one', kind)
        await world.later(1)
        const told = world.texts('one').join(' ')
        expect(told).toContain('17')
        if (kind === 'slack') expect(told).not.toContain('incident 18')
        expect(world.delivery.status()[0]).toMatchObject({ isBroken: false, failingSinceMs: null })
      }),
  )

  it('is tested by a firing and a resolved notice', () =>
    withWorld(async (world) => {
      world.put('one', kind)
      expect(await world.delivery.test('one')).toMatchObject({ delivered: true })
      expect(world.count('one')).toBe(2)
      expect(world.texts('one').join(' ')).toContain('test')
      expect(world.notes).toEqual([])
      expect(world.delivery.status()[0]).toMatchObject({ lastSuccessMs: world.nowMs })
    }))
})

const LIMITS = { all: undefined, shop: ['shop'], forum: ['forum'], news: ['news'] }

const FINDING = {
  createdAtMs: 1,
  kind: 'brute_force',
  subject: null,
  severity: 'error',
  endedMs: null,
  features: [],
  networks: [],
} as const

describe('what a channel is sent', () => {
  it('are incidents from its severity on, of its sources, together', () =>
    withWorld(async (world) => {
      world.put('all', 'slack', { minimum_severity: 'info' })
      world.put('high', 'slack', { minimum_severity: 'error' })
      world.put('news', 'slack', { sources: ['news'] })
      world.incidents.push(incident({ number: 18, severity: 'warning' }))
      await world.later(30)
      expect(['all', 'high', 'news'].map((name) => world.count(name))).toEqual([1, 1, 0])
      expect(world.texts('all')[0]).toMatch(/incident 17[\s\S]*incident 18/)
      expect(world.texts('high')[0]).not.toContain('incident 18')
    }))

  it('holds nothing of other sources if it is limited to some', () =>
    withWorld(async (world) => {
      const found = { ...FINDING, sinceMs: world.nowMs, raisedMinute: Math.floor(world.nowMs / 60_000) }
      const shop = { ...found, source: 'shop', evidence: '20 wrong secrets at the till' }
      const forum = { ...found, source: 'forum', evidence: '90 wrong secrets at the gate' }
      const stored = { ...opened(17, 'c', forum, world.nowMs), source: null, findings: [forum, shop] }
      world.incidents = [viewOf(stored, world.nowMs)]
      world.parts = (_number, sources) => viewFor(stored, sources, world.nowMs)
      for (const [name, sources] of Object.entries(LIMITS)) world.put(name, 'slack', { sources })
      await world.later(30)
      const told = Object.keys(LIMITS).map((name) => world.texts(name).join())
      expect(told.map((text) => [text.includes('till'), text.includes('gate')])).toEqual([
        [true, true],
        [true, false],
        [false, true],
        [false, false],
      ])
      expect(told[1]).toMatch(/shop and 1 more/)
      expect(told[1]).not.toContain('forum')
    }))

  it('is a reminder while nobody has acknowledged', () =>
    withWorld(async (world) => {
      world.put('one')
      await world.later(30)
      expect(await world.later(60)).toBe(14_340_000)
      await world.later(4 * HOUR)
      expect(world.count('one')).toBe(2)
      world.change(17, { state: 'acknowledged', acknowledgedMs: world.nowMs })
      await world.later(5 * HOUR)
      expect(world.count('one')).toBe(2)
    }))

  it('waits for the end of quiet hours', () =>
    withWorld(async (world) => {
      // It is 03:12.
      const quiet_hours = { from: '22:00', to: '03:30', time_zone: 'UTC', except: 'critical' } as const
      world.put('one', 'slack', { quiet_hours })
      world.incidents = [incident({ severity: 'error' })]
      await world.later(30)
      expect(await world.later(30)).toBe(17 * 60_000)
      expect(world.count('one')).toBe(0)
      await world.later(17 * 60)
      expect(world.count('one')).toBe(1)
    }))

  it('holds no address, subject or secret, and neither do the log and the timeline', () =>
    withWorld(async (world) => {
      world.put('one', 'slack', {}, { status: 403, body: 'secret words of the channel' })
      await world.later(30)
      const said = JSON.stringify([world.notes, world.logged, world.delivery.status()])
      expect(said).toContain('does not accept the secret')
      expect(said).not.toMatch(/hV8sWqLr2nJx5Kd|secret words|hooks\.slack/)
    }))

  it('is at most twenty notices in one run, the most severe first, and the rest after it', () =>
    withWorld(async (world) => {
      world.put('one', 'webhook')
      world.incidents = Array.from({ length: 25 }, (_, i) => incident({ number: 100 + i }))
      world.nowMs += 30_000
      expect(await world.run()).toBe(1_000)
      expect(world.count('one')).toBe(20)
      await world.later(1)
      expect(world.count('one')).toBe(25)
    }))
})

describe('a channel that fails', () => {
  it('is asked once a run, and delays no other', () =>
    withWorld(async (world) => {
      world.put('hangs', 'webhook', {}, 'silent')
      for (let i = 0; i < 8; i++) world.put(`slack-${i}`)
      world.incidents.push(incident({ number: 18 }))
      await world.later(30)
      expect(world.count('hangs')).toBe(1)
      for (let i = 0; i < 8; i++) expect(world.count(`slack-${i}`)).toBe(1)
    }))

  it('is a fact of the operation, and its incident goes to all others', () =>
    withWorld(async (world) => {
      world.put('broken', 'slack', {}, { status: 404 })
      world.put('team', 'slack', { minimum_severity: 'critical', sources: ['news'] })
      await world.later(30)
      expect(world.delivery.failing()).toEqual([
        expect.objectContaining({ name: 'broken', label: 'Slack', isBroken: true, failures: 1 }),
      ])
      world.incidents.push(
        incident({ number: 18, kind: 'channel_failing', subject: 'broken', source: null, severity: 'error' }),
      )
      const before = world.count('broken')
      await world.later(60)
      expect(world.texts('team').join(' ')).toContain('incident 18')
      expect(world.count('broken')).toBe(before)
    }))

  it('works again after a test that succeeds', () =>
    withWorld(async (world) => {
      world.put('one', 'slack', {}, { status: 410 })
      await world.later(30)
      world.mood('one', 'as usual')
      world.nowMs += 1_000
      expect(await world.delivery.test('one')).toMatchObject({ delivered: true })
      await world.later(1)
      expect(world.texts('one').at(-1)).toContain('incident 17')
    }))

  it('says in a test what is wrong', () =>
    withWorld(async (world) => {
      world.put('one', 'slack', {}, { status: 403 })
      expect(await world.delivery.test('one')).toMatchObject({ delivered: false, status: 403 })
      expect(await world.delivery.test('none')).toBeNull()
    }))
})

describe('the registry', () => {
  it('may be down: known channels get their notices', () =>
    withWorld(async (world) => {
      world.put('one')
      await world.run()
      world.isRegistryDown = true
      await world.later(30)
      expect(world.count('one')).toBe(1)
      expect(world.logged).toContainEqual(expect.objectContaining({ event: 'dependency_unavailable' }))
    }))

  it('has removed a channel: nothing is left of it', () =>
    withWorld(async (world) => {
      world.put('one')
      await world.later(30)
      world.channels = []
      world.version++
      await world.later(1)
      expect(world.delivery.status()).toEqual([])
      world.put('one')
      await world.later(30)
      expect(world.count('one')).toBe(1)
    }))

  it('has removed a channel and made it again at once: it is another, which was told nothing yet', () =>
    withWorld(async (world) => {
      world.put('one')
      await world.later(30)
      world.put('one')
      await world.later(30)
      // The same one, changed: it knows the incident.
      expect(world.count('one')).toBe(0)
      world.channels = []
      world.put('one')
      await world.later(30)
      expect(world.count('one')).toBe(1)
    }))
})
