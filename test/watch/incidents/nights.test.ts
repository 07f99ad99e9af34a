/** Jobs of the night and buckets: what fails is told, and what goes on again is told as over. */
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { NOT_FINISHED } from '../../../src/watch/operations/facts.ts'
import { START, type World, inWorld } from './world.ts'

const MINUTE_MS = 60_000

const inQuietWorld = (work: (world: World) => Promise<void>): Promise<void> =>
  inWorld(async (world) => {
    world.nowMs = START * MINUTE_MS
    await world.put('ops')
    await world.pass(2, 20)
    expect(world.sent).toEqual([])
    await work(world)
  })

const down = {
  put: () => Promise.reject(new Error('put: We encountered an internal error. Please try again. (10001)')),
} as unknown as R2Bucket

/** Minutes until the first notice, and all of them. */
const told = (world: World, sinceMs: number) => ({
  minutes: ((world.sent[0]?.atMs ?? Infinity) - sinceMs) / MINUTE_MS,
  bodies: world.sent.map(({ body }) => body),
})

it(
  'tells within five minutes that R2 is down, and that it is over',
  () =>
    inQuietWorld(async (world) => {
      const sinceMs = world.nowMs
      world.large = down
      await world.pass(5, 20)
      const { minutes, bodies } = told(world, sinceMs)
      expect(bodies).toEqual([
        expect.stringContaining(
          'the bucket of large deliveries does not answer, or takes nothing, for 2 min',
        ),
      ])
      expect(minutes).toBeLessThan(5)
      world.large = env.LARGE
      await world.pass(70, 20)
      expect(world.sent.slice(1).map(({ body }) => body)).toEqual([expect.stringMatching(/resolved/i)])
    }),
  120_000,
)

it(
  'tells nobody of a bucket that fails for a minute',
  () =>
    inQuietWorld(async (world) => {
      world.large = down
      await world.pass(1, 20)
      world.large = env.LARGE
      await world.pass(5, 20)
      expect(world.sent).toEqual([])
    }),
  120_000,
)

it(
  'tells within three minutes that a job failed, also under another kind of fault, and that the next one ended',
  () =>
    inQuietWorld(async (world) => {
      const sinceMs = world.nowMs
      await world.object.noteJob('back_up', NOT_FINISHED)
      await world.object.noteJob('back_up', 'BackupIncomplete')
      await world.pass(5, 20)
      const { minutes, bodies } = told(world, sinceMs)
      expect(bodies).toEqual([expect.stringContaining('the job back_up failed (BackupIncomplete)')])
      expect(minutes).toBeLessThan(3)
      await world.object.noteJob('back_up', null)
      await world.pass(70, 20)
      expect(world.sent.slice(1).map(({ body }) => body)).toEqual([expect.stringMatching(/resolved/i)])
    }),
  120_000,
)

it(
  'tells that a job was ended in the middle, once no run can last any longer',
  () =>
    inQuietWorld(async (world) => {
      await world.object.noteJob('enforce_retention', NOT_FINISHED)
      await world.pass(15, 20)
      expect(world.sent).toEqual([])
      await world.pass(4, 20)
      expect(world.sent.map(({ body }) => body)).toEqual([
        expect.stringContaining('the job enforce_retention did not end'),
      ])
    }),
  120_000,
)

it.each([
  ['since the last one', true, true, 1],
  ['since the deployment', false, true, 1],
  ['under npm start, which has none', false, false, 0],
])(
  'tells that no night began %s',
  (_, hadOne, isDeployed, notices) =>
    inWorld(async (world) => {
      world.nowMs = START * MINUTE_MS
      world.isDeployed = isDeployed
      await world.put('ops')
      await world.pass(1)
      if (hadOne) for (const fault of [NOT_FINISHED, null]) await world.object.noteJob('back_up', fault)
      world.nowMs += 24 * 3_600_000
      await world.pass(25)
      expect(world.sent).toEqual([])
      await world.pass(8)
      expect(world.sent.map(({ body }) => body.includes('no jobs of the night began for 24 h'))).toEqual(
        Array.from({ length: notices }, () => true),
      )
    }),
  120_000,
)
