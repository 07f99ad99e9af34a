/** Which store is asked, and what becomes of a delivery when it does not answer. */
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { admit, degradedOf } from '../../../src/gateway/guard/admit.ts'
import type { AdmitAnswer, AdmitRequest } from '../../../src/gateway/guard/contract.ts'
import { withClaim } from '../../../src/gateway/guard/with-claim.ts'
import { IsolateGuard } from '../../../src/gateway/guard/isolate.ts'
import type { GuardNamed, GuardStores } from '../../../src/gateway/guard/stores.ts'
import { type Outcome, pass } from '../../../src/gateway/outcome.ts'
import { SetupError } from '../../../src/platform/master-key.ts'
import { SourceConfigSchema } from '../../../src/registry/sources/document.ts'
import { digest } from './suite.ts'

const NOW_MS = 1_800_000_000_000

type Behaviour = AdmitAnswer | Error

interface Asked {
  readonly stores: GuardStores
  /** Calls of each store, in order. */
  readonly calls: string[]
}

/** Stores that answer one thing; `undefined` where there is none. */
function storesOf(object: Behaviour, redis: Behaviour | undefined): Asked {
  const calls: string[] = []
  const named =
    (store: string, behaviour: Behaviour): GuardNamed =>
    () => ({
      async admit() {
        calls.push(`${store} admit`)
        if (behaviour instanceof Error) throw behaviour
        return behaviour
      },
      async settle({ kept }) {
        calls.push(`${store} ${kept ? 'keep' : 'give back'}`)
        return true
      },
    })
  return {
    calls,
    stores: {
      object: named('object', object),
      redis: redis === undefined ? undefined : named('redis', redis),
      isolate: new IsolateGuard(),
    },
  }
}

const source = (settings: Record<string, unknown>) => ({
  name: 'shop',
  version: 1,
  config: v.parse(SourceConfigSchema, { provider: 'generic', ...settings }),
  secrets: {},
})

const claimOf = (singleUse: boolean) => ({
  fingerprint: digest(1),
  body: singleUse ? digest(2) : '',
  signedAtSeconds: NOW_MS / 1_000 - 900,
  guard: 'shop#0',
})

/** Part of a claim that goes to the guard. */
const claimed = (singleUse: boolean) => {
  const { guard: _guard, ...asked } = claimOf(singleUse)
  return asked
}

const YES: AdmitAnswer = { verdict: 'admitted', lease: 1, sourceVersion: 1 }
const COPY: AdmitAnswer = { verdict: 'duplicate', sourceVersion: 1 }
const TOO_OLD: AdmitAnswer = { verdict: 'too_old', windowSeconds: 600, sourceVersion: 1 }
const REUSED: AdmitAnswer = { verdict: 'token_reused', sourceVersion: 1 }
const DOWN = Object.assign(new Error('gone'), { name: 'Gone' })
const OVERLOADED = Object.assign(new Error('busy'), { name: 'Busy', overloaded: true, retryable: true })
const HICCUP = Object.assign(new Error('reset'), { name: 'Reset', retryable: true })
const SILENT = Object.assign(new Error('late'), { name: 'TimeoutError' })

const ASK = { object: 'object admit', redis: 'redis admit' }

describe('a claim', () => {
  it.each([
    ['the object is up', {}, YES, YES, false, [ASK.object], 'admitted', null],
    ['the object is down', {}, DOWN, YES, false, [ASK.object, ASK.redis], 'admitted', 'failover:Gone'],
    ['the object may be retried', {}, HICCUP, YES, false, [ASK.object, ASK.object, ASK.redis], 'admitted', 'failover:Reset'],
    ['the object is overloaded', {}, OVERLOADED, YES, false, [ASK.object, ASK.redis], 'admitted', 'failover:Busy'],
    ['the object is down, and Redis has seen it', {}, DOWN, COPY, false, [ASK.object, ASK.redis], 'duplicate', 'failover:Gone'],
    ['the object is down, there is no Redis', {}, DOWN, undefined, false, [ASK.object], 'degraded', 'guard_down:Gone'],
    ['both are down', {}, DOWN, SILENT, false, [ASK.object, ASK.redis], 'degraded', 'guard_down:Gone'],
    ['both are down, and it may not come in', { whenGuardDown: 'refuse' }, DOWN, SILENT, false, [ASK.object, ASK.redis], 'guard_unavailable', null],
    ['Redis is first, and up', { guardStore: 'redis' }, YES, YES, false, [ASK.redis], 'admitted', null],
    ['Redis is first, and silent', { guardStore: 'redis' }, YES, SILENT, false, [ASK.redis], 'degraded', 'guard_down:TimeoutError'],
    ['Redis is first, silent, at level maximum', { guardStore: 'redis', level: 'maximum' }, YES, SILENT, false, [ASK.redis], 'guard_unavailable', null],
    ['single use, the object is up', {}, YES, YES, true, [ASK.object], 'admitted', null],
    ['single use, the object is down', { whenGuardDown: 'admit' }, DOWN, YES, true, [ASK.object], 'guard_unavailable', null],
    ['single use, older than what is remembered', {}, TOO_OLD, undefined, true, [ASK.object], 'timestamp_outside_window', null],
    ['single use, Redis is first', { guardStore: 'redis' }, REUSED, YES, true, [ASK.object], 'token_reused', null],
  ] as const)('is taken where it may be: %s', async (_what, settings, object, redis, singleUse, asked, end, degraded) => {
    const { calls, stores } = storesOf(object, redis)
    const outcome = await admit(claimOf(singleUse), source(settings), 600, NOW_MS, stores)
    expect(calls).toEqual(asked)
    expect(outcome.ok ? outcome.value.kind : outcome.refusal.code).toBe(end)
    expect(outcome.ok ? degradedOf(outcome.value) : null).toBe(degraded)
  }) // prettier-ignore

  it.each([
    ['object', YES, undefined, {}],
    ['redis', DOWN, YES, {}],
    ['redis', DOWN, YES, { guardStore: 'redis' }],
  ] as const)('is settled in the store that gave it: %s', async (store, object, redis, settings) => {
    for (const [taken, word] of [
      [true, 'keep'],
      [false, 'give back'],
    ] as const) {
      const { calls, stores } = storesOf(object, redis)
      const admission = await admit(claimOf(false), source(settings), 600, NOW_MS, stores)
      if (!admission.ok) throw new Error('refused')
      calls.length = 0
      await withClaim<Outcome<string>>(
        claimOf(false),
        admission.value,
        stores,
        async () => (taken ? pass('taken') : { ok: false, refusal: { code: 'fault' } }),
        (outcome) => outcome,
      )
      expect(calls).toEqual([`${store} ${word}`])
    }
  })

  it.each([
    ['many shards', false, 4, 3],
    ['many shards, single use: all of them are in one', true, 4, 10],
    ['one shard', false, 1, 10],
  ])('asks its guard for its part of the quota, with %s', async (_what, singleUse, guardShards, limitPerMinute) => {
    const requests: AdmitRequest[] = []
    const { stores } = storesOf(YES, undefined)
    const object: GuardNamed = (name) => ({
      ...stores.object(name),
      async admit(request) {
        requests.push(request)
        return YES
      },
    })
    const settings = { ratePerMinute: 10, guardShards }
    await admit(claimOf(singleUse), source(settings), 600, NOW_MS, { ...stores, object })
    expect(requests).toEqual([
      { ...claimed(singleUse), nowMs: NOW_MS, memorySeconds: 600, limitPerMinute },
    ])
  }) // prettier-ignore

  it('that is older than what is remembered is refused with the numbers', async () => {
    const { stores } = storesOf(TOO_OLD, undefined)
    expect(await admit(claimOf(true), source({}), 600, NOW_MS, stores)).toEqual({
      ok: false,
      refusal: { code: 'timestamp_outside_window', ageSeconds: 900, windowSeconds: 600 },
    })
  })

  it('of a source that asks for Redis where there is none is no claim: the operator is told', async () => {
    const { stores } = storesOf(YES, undefined)
    const taking = admit(claimOf(false), source({ guardStore: 'redis' }), 600, NOW_MS, stores)
    await expect(taking).rejects.toThrow(SetupError)
    await expect(taking).rejects.toThrow(/UPSTASH_REDIS_REST_URL/)
  })

  it('is not stopped by a wrong setting of a Redis that only stands in', async () => {
    const { stores } = storesOf(DOWN, new SetupError('half a setting'))
    const outcome = await admit(claimOf(false), source({}), 600, NOW_MS, stores)
    expect(outcome).toMatchObject({ ok: true, value: { kind: 'degraded', fault: 'Gone' } })
  })
})
