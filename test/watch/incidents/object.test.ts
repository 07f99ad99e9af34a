/** The object itself: its loop over minutes, and what it stores of them. */
import { env } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import { readMasterKeys } from '../../../src/platform/master-key.ts'
import { openStore } from '../../../src/store/store.ts'
import { WHO } from '../../support/who.ts'
import { ANY, START, type World, inWorld, raised } from './world.ts'

const minutesOf = ({ watched }: World): number[] => watched.map(([minute]) => minute - START)

describe('the watch', () => {
  it('begins at the present', () =>
    inWorld(async (world) => {
      await world.object.alarm()
      expect(minutesOf(world)).toEqual([0])
    }))

  it('begins with its first wake, without any event', () =>
    inWorld(async (world) => {
      await world.object.wake()
      await vi.waitFor(() => expect(minutesOf(world)).toEqual([0]))
    }))

  it('repeats a minute that failed, also after a restart, and loses none', () =>
    inWorld(async (world) => {
      await world.object.alarm()
      world.nowMs += 2 * 60_000
      world.found = () => {
        throw new RangeError('the shard is down')
      }
      await world.object.alarm()
      expect(await world.object.status()).toMatchObject({
        minutesBehind: 2,
        failing: { fault: 'RangeError' },
      })
      world.found = () => []
      world.evict()
      await world.object.alarm()
      expect(minutesOf(world)).toEqual([0, 1, 2])
      expect(await world.object.status()).toMatchObject({ minutesBehind: 0, failing: null })
    }))

  it('skips a pause of many hours, and keeps its incidents', () =>
    inWorld(async (world) => {
      world.found = (minute) => (minute === START ? [raised(START)] : [])
      await world.object.alarm()
      expect(await world.object.status()).toMatchObject({ openIncidents: 1, skipped: null })
      const acknowledged = await world.object.act(1, { act: 'acknowledge', assignee: 'ada' }, WHO, null)
      expect(acknowledged).toMatchObject({ ok: true })
      world.nowMs += 10 * 3_600_000
      await world.object.alarm()
      expect(await world.object.status()).toMatchObject({
        minutesBehind: 0,
        skipped: { fromMinute: START + 1 },
      })
      expect(await world.object.list(ANY)).toMatchObject([
        { number: 1, state: 'acknowledged', assignee: 'ada' },
      ])
    }))
})

describe('a dump', () => {
  it.each<[string, (world: World) => void, number, string]>([
    ['nothing that is here', () => undefined, 0, 'open'],
    [
      'what is lost, and closes it',
      ({ storage }) => storage.sql.exec('DELETE FROM incidents'),
      1,
      'resolved',
    ],
  ])('brings back %s', (_what, change, count, state) =>
    inWorld(async (world) => {
      world.found = () => [raised(START)]
      await world.object.alarm()
      const { json, count: dumped } = await world.object.dump()
      change(world)
      expect([dumped, await world.object.restore(json)]).toEqual([1, count])
      expect(await world.object.incident(1, null)).toMatchObject({ state })
    }),
  )

  it('of another version brings back nothing', () =>
    inWorld(async ({ object }) => {
      expect(await object.restore('{"version":2,"incidents":[]}')).toBeNull()
    }))
})

describe('old incidents', () => {
  it('go if they are over, and their numbers are not used again', () =>
    inWorld(async (world) => {
      world.found = (minute) => (minute === START ? [raised(START)] : [])
      await world.object.alarm()
      const later = world.nowMs + 1_000
      expect(await world.object.forget(later, false)).toMatchObject({ count: 0 })
      await world.object.act(1, { act: 'resolve', note: null }, WHO, null)
      const { updatedMs = 0 } = (await world.object.incident(1, null)) ?? {}
      expect(await world.object.forget(updatedMs, false)).toMatchObject({ count: 0, oldestMs: updatedMs })
      expect(await world.object.forget(updatedMs + 1, true)).toMatchObject({ count: 1 })
      expect(await world.object.forget(updatedMs + 1, false)).toEqual({
        count: 1,
        isMore: false,
        oldestMs: null,
      })
      expect(await world.object.incident(1, null)).toBeNull()
      world.nowMs += 60_000
      world.found = (minute) => [raised(minute)]
      await world.object.alarm()
      expect((await world.object.list(ANY)).map(({ number }) => number)).toEqual([2])
    }))
})

describe('notes', () => {
  const write = async (world: World) => {
    world.found = () => [raised(START)]
    await world.object.alarm()
    for (const act of [
      { act: 'note', text: 'ada@example.com complained' },
      { act: 'resolve', note: 'Told <Ada@example.com>.' },
      { act: 'review', cause: 'ada@example.com', lessons: 'Write to ada%40example.com.' },
    ] as const)
      expect(await world.object.act(1, act, WHO, null)).toMatchObject({ ok: true })
  }
  const documentOf = (world: World): string =>
    JSON.stringify(world.storage.sql.exec('SELECT document FROM incidents').toArray())

  it('have no address, whatever people write', () =>
    inWorld(async (world) => {
      await write(world)
      expect(documentOf(world)).toContain('[address] complained')
      expect(documentOf(world).toLowerCase()).not.toContain('ada')
    }))

  /** As a version wrote them that masked nothing. */
  const unmask = (world: World, text: string) =>
    world.storage.sql.exec(
      `UPDATE incidents SET document = replace(document, '[address] complained', ?)`,
      text,
    )

  it.each([
    ['as it is', 'ada@example.com and bob@example.com', '[erased] and bob@example.com'],
    ['in another form', 'ada&#64;example.com and bob@example.com', '[erased]'],
    ['not at all', 'bob@example.com', 'bob@example.com'],
  ])('that are old lose the address of an erased person that stands there %s', (_how, text, after) =>
    inWorld(async (world) => {
      await write(world)
      unmask(world, text)
      const person = await openStore(world.store, readMasterKeys(env.MASTER_KEY)).people.indexOf(
        'ada@example.com',
      )
      const count = text === after ? 0 : 1
      expect(await world.object.forgetPerson(person, true)).toBe(count)
      expect(documentOf(world)).toContain(text)
      expect(await world.object.forgetPerson(person, false)).toBe(count)
      expect(await world.object.forgetPerson(person, true)).toBe(0)
      const incident = await world.object.incident(1, null)
      expect(incident?.timeline.find(({ kind }) => kind === 'noted')?.text).toBe(after)
    }),
  )

  it('come back from a backup without addresses', () =>
    inWorld(async (world) => {
      await write(world)
      unmask(world, 'ada@example.com')
      const { json } = await world.object.dump()
      world.storage.sql.exec('DELETE FROM incidents')
      expect(await world.object.restore(json)).toBe(1)
      expect(documentOf(world)).not.toContain('ada@')
    }))
})
