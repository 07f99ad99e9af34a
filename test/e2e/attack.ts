/** Wrong signatures of two networks, one of them with the ESP in it, until the watch has found them. */
import { expect } from 'vitest'
import type { MovedClock } from '../../scripts/local/moved-clock.ts'
import { jsonOf } from '../../src/simulator/http.ts'
import { signGeneric } from '../support/generic.ts'
import { type Postern, type TestSource, simulated, untilWatched } from './postern.ts'

const MINUTE_MS = 60_000

export async function attack(
  postern: Postern,
  clock: MovedClock,
  { name, account, deliver }: TestSource,
): Promise<void> {
  // All in one minute, also on a machine where each takes a second.
  await clock.forward(MINUTE_MS - (clock.nowMs() % MINUTE_MS))
  // A stored delivery wakes the watch.
  const genuine = await account.deliver([simulated()], clock.nowSeconds())
  const from = { ...genuine.headers, 'cf-connecting-ip': '198.51.100.7' }
  expect((await deliver({ ...genuine, headers: from })).status).toBe(200)
  const forge = async (_: unknown, i: number) => {
    const request = await account.deliver([simulated()], clock.nowSeconds())
    const { headers } = await signGeneric(request.body, 'not-the-secret-of-this-source', clock.nowSeconds())
    const forged = { ...headers, 'cf-connecting-ip': i < 20 ? '203.0.113.9' : '198.51.100.99' }
    expect((await deliver({ ...request, headers: forged })).status).toBe(401)
  }
  await Promise.all(Array.from({ length: 32 }, forge))
  const incidents = async () => {
    const answer = await postern.console.get(`/api/incidents?source=${name}`)
    return (jsonOf(answer) as { incidents: readonly unknown[] }).incidents
  }
  await untilWatched(clock, async () => (await incidents()).length > 0)
  expect(await incidents()).toMatchObject([{ kind: 'brute_force', state: 'open' }])
}
