/** Genuine deliveries that were signed long ago, or in the future: a recording, or a sender whose clock is wrong. */
import type { Probe } from '../probe.ts'
import { mustBeRefused, openSource } from './refused.ts'

const HOUR_SECONDS = 3_600

export const stale: Probe = {
  id: 'stale',
  title: 'A delivery that was signed outside of the replay window is refused.',
  severity: 'high',
  remedy:
    'Deploy an unchanged gateway of the newest version: npm run deploy. Leave replayWindowSeconds at its default.',
  needs: 'token',
  async *run(world) {
    const source = await openSource(world)
    const nowSeconds = Math.floor(world.nowMs() / 1_000)
    yield* mustBeRefused(world, [
      ['a delivery signed an hour ago', source.signed({ atSeconds: nowSeconds - HOUR_SECONDS })],
      ['a delivery signed ten years ago', source.signed({ atSeconds: nowSeconds - 87_600 * HOUR_SECONDS })],
      ['a delivery signed in an hour', source.signed({ atSeconds: nowSeconds + HOUR_SECONDS })],
    ])
  },
}
