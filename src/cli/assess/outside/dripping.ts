/** A body that comes a byte at a time, and never ends. */
import type { Probe } from '../probe.ts'
import { openSource } from './refused.ts'

/** The gateway reads for 30 s. */
const ENDED_WITHIN_MS = 45_000
const DRIP_MS = 1_000

export const dripping: Probe = {
  id: 'dripping',
  title: 'A body that does not end is given up.',
  severity: 'medium',
  remedy: 'Deploy an unchanged gateway. If a proxy of yours is in front, let it pass bodies on as they come.',
  needs: 'token',
  async *run(world) {
    const source = await openSource(world)
    const untilMs = world.nowMs() + ENDED_WITHIN_MS
    const answered = new AbortController()
    let isWhole = false
    async function* drip(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('[')
      while (!answered.signal.aborted && world.nowMs() < untilMs) {
        await world.sleep(DRIP_MS)
        yield Buffer.from(' ')
      }
      isWhole = !answered.signal.aborted
    }
    await world.deliver({ ...source.signed(), body: drip(), timeoutMs: ENDED_WITHIN_MS * 2 })
    answered.abort()
    if (isWhole)
      yield { evidence: `After ${ENDED_WITHIN_MS / 1_000} s of a byte a second, the gateway still reads.` }
  },
}
