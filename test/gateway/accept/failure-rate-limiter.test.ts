import { describe, expect, it } from 'vitest'
import { FailureRateLimiter } from '../../../src/gateway/accept/failure-rate-limiter.ts'

const NOW_MS = 1_800_000_000_000

/** As the edge counts: failures of each key, up to a limit. */
function limiter(limit: number) {
  const counts = new Map<string, number>()
  const count = async (key: string): Promise<boolean> => {
    counts.set(key, 1 + (counts.get(key) ?? 0))
    return (counts.get(key) ?? 0) <= limit
  }
  return { counts, count }
}

/** How many of the failures passed, of a limit of 3 a client and 20 a site. */
async function passed(failures: number, addressOf: (i: number) => string): Promise<number> {
  const failureLimiter = new FailureRateLimiter(limiter(3).count, limiter(20).count)
  let count = 0
  for (let i = 0; i < failures; i++) if (!(await failureLimiter.noteFailure(addressOf(i), NOW_MS))) count++
  return count
}

describe('failures are limited', () => {
  it.each<[string, (i: number) => string, number]>([
    ['by IPv4 address', () => '192.0.2.9', 3],
    ['by /64, whichever of its addresses', (i) => `2001:db8:7:7::${i.toString(16)}`, 3],
    ['by /48, whichever of its /64', (i) => `2001:db8:7:${i.toString(16)}::1`, 20],
    ['by /24, whichever of its addresses', (i) => `192.0.2.${i}`, 20],
    ['for each site by itself', (i) => `2001:db8:${i.toString(16)}::1`, 200],
    ['alike where IPv4 comes mapped', (i) => (i % 2 === 0 ? '192.0.2.9' : '::ffff:192.0.2.9'), 3],
  ])('%s', async (_what, addressOf, count) => {
    expect(await passed(200, addressOf)).toBe(count)
  })

  it('for a minute, in which the edge is not asked again', async () => {
    const client = limiter(1)
    const failureLimiter = new FailureRateLimiter(client.count, limiter(20).count)
    for (let i = 0; i < 50; i++) await failureLimiter.noteFailure('192.0.2.9', NOW_MS)
    expect([...client.counts]).toEqual([['192.0.2.9/32', 2]])
    client.counts.clear()
    expect(await failureLimiter.noteFailure('192.0.2.9', NOW_MS + 59_999)).toBe(true)
    expect(await failureLimiter.noteFailure('192.0.2.9', NOW_MS + 60_000)).toBe(false)
  })

  it('not without an address, and not while the limiter is down', async () => {
    const down = () => Promise.reject(new Error('down'))
    expect(await new FailureRateLimiter(limiter(0).count, limiter(0).count).noteFailure(null, NOW_MS)).toBe(
      false,
    )
    expect(await new FailureRateLimiter(down, down).noteFailure('192.0.2.9', NOW_MS)).toBe(false)
    expect(await new FailureRateLimiter(down, limiter(0).count).noteFailure('192.0.2.9', NOW_MS)).toBe(true)
  })
})
