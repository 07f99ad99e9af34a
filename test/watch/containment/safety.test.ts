/** Whom a block may never meet. */
import { describe, expect, it } from 'vitest'
import { thorough } from '../../support/thorough.ts'
import { DOCUMENT, ESP, HOSTILE, NEWS, SHOP, type World, block, inWorld } from './world.ts'

const VERIFIED = { ok: false, code: 'network_verified', isCertain: true }
const UNSURE = { ok: false, code: 'network_verified', isCertain: false }

const watched = async (world: World, network: string | null, source?: string): Promise<void> => {
  await world.delivered(network, source)
  await world.pass(2)
}

describe('a block', () => {
  it.each<[string, (world: World) => Promise<unknown>, string, object]>([
    ['a network that nothing came from', (w) => watched(w, ESP), HOSTILE, { ok: true }],
    ['a network beside one that a delivery came from', (w) => watched(w, ESP), '192.0.3.0/24', { ok: true }],
    ['a network that a delivery came from', (w) => watched(w, ESP), ESP, VERIFIED],
    ['an address in it', (w) => watched(w, ESP), '192.0.2.7', VERIFIED],
    ['an address in it, mapped into IPv6', (w) => watched(w, ESP), '::ffff:192.0.2.7', VERIFIED],
    ['a part of an IPv6 network', (w) => watched(w, '2001:db8:7::/48'), '2001:db8:7:1::/64', VERIFIED],
    ['a network of a delivery at another source', (w) => watched(w, ESP, NEWS), ESP, VERIFIED],
    ['a network of a delivery that is not watched yet', (w) => w.delivered(ESP), ESP, VERIFIED],
    [
      'a network of a delivery that came while the watch stood still',
      async (w) => {
        await w.pass(2)
        await w.delivered(ESP)
        w.jump(7 * 60)
        await w.pass(2)
      },
      ESP,
      VERIFIED,
    ],
    [
      'another network after the watch stood still: the store still has what came',
      async (w) => {
        await w.pass(2)
        await w.delivered(ESP)
        w.jump(7 * 60)
        await w.pass(2)
      },
      HOSTILE,
      { ok: true },
    ],
    [
      'another network, if deliveries came from more networks than signals tell apart',
      async (w) => {
        for (let i = 0; i < 66; i += 1) await w.delivered(`10.0.${i}.0/24`)
        await w.pass(2)
      },
      HOSTILE,
      { ok: true },
    ],
    [
      'the last of so many networks',
      async (w) => {
        for (let i = 0; i < 66; i += 1) await w.delivered(`10.0.${i}.0/24`)
        await w.pass(2)
      },
      '10.0.65.0/24',
      VERIFIED,
    ],
    [
      'any network, while deliveries wait in the queue',
      async (w) => void (w.waitsIn = 'EVENTS'),
      HOSTILE,
      UNSURE,
    ],
    [
      'any network, while deliveries wait after a day',
      async (w) => void (w.waitsIn = 'DEAD'),
      HOSTILE,
      UNSURE,
    ],
    [
      'any network, while a queue does not answer',
      async (w) => void (w.silentQueue = 'EVENTS'),
      HOSTILE,
      UNSURE,
    ],
    [
      'any network, while the dead letter queue does not answer',
      async (w) => void (w.silentQueue = 'DEAD'),
      HOSTILE,
      UNSURE,
    ],
    ...(['EMAIL_SERVICE', 'EMAIL_DEAD'] as const).flatMap(
      (queue): [string, (world: World) => Promise<unknown>, string, object][] => [
        [
          `a network, while ${queue} does not answer: its events come from no network`,
          async (w) => void (w.silentQueue = queue),
          HOSTILE,
          { ok: true },
        ],
        [
          `a network, while events wait in ${queue}`,
          async (w) => void (w.waitsIn = queue),
          HOSTILE,
          { ok: true },
        ],
      ],
    ),
    [
      'any network, while the store takes nothing',
      (w) => w.incidents.wake('Error').then(() => w.pass(4)),
      HOSTILE,
      UNSURE,
    ],
    ['a network, if an address was not known', (w) => watched(w, null), HOSTILE, { ok: true }],
    ['what is no network', (w) => watched(w, ESP), 'everywhere', { ok: false, code: 'document_invalid' }],
    ['a network that is too wide', (w) => watched(w, ESP), '203.0.0.0/16', { ok: false }],
  ])('of %s', async (_what, prepare, network, expected) => {
    await inWorld(DOCUMENT, async (world) => {
      await prepare(world)
      const result = await world.contain(block(network))
      expect(result).toMatchObject(expected)
      expect((await world.blocked()).length > 0).toBe(result.ok)
    })
  })

  // Each delivery is a segment. Four are watched, and their numbers are given again.
  describe.each([
    ['fewer events than were lost', 2, 1],
    ['as many', 2, 2],
    ['more', 2, 5],
    ['events in an empty store', 0, 3],
  ])('after a restore of the store to an earlier time, with %s (%i left, %i new)', (_what, left, fresh) => {
    it.each([
      ['one that is not watched yet', 0],
      ['one that is watched', 2],
    ])('refuses the network of a delivery since then: %s', async (_which, minutes) => {
      await inWorld(DOCUMENT, async (world) => {
        for (let i = 0; i < 4; i += 1) {
          await world.delivered(ESP)
          world.jump(1)
        }
        await world.pass(2)
        await world.restoreStore(left)
        for (let i = 0; i < fresh; i += 1) await world.delivered(`198.51.${i}.0/24`)
        await world.pass(minutes)
        for (let i = 0; i < fresh; i += 1)
          expect(await world.contain(block(`198.51.${i}.0/24`))).toMatchObject(VERIFIED)
        expect(await world.contain(block(ESP))).toMatchObject(VERIFIED)
        expect(await world.contain(block())).toMatchObject({ ok: true })
        const said = world.logged.filter((line) => (line as { event: string }).event === 'store_restored')
        expect(said).toEqual(minutes === 0 ? [] : [{ event: 'store_restored', reader: 'watch' }])
      })
    })
  })

  it('of the network of a delivery is refused for a day', async () => {
    await inWorld(DOCUMENT, async (world) => {
      await world.delivered(ESP)
      // Without `thorough`, the watch stands still for hours between.
      const step = thorough(1, 7 * 60)
      for (let left = 1_435; left > 0; left -= step) {
        world.jump(Math.min(step, left) - 1)
        await world.pass(1)
      }
      world.evict()
      expect(await world.contain(block(ESP))).toMatchObject(VERIFIED)
      await world.pass(10)
      expect(await world.contain(block(ESP))).toMatchObject({ ok: true })
    })
  }, 120_000)

  it('of a network that the ESP publishes is refused, also if nothing ever came from it', async () => {
    const brevo = { provider: 'brevo', secrets: { bearer_token: 'a-token-of-the-containment-test' } }
    await inWorld(brevo, async (world) => {
      expect(await world.contain(block('1.179.112.0/24'))).toMatchObject({
        ok: false,
        code: 'network_published',
      })
      expect(await world.blocked()).toEqual([])
    })
  })

  it('is lifted at once if a delivery from its network is stored while it begins', async () => {
    await inWorld(DOCUMENT, async (world) => {
      world.beforeBegin = () => world.delivered(HOSTILE)
      expect(await world.contain(block())).toMatchObject(VERIFIED)
      expect(await world.blocked()).toEqual([])
    })
  })

  it('is lifted at once if nobody can tell any more whether one was', async () => {
    await inWorld(DOCUMENT, async (world) => {
      world.beforeBegin = async () => void (world.waitsIn = 'EVENTS')
      expect(await world.contain(block())).toMatchObject(UNSURE)
      expect(await world.blocked()).toEqual([])
    })
  })

  it.each([SHOP, NEWS])(
    'is lifted after the minute in which a delivery from its network is stored at %s',
    async (source) => {
      await inWorld(DOCUMENT, async (world) => {
        expect(await world.contain(block())).toMatchObject({ ok: true })
        await world.pass(2)
        expect(await world.blocked()).toEqual([HOSTILE])
        await world.delivered(HOSTILE, source)
        world.evict()
        await world.pass(1)
        expect(await world.blocked()).toEqual([])
        expect(await world.registry.sources.containments(null)).toMatchObject([{ liftedAtMs: world.nowMs }])
      })
    },
  )
})
