/** The ids under which a destination gets events and batches. */
import { describe, expect, it } from 'vitest'
import { batchId } from '../../src/destinations/send/body.ts'
import type { PersonalView } from '../../src/destinations/send/view.ts'
import type { DestinationConfig } from '../../src/registry/destinations/document.ts'
import { World } from './world.ts'

const down = () => new Response('no', { status: 500 })
const BATCH: Partial<DestinationConfig> = { batch: { max_events: 2, max_wait_seconds: 0 } }

/** The ids that `app` gets of these. */
const idsAtApp = ({ store }: World, stored: readonly string[], personal: PersonalView): Promise<string[]> =>
  Promise.all(stored.map(async (id) => (personal === 'full' ? id : store.ids('destination app').of(id))))

describe.each([{}, BATCH])('a destination (%j)', (config) => {
  it.each(['full', 'pseudonym', 'none'] as const)('gets the ids that its setting allows: %s', async (personal) => {
    const world = await World.open({ ...config, personal })
    const stored = await world.happen(2)
    await world.run()
    const ids = await idsAtApp(world, stored, personal)
    expect(world.ids()).toEqual(ids)
    expect(world.received.map(({ id }) => id)).toEqual(config === BATCH ? [await batchId(ids)] : ids)
    const all = JSON.stringify(world.received.map(({ id, text }) => [id, text]))
    expect(stored.every((id) => all.includes(id))).toBe(personal === 'full')
  }) // prettier-ignore

  it.each(['full', 'pseudonym', 'none'] as const)('gets an id with an address in it as its setting allows: %s', async (personal) => {
    const world = await World.open({ ...config, personal })
    await world.happen(1, { recipient: 'ada@example.com', message_id: 'to-ada=example.com@esp.example' })
    await world.run()
    const [{ text } = { text: '' }] = world.received
    expect(text.includes('to-ada=example.com@')).toBe(personal === 'full')
    expect(text.includes('"masked:')).toBe(personal !== 'full')
  }) // prettier-ignore

  it.each([
    ['full', 'none'],
    ['pseudonym', 'full'],
    ['none', 'pseudonym'],
  ] as const)(
    'gets what waits under the ids of its setting of today: %s, then %s',
    async (before, personal) => {
      const world = await World.open({ ...config, personal: before })
      world.endpoint = down
      const stored = await world.happen(2)
      await world.run()
      world.received.length = 0
      world.endpoint = () => new Response('ok')
      world.config = { ...world.config, personal }
      await world.runAll()
      const ids = await idsAtApp(world, stored, personal)
      expect(world.ids().toSorted()).toEqual(ids.toSorted())
      expect(world.received.map(({ id }) => id).toSorted()).toEqual(
        config === BATCH ? [await batchId(ids)] : ids.toSorted(),
      )
      expect(await world.inside(async ({ state }) => state.missed)).toBe(0)
    },
  )
})
