/**
 * Tries to make us refuse the ESP: an attacker sends wrong proofs from, beside and around the networks that the ESP uses or publishes, in
 * any order with its deliveries, whatever is evicted and however long the watch stands still. Policies block; people block by hand.
 */
import fc from 'fast-check'
import { afterAll, expect, it } from 'vitest'
import { overlaps, parseNetwork } from '../../../src/platform/network.ts'
import { thorough } from '../../support/thorough.ts'
import { NEWS, SHOP, type World, block, inWorld } from './world.ts'

const POLICY = { bruteForce: 'block', bruteForceSpread: 'block', bruteForceSlow: 'block', replay: 'block' }
const SHOP_DOCUMENT = {
  provider: 'brevo',
  allowedIps: ['198.51.100.0/28', '2001:db8:7::/48'],
  containment: POLICY,
  secrets: { bearer_token: 'a-token-of-the-containment-test' },
}

/** Networks that Brevo publishes and the source allows. */
const PUBLISHED = ['1.179.112.0/20', '172.246.240.0/20', ...SHOP_DOCUMENT.allowedIps]

const network = fc.oneof(
  // The ESP's own, and what it publishes.
  fc.constantFrom('192.0.2.0/24', '192.0.3.0/24', '2001:db8:1::/48', '1.179.112.0/24', '198.51.100.0/24'),
  // Beside and around it.
  fc.constantFrom('192.0.1.0/24', '192.0.4.0/24', '2001:db8:2::/48', '1.179.128.0/24', '2001:db8:7::/48'),
  // From anywhere.
  fc.integer({ min: 0, max: 3 }).map((n) => `203.0.${n}.0/24`),
)

/** Parts of networks, and other spellings, that a person may type. */
const typed = fc.oneof(
  network,
  fc.constantFrom(
    '192.0.2.9',
    '192.0.2.128/25',
    '::ffff:192.0.2.9',
    '::ffff:c000:209/128',
    '2001:db8:1:5::/64',
    '2001:db8:1::1',
    '1.179.113.7',
    '198.51.100.3',
    '0.0.0.0/0',
    '::ffff:0:0/96',
  ),
)

type Step =
  | { readonly do: 'deliver'; readonly network: string; readonly source: string }
  | { readonly do: 'attack'; readonly network: string; readonly count: number }
  | { readonly do: 'block'; readonly network: string; readonly isRaced: boolean }
  | { readonly do: 'evict' }
  | { readonly do: 'pass'; readonly minutes: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('deliver'), network, source: fc.constantFrom(SHOP, NEWS) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('attack'), network, count: fc.constantFrom(2, 15, 600) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('block'), network: typed, isRaced: fc.boolean() }) },
  { weight: 1, arbitrary: fc.constant({ do: 'evict' }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('pass'), minutes: fc.constantFrom(1, 1, 2, 5) }) },
) as fc.Arbitrary<Step>

/** Blocks that were seen, so that a test in which nothing is ever blocked does not pass. */
let blocks = 0

async function play(world: World, steps: readonly Step[]): Promise<void> {
  const used = new Set<string>()
  for (const one of steps) {
    if (one.do === 'deliver') {
      // A gateway that refuses the network would not have accepted it.
      if ((await world.blocked(one.source)).some((blocked) => touches(blocked, one.network))) continue
      await world.delivered(one.network, one.source)
      used.add(one.network)
      await world.pass(1)
    } else if (one.do === 'attack') world.attacked(one.network, one.count)
    else if (one.do === 'block') {
      const raced = '192.0.2.0/24'
      world.beforeBegin = async () => {
        if (!one.isRaced) return
        used.add(raced)
        await world.delivered(raced, NEWS)
      }
      const result = await world.contain(block(one.network))
      world.beforeBegin = async () => undefined
      if (result.ok && one.isRaced) expect(touches(one.network, raced)).toBe(false)
      // Another block that the delivery touches is lifted after its minute.
      if (one.isRaced) await world.pass(1)
    } else if (one.do === 'evict') world.evict()
    else await world.pass(one.minutes)
    const now = await world.blocked()
    blocks += now.length
    for (const esp of [...used, ...PUBLISHED])
      expect(now.filter((blocked) => touches(blocked, esp))).toEqual([])
  }
  expect(world.logged).toEqual([])
}

function touches(one: string, other: string): boolean {
  const [a, b] = [parseNetwork(one), parseNetwork(other)]
  if (a === undefined || b === undefined) throw new TypeError(`no network: ${one} ${other}`)
  return overlaps(a, b)
}

it('no network that the ESP used today or publishes is ever blocked', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 20 }), (steps) =>
      inWorld(SHOP_DOCUMENT, (world) => play(world, steps)),
    ),
    { numRuns: thorough(60, 6) },
  )
}, 280_000)

afterAll(() => expect(blocks).toBeGreaterThan(0))
