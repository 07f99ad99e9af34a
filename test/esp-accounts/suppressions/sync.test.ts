/** Both lists are made the same. `drivers.test.ts` has the lists of all ESPs. */
import { beforeEach, describe, expect, it } from 'vitest'
import type { ApiRequest } from '../../../src/drivers/driver.ts'
import type { SyncRequest } from '../../../src/esp-accounts/api.ts'
import { importSuppressions } from '../../../src/store/import-suppressions.ts'
import { exportSuppressions } from '../../../src/store/suppression-rows.ts'
import { addSuppression, findSuppression, removeSuppression } from '../../../src/store/suppressions.ts'
import { mailgun } from '../../drivers/fakes/mailgun.ts'
import { mandrill } from '../../drivers/fakes/mandrill.ts'
import { postmark } from '../../drivers/fakes/postmark.ts'
import { resend } from '../../drivers/fakes/resend.ts'
import { sparkpost } from '../../drivers/fakes/sparkpost.ts'
import { rowsOf } from '../../support/store.ts'
import { thorough } from '../../support/thorough.ts'
import { DAY_MS, START_MS, type Sync, figures, ours, theirs, worldOf } from './world.ts'

let world: Awaited<ReturnType<typeof worldOf>>
beforeEach(async () => void (world = await worldOf(sparkpost)))

const inSync = (work: (sync: Sync) => Promise<void>) => world.inSync(work)

const isSuppressed = async (address: string): Promise<boolean> =>
  ((await findSuppression(world.store, address, world.nowMs))?.reasons.length ?? 0) > 0

const listed = (): string[] => world.esp.suppressed.map(({ address }) => address).toSorted()

const SEND = { isRun: true, send: true } as const satisfies SyncRequest

/** Of 50,000 entries each when thorough. */
const ENTRIES = thorough(50_000, 5_000)

describe(`two lists of ${ENTRIES} that differ in 500`, () => {
  const manyMs = 240_000

  it('are compared, made the same, and then differ in nothing', { timeout: manyMs }, async () => {
    const COMMON = ENTRIES - 250
    const both = Array.from({ length: COMMON }, (_, i) => `both${i}@example.com`)
    const only = (place: string) => Array.from({ length: 250 }, (_, i) => `${place}${i}@example.com`)
    world.esp.suppressed.push(...[...both, ...only('there')].map((address) => theirs(address)))
    await importSuppressions(
      world.store,
      [...both, ...only('here')].map((address) => ours(address)),
      world.nowMs,
    )

    await inSync(async ({ sync, storage }) => {
      const plan = await sync({ isRun: false })
      expect(plan.state).toBe('planned')
      expect(figures(plan)).toEqual({ same: COMMON, only_there: 250, only_here: 250 })
      // Pages of a thousand.
      expect(world.calls).toHaveLength(ENTRIES / 1_000)
      expect(await isSuppressed('there7@example.com')).toBe(false)

      const run = await sync(SEND)
      expect(run.state).toBe('done')
      expect(run.counts.filter(({ kind }) => kind !== 'same').map(({ count, done }) => count - done)).toEqual(
        [0, 0],
      )
      expect(world.calls.length).toBeLessThanOrEqual((2 * ENTRIES) / 1_000 + Math.ceil(250 / 30))
      expect(await isSuppressed('there7@example.com')).toBe(true)
      expect(listed()).toHaveLength(ENTRIES + 250)
      expect(storage.sql.exec('SELECT * FROM suppression_sync').toArray()).toEqual([])

      expect(figures(await sync(SEND))).toEqual({ same: ENTRIES + 250 })
    })
  })
})

it('takes an entry in until the ESP sends again by itself', async () => {
  world = await worldOf(mandrill)
  world.esp.suppressed.push(theirs('ada@example.com', { expiresAtMs: world.nowMs + DAY_MS }))
  await inSync(async ({ sync }) => void (await sync({ isRun: true })))
  expect(await isSuppressed('ada@example.com')).toBe(true)
  world.nowMs += DAY_MS + 1_000
  expect(await isSuppressed('ada@example.com')).toBe(false)
})

it.each([postmark, resend, mandrill])(
  'counts no entry as sent that $provider refuses inside of its answer',
  async (fake) => {
    world = await worldOf(fake)
    const names = ['ada', 'refused', 'zoe'].map((name) => `${name}@example.com`)
    await importSuppressions(
      world.store,
      names.map((address) => ours(address, { reason: 'manual' })),
      world.nowMs,
    )
    await inSync(async ({ sync }) => {
      const { state, counts } = await sync({ isRun: true, send: true })
      expect([state, counts.map(({ kind, count, done }) => [kind, count, done])]).toEqual([
        'done',
        [['only_here', 3, 2]],
      ])
    })
    expect(listed()).toEqual(['ada@example.com', 'zoe@example.com'])
  },
)

it('reads each entry as an address, and only counts one that names nobody', async () => {
  const unread = [
    '',
    '..',
    'ada',
    '@example.com',
    'a@example.com, b@example.com',
    `${'a'.repeat(400)}@example.com`,
  ]
  const read = ['Ada <ada@example.com>', 'mailto:bob@example.com', ' eve@example.com ']
  world.esp.suppressed.push(...[...unread, ...read].map((address) => theirs(address)))
  await inSync(async ({ sync }) => {
    const run = await sync({ isRun: true })
    // An empty text is left out by the driver.
    expect(figures(run)).toEqual({ unreadable: unread.length - 1, only_there: read.length })
    expect(figures(await sync({ isRun: true }))).toEqual({ unreadable: unread.length - 1, same: read.length })
    expect(run.examples.map(({ kind }) => kind)).not.toContain('unreadable')
  })
  const { suppressions } = await exportSuppressions(world.store, { limit: 100, inForceAtMs: world.nowMs })
  const names = ['ada', 'bob', 'eve'].map((name) => `${name}@example.com`)
  expect(suppressions.map(({ address }) => address).toSorted()).toEqual(names)
})

describe('a sync', () => {
  beforeEach(async () => {
    world.esp.suppressed.push(
      theirs('same@example.com'),
      theirs('new@example.com', { reason: 'spam_report' }),
      theirs('reason@example.com', { reason: 'unsubscribe' }),
      theirs('lifted@example.com'),
    )
    const entries = ['same', 'reason', 'lifted', 'mine'].map((name) => ours(`${name}@example.com`))
    const expiring = ours('soon@example.com', { expiresAtMs: START_MS + DAY_MS })
    await importSuppressions(world.store, [...entries, expiring], world.nowMs)
    await removeSuppression(world.store, 'lifted@example.com', world.nowMs)
  })

  const FOUND = { same: 1, only_there: 1, other_reason: 1, ended_here: 1, only_here: 1, temporary: 1 }
  const AFTER = { same: 4, ended_here: 1, temporary: 1 }

  it('by default takes in, and only shows what is here and what was lifted', async () => {
    await inSync(async ({ sync }) => {
      const before = listed()
      const run = await sync({ isRun: true })
      expect([run.state, figures(run)]).toEqual(['done', FOUND])
      expect(listed()).toEqual(before)
      const { suppressions } = await exportSuppressions(world.store, { limit: 100, inForceAtMs: world.nowMs })
      expect(
        suppressions.map(({ address, reason, source }) => `${address} ${reason} ${source}`).toSorted(),
      ).toEqual([
        'mine@example.com hard_bounce shop',
        'new@example.com spam_report shop',
        'reason@example.com hard_bounce shop',
        'reason@example.com unsubscribe shop',
        'same@example.com hard_bounce shop',
        'soon@example.com hard_bounce shop',
      ])
      expect(figures(await sync({ isRun: true }))).toEqual({
        same: 3,
        ended_here: 1,
        only_here: 1,
        temporary: 1,
      })
    })
  })

  it('sends after a yes, never what ends by itself, and removes nobody', async () => {
    await inSync(async ({ sync }) => {
      await sync({ isRun: true, send: true })
      expect(listed()).toEqual([
        'lifted@example.com', 'mine@example.com', 'new@example.com', 'reason@example.com', 'same@example.com',
      ]) // prettier-ignore
      expect(figures(await sync({ isRun: true, send: true }))).toEqual(AFTER)
    })
  })

  it('keeps no address, and shows a few masked', async () => {
    await inSync(async ({ sync, storage }) => {
      const { examples } = await sync({ isRun: false })
      expect(examples.map(({ kind, address }) => `${kind} ${address}`).toSorted()).toEqual([
        'ended_here l…@example.com',
        'only_here m…@example.com',
        'only_there n…@example.com',
        'other_reason r…@example.com',
        'temporary s…@example.com',
      ])
      const rows = storage.sql.exec('SELECT * FROM suppression_sync').toArray()
      expect(rows.length).toBe(6)
      expect(JSON.stringify([rows, [...storage.kv.list()]])).not.toContain('example.com')
    })
  })

  it('does not do what changed after the plan', async () => {
    await inSync(async ({ sync }) => {
      await sync({ isRun: false })
      await addSuppression(world.store, 'new@example.com', null, world.nowMs)
      world.nowMs += 1_000
      await removeSuppression(world.store, 'new@example.com', world.nowMs)
      await removeSuppression(world.store, 'mine@example.com', world.nowMs)
      world.esp.suppressed.push(theirs('later@example.com'))
      await sync(SEND)
      expect(await isSuppressed('new@example.com')).toBe(false)
      expect(await isSuppressed('later@example.com')).toBe(false)
      expect(listed()).not.toContain('mine@example.com')
    })
  })

  const erased = async (name: string, atMs: number) =>
    world.store.db
      .prepare(
        'INSERT INTO erasures (person, number, erased_at, keeps_suppression) VALUES (unhex(?1), 1, ?2, 0)',
      )
      .bind(await world.store.people.indexOf(`${name}@example.com`), atMs)
      .run()

  it.each([
    ['an older entry', -DAY_MS],
    ['an entry of a time to come', 3 * DAY_MS],
    ['a newer entry', -1],
  ])('of %s of an erased person makes no key', async (_, atMs) => {
    await erased('gone', START_MS - 2)
    world.esp.suppressed.push(theirs('gone@example.com', { atMs: START_MS + atMs }))
    await inSync(async ({ sync }) => {
      await sync({ isRun: true })
      expect(await isSuppressed('gone@example.com')).toBe(true)
      const person = await world.store.people.indexOf('gone@example.com')
      expect(await rowsOf(`SELECT 1 FROM recipients WHERE recipient = unhex('${person}')`)).toEqual([])
    })
  })

  it.each([
    ['older than its end', -2, 'ended_here'],
    ['newer', -0.5, 'only_there'],
  ])('takes an entry that is over here only if it is newer: %s', async (_, days, kind) => {
    const end = { sinceMs: START_MS - 3 * DAY_MS, expiresAtMs: START_MS - DAY_MS }
    await importSuppressions(world.store, [ours('over@example.com', end)], world.nowMs)
    world.esp.suppressed.splice(0, 99, theirs('over@example.com', { atMs: START_MS + days * DAY_MS }))
    await inSync(async ({ sync }) => {
      expect(figures(await sync({ isRun: false }))[kind]).toBe(1)
    })
  })

  it.each([1, 2, 3, 4, 5])('that dies after its step %i ends the same', async (steps) => {
    await inSync(async ({ sync, restart, run, status }) => {
      let left = steps
      const real = world.answer
      world.answer = (request) => {
        if (left-- === 0) {
          restart()
          throw new TypeError('the object died')
        }
        return real(request)
      }
      await sync({ isRun: true, send: true })
      restart()
      await run()
      expect(status().state).toBe('done')
      expect(figures(await sync({ isRun: true, send: true }))).toEqual(AFTER)
    })
  })

  it.each([
    [401, 'key_refused'],
    [403, 'key_too_weak'],
    [400, 'refused'],
  ])('that gets %i stops with its place, and goes on', async (status, code) => {
    await inSync(async ({ sync }) => {
      let pages = 0
      const real = world.answer
      world.answer = (request) => (pages++ === 1 ? Response.json({}, { status }) : real(request))
      const stopped = await sync({ isRun: true })
      expect([stopped.state, stopped.stopped?.code, stopped.step]).toEqual(['stopped', code, 'take'])
      expect(await sync({ isRun: true })).toMatchObject({ state: 'done', stopped: null })
      expect(await isSuppressed('new@example.com')).toBe(true)
    })
  })

  it('waits as the ESP asks', async () => {
    await inSync(async ({ sync, status }) => {
      const real = world.answer
      world.answer = (request) =>
        world.calls.length === 1
          ? new Response(null, { status: 429, headers: { 'retry-after': '600' } })
          : real(request)
      await sync({ isRun: true })
      expect(status().state).toBe('done')
      expect(world.nowMs).toBeGreaterThanOrEqual(START_MS + 600_000)
    })
  })

  it('leaves a list that leads in a circle', async () => {
    world.answer = ({ url }) => {
      const page = Number(new URL(url).searchParams.get('cursor')?.replace('initial', '0'))
      const results = [{ recipient: `a${page % 3}@example.com`, source: 'Bounce Rule' }]
      return Response.json({ results, links: [{ rel: 'next', href: `/?cursor=${(page + 1) % 3}` }] })
    }
    await inSync(async ({ sync }) => {
      expect(await sync({ isRun: true })).toMatchObject({
        state: 'stopped',
        stopped: { code: 'leads_in_a_circle', says: 'the pages of the list of SparkPost lead in a circle' },
      })
      expect(world.calls.length).toBeLessThan(20)
      expect(await isSuppressed('a1@example.com')).toBe(false)
    })
  })

  it('reads on where a page has moved', async () => {
    const real = world.answer
    world.answer = (request) => {
      const page = real({ ...request, url: request.url.replace('per_page=1000', 'per_page=2') })
      if (world.calls.length === 1) world.esp.suppressed.unshift(theirs('front@example.com'))
      return page
    }
    await inSync(async ({ sync }) => {
      expect(figures(await sync({ isRun: false }))).toEqual(FOUND)
    })
  })

  it('removes one address there, of a scope not for the reasons of all mail', async () => {
    await inSync(async ({ removeThere }) => {
      expect(await removeThere({ address: 'same@example.com', scope: null })).toMatchObject({ ok: true })
      expect(listed()).not.toContain('same@example.com')
      // The driver looks for each reason, and removes what it finds.
      expect(world.calls).toHaveLength(4 + 1)
      await removeThere({ address: 'same@example.com', scope: 'group:1' })
      expect(world.calls).toHaveLength(4 + 1 + 2)
    })
  })

  it('is forgotten after a day', async () => {
    await inSync(async ({ sync, run, status, storage }) => {
      await sync({ isRun: false })
      world.nowMs += DAY_MS
      await run()
      expect([status().state, figures(status())]).toEqual(['over', FOUND])
      expect(storage.sql.exec('SELECT * FROM suppression_sync').toArray()).toEqual([])
    })
  })

  describe('of the night', () => {
    const tonight = async ({ run, status }: Sync) => {
      world.nowMs += (await run()) ?? 0
      expect(new Date(world.nowMs).toISOString()).toBe('2026-12-03T03:00:00.000Z')
      for (let runs = 0; runs < 50 && (runs === 0 || status().state === 'running'); runs++) await run()
      return status()
    }

    it('runs alone', async () => {
      world.settings = { nightly: true, send: true }
      await inSync(async (sync) => {
        expect(await tonight(sync)).toMatchObject({ state: 'done', by: 'schedule' })
        expect(listed()).toContain('mine@example.com')
        expect(world.told).toEqual([null])
      })
    })

    it.each([true, false])(
      'stops before too many changes, tells so, and goes on after a yes (the watch answers: %s)',
      async (isUp) => {
        world.settings = { nightly: true, atMost: 1 }
        world.isWatchDown = !isUp
        await inSync(async (sync) => {
          const says = '2 would change, more than the 1 that a night may; nothing was changed'
          expect(await tonight(sync)).toMatchObject({
            state: 'planned',
            stopped: { code: 'over_bound', says },
          })
          expect(await isSuppressed('new@example.com')).toBe(false)
          // It is told again.
          world.isWatchDown = false
          await sync.run()
          expect(world.told).toEqual([says])
          expect((await sync.sync({ isRun: true })).state).toBe('done')
          expect(await isSuppressed('new@example.com')).toBe(true)
          expect(world.told).toEqual([says, null])
        })
      },
    )

    it('counts all changes against the bound, however many scopes they have', async () => {
      world = await worldOf(mailgun)
      world.settings = { nightly: true, atMost: 100 }
      world.esp.suppressed.push(
        ...Array.from({ length: 250 }, (_, i) =>
          theirs(`a${i}@example.com`, { reason: 'unsubscribe', scope: `tag:${i}` }),
        ),
      )
      await inSync(async (sync) => {
        expect((await tonight(sync)).stopped?.says).toMatch(/^250 would change/)
      })
    })

    it('keeps a wish through ten nights: of who was erased, and of who left, joined and left again', async () => {
      world.settings = { nightly: true, send: true }
      await importSuppressions(
        world.store,
        [ours('back@example.com', { reason: 'unsubscribe' })],
        world.nowMs,
      )
      await removeSuppression(world.store, 'back@example.com', world.nowMs)
      await erased('gone', world.nowMs)
      const wishes = [
        theirs('back@example.com', { reason: 'unsubscribe', atMs: START_MS + 365 * DAY_MS }),
        theirs('gone@example.com', { reason: 'spam_report', atMs: START_MS - DAY_MS }),
      ]
      world.esp.suppressed.push(...wishes)
      await inSync(async (sync) => {
        await tonight(sync)
        for (let night = 0; night < 9; night++) {
          world.nowMs += DAY_MS
          for (let runs = 0; runs < 9; runs++) await sync.run()
        }
        for (const { address } of wishes)
          expect([address, await isSuppressed(address), listed().includes(address)]).toEqual([
            address,
            true,
            true,
          ])
      })
    })

    it('does not suppress again who was lifted here, without a newer entry there', async () => {
      world.settings = { nightly: true }
      await inSync(async (sync) => {
        await tonight(sync)
        expect(await isSuppressed('new@example.com')).toBe(true)
        await removeSuppression(world.store, 'new@example.com', world.nowMs)
        world.nowMs += DAY_MS
        for (let runs = 0; runs < 9; runs++) await sync.run()
        expect(await isSuppressed('new@example.com')).toBe(false)
        expect(figures(sync.status())['ended_here']).toBe(2)
        world.esp.suppressed.push(theirs('new@example.com', { atMs: world.nowMs - 1 }))
        await sync.sync({ isRun: true })
        expect(await isSuppressed('new@example.com')).toBe(true)
      })
    })
  })

  it('that was stopped goes on in the directions of who goes on', async () => {
    await inSync(async ({ sync }) => {
      const real = world.answer
      world.answer = (request) =>
        request.method === 'PUT' ? new Response(null, { status: 401 }) : real(request)
      expect((await sync({ isRun: true, send: true })).step).toBe('send')
      world.answer = real
      expect((await sync({ isRun: true, send: false })).state).toBe('done')
      expect(listed()).not.toContain('mine@example.com')
      expect((await sync({ isRun: true, send: true })).state).toBe('done')
      expect(listed()).toContain('mine@example.com')
    })
  })

  it.each([
    [401, 1],
    [400, 2],
  ])(
    'of which the plan gets %i on a page goes on there or begins anew, and changes nothing',
    async (status, firsts) => {
      const real = world.answer
      const ofTwo = (request: ApiRequest) =>
        real({ ...request, url: request.url.replace('per_page=1000', 'per_page=2') })
      world.answer = (request) => (world.calls.length === 2 ? Response.json({}, { status }) : ofTwo(request))
      await inSync(async ({ sync }) => {
        expect((await sync({ isRun: false })).state).toBe('stopped')
        const plan = await sync({ isRun: false })
        expect([plan.state, figures(plan)]).toEqual(['planned', FOUND])
        expect(world.calls.filter(({ url }) => url.includes('cursor=initial'))).toHaveLength(firsts)
        expect(await isSuppressed('new@example.com')).toBe(false)
      })
    },
  )

  it('leaves out what the ESP refuses alone, and sends the rest', async () => {
    const names = Array.from({ length: 20 }, (_, i) => `more${i}@example.com`)
    await importSuppressions(
      world.store,
      names.map((name) => ours(name)),
      world.nowMs,
    )
    const real = world.answer
    world.answer = (request) =>
      request.body?.includes('more7@') === true ? Response.json({}, { status: 400 }) : real(request)
    await inSync(async ({ sync }) => {
      expect((await sync(SEND)).state).toBe('done')
      expect(listed().filter((address) => address.startsWith('more'))).toHaveLength(19)
      expect(figures(await sync({ isRun: false }))['only_here']).toBe(1)
      // All that is sent is refused: that is no matter of one entry.
      await importSuppressions(
        world.store,
        names.map((name) => ours(`x${name}`)),
        world.nowMs,
      )
      world.answer = (request) =>
        request.method === 'PUT' ? Response.json({}, { status: 400 }) : real(request)
      await sync({ isRun: false })
      const before = world.calls.length
      expect((await sync(SEND)).stopped).toEqual({
        code: 'refused',
        says: 'SparkPost refuses the request (HTTP 400)',
      })
      expect(world.calls.length - before).toBeLessThan(20)
    })
  })

  it('reads a list that is one large page, and leaves one that has no end', async () => {
    let page = 0
    world.answer = () => {
      if (page === 1 && world.calls.length === 2)
        return new Response(null, { status: 429, headers: { 'retry-after': '1' } })
      page++
      // Of the first page, keyed hashes alone are more than one value in D1 may have.
      const results = Array.from({ length: page === 1 ? 40_000 : 1_000 }, (_, i) => ({
        recipient: `a${page}.${i}@example.com`,
        source: 'Bounce Rule',
      }))
      return Response.json({ results, links: [{ rel: 'next', href: `/?cursor=${page}` }] })
    }
    await inSync(async ({ sync, storage }) => {
      const stopped = await sync({ isRun: true }, () => {
        const job = storage.kv.get<{ entries: number }>('suppression_sync')
        if (job?.entries === 40_000) storage.kv.put('suppression_sync', { ...job, entries: 1_998_500 })
      })
      expect(stopped).toMatchObject({ state: 'stopped', stopped: { code: 'too_many' } })
      expect(page).toBe(3)
    })
  })

  it('ignores entries of any length', async () => {
    const address = `${'a'.repeat(100_000)}@example.com`
    world.esp.suppressed.push(theirs(address), theirs('no address'), theirs(''))
    await inSync(async ({ sync }) => {
      expect((await sync({ isRun: true })).state).toBe('done')
      expect(await isSuppressed('new@example.com')).toBe(true)
    })
  })
})

it('of a list that the ESP gives in part sends nothing that may be on it', async () => {
  world = await worldOf(mandrill)
  world.esp.suppressed.push(...Array.from({ length: 1_200 }, (_, i) => theirs(`a${i}@example.com`)))
  await importSuppressions(world.store, [ours('a1@example.com'), ours('a1100@example.com')], world.nowMs)
  await inSync(async ({ sync }) => {
    const run = await sync(SEND)
    expect([run.state, run.isCut, figures(run)]).toEqual([
      'done',
      true,
      { same: 1, only_there: 999, not_listed: 1 },
    ])
    expect(world.calls.filter(({ url }) => url.endsWith('/rejects/add'))).toEqual([])
    expect(figures(await sync(SEND))).toEqual({ same: 1_000, not_listed: 1 })
  })
})

it('forgets after a day its place in a list, which is an address at some ESPs', async () => {
  const refusing = await worldOf(mailgun)
  refusing.esp.suppressed.push(theirs('ada@example.com'))
  refusing.answer = (request) =>
    refusing.calls.length > 1 ? new Response('', { status: 401 }) : refusing.esp.answer(request)
  await refusing.inSync(async ({ sync, run, storage }) => {
    expect(await sync({ isRun: false })).toMatchObject({ state: 'stopped', stopped: { code: 'key_refused' } })
    expect(storage.kv.get('suppression_sync')).toMatchObject({ place: expect.any(String) })
    refusing.nowMs += DAY_MS
    await run()
    expect(storage.kv.get('suppression_sync')).toMatchObject({ state: 'over', place: null })
  })
})

it('forgets at its end the place in a list of several pages', async () => {
  const paged = await worldOf(mailgun)
  paged.esp.suppressed.push(...Array.from({ length: 1_001 }, (_, i) => theirs(`person${i}@example.com`)))
  await paged.inSync(async ({ sync, storage }) => {
    expect((await sync({ isRun: true })).state).toBe('done')
    expect(paged.calls.some(({ url }) => url.includes('address='))).toBe(true)
    expect(storage.kv.get('suppression_sync')).toMatchObject({ state: 'done', place: null })
  })
})
