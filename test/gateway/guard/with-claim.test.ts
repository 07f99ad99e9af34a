import { describe, expect, it } from 'vitest'
import type { Admission } from '../../../src/gateway/guard/admit.ts'
import type { Claim } from '../../../src/gateway/guard/claim.ts'
import type { SettleRequest } from '../../../src/gateway/guard/contract.ts'
import { withClaim } from '../../../src/gateway/guard/with-claim.ts'
import { IsolateGuard } from '../../../src/gateway/guard/isolate.ts'
import { type Outcome, pass, refuse } from '../../../src/gateway/outcome.ts'
import { digest } from './suite.ts'

const NOTHING = ''
const ADMITTED: Admission = {
  kind: 'admitted',
  store: 'object',
  fault: null,
  lease: 7,
  sourceVersion: 1,
  atSeconds: 0,
}

/** Settlements that the guard has received by the time at which the answer goes out. */
async function heard(body: Claim['body'], work: () => Promise<unknown>): Promise<SettleRequest[]> {
  const settled: SettleRequest[] = []
  const guard = {
    admit: () => Promise.reject(new Error('is admitted already')),
    async settle(request: SettleRequest) {
      settled.push(request)
      return true
    },
  }
  const claim: Claim = { fingerprint: digest(1), body, signedAtSeconds: 0, guard: 'shop#0' }
  const stores = { object: () => guard, redis: undefined, isolate: new IsolateGuard() }
  await withClaim(claim, ADMITTED, stores, work as () => Promise<ReturnType<typeof pass>>, sameOutcome).catch(
    () => undefined,
  )
  return settled
}

const sameOutcome = <T>(outcome: T): T => outcome

describe('a claim that could not be written', () => {
  it.each([
    ['is no 200 if its token is good for one body', digest(9), { ok: false }],
    ['is a 200 otherwise: the consumer drops a copy', NOTHING, { ok: true }],
  ])('%s', async (_what, body, expected) => {
    for (const settle of [async () => false, () => Promise.reject(new Error('the object does not answer'))]) {
      const guard = { admit: () => Promise.reject(new Error('is admitted already')), settle }
      const claim: Claim = { fingerprint: digest(1), body, signedAtSeconds: 0, guard: 'shop#0' }
      const stores = { object: () => guard, redis: undefined, isolate: new IsolateGuard() }
      const done = await withClaim<Outcome<number>>(
        claim,
        ADMITTED,
        stores,
        async () => pass(1),
        () => refuse({ code: 'guard_unavailable' }),
      )
      expect(done).toMatchObject(expected)
    }
  })
})

describe('a claim that is held', () => {
  it.each([
    [
      'is kept by a deferrable settle when the queue has everything',
      NOTHING,
      async () => pass(1),
      true,
      true,
    ],
    // Another body with the same token must not be admitted while the settle is on its way to the guard.
    ['is kept at once when its token is good for one body', digest(9), async () => pass(1), true, false],
    [
      'is given back at once when the queue refused',
      NOTHING,
      async () => refuse({ code: 'fault' }),
      false,
      false,
    ],
    ['is given back at once after a fault', NOTHING, () => Promise.reject(new Error('died')), false, false],
  ])('%s', async (_what, body, work, kept, deferrable) => {
    expect(await heard(body, work)).toEqual([{ fingerprint: digest(1), lease: 7, kept, deferrable }])
  })
})
