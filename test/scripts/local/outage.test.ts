/** Bindings that fail while an outage lasts: of each kind, before its work or after it. */
import { afterEach, describe, expect, it } from 'vitest'
import { failing } from '../../../scripts/local/outage/bindings.ts'
import { OUTAGE_HEADER, OVER, type Outage, switchedBy } from '../../../scripts/local/outage/switch.ts'

const made: string[] = []
const work = (what: string) => async () => {
  made.push(what)
  return what
}

const statement = {
  bind: () => statement,
  first: work('D1'),
  run: work('D1'),
  all: work('D1'),
  raw: work('D1'),
}

const env = failing({
  MASTER_KEY: 'v1:key',
  GUARD: { getByName: () => ({ admit: work('guard') }) },
  REGISTRY: {
    idFromName: (name: string) => name,
    getByName: () => ({ channels: { put: work('registry') } }),
  },
  STORE: {
    prepare: () => statement,
    async batch(statements: readonly object[]) {
      // D1 takes its own statements alone.
      expect(statements).toEqual([statement])
      made.push('D1')
      return 'D1'
    },
  },
  EVENTS: { send: work('queue'), metrics: work('queue') },
  LARGE: { put: work('R2'), get: work('R2') },
})

const CALLS = [
  ['a guard', 'GUARD', 'guard', () => env.GUARD.getByName().admit()],
  ['a member of the registry', 'REGISTRY', 'registry', () => env.REGISTRY.getByName().channels.put()],
  ['a statement', 'STORE', 'D1', () => env.STORE.prepare().bind().first()],
  ['a statement without values', 'STORE', 'D1', () => env.STORE.prepare().all()],
  ['a transaction', 'STORE', 'D1', () => env.STORE.batch([env.STORE.prepare().bind()])],
  ['a queue', 'EVENTS', 'queue', () => env.EVENTS.send()],
  ['the backlog of a queue', 'EVENTS', 'queue', () => env.EVENTS.metrics()],
  ['a bucket', 'LARGE', 'R2', () => env.LARGE.put()],
] as const

const asked = (value: string) =>
  switchedBy(new Request('http://local/', { headers: { [OUTAGE_HEADER]: value } }))
const set = (binding: string, kind: Outage['kind']) => asked(JSON.stringify({ bindings: [binding], kind }))

afterEach(() => {
  asked(OVER)
  made.length = 0
})

describe.each(CALLS)('%s', (_what, binding, name, call) => {
  it('works without an outage', async () => {
    expect(await call()).toBe(name)
    expect(made).toEqual([name])
  })

  it('works while another part is down', async () => {
    set('OTHER', 'down')
    expect(await call()).toBe(name)
  })

  it('does nothing and fails if it is down', async () => {
    set(binding, 'down')
    await expect(call()).rejects.toThrow()
    expect(made).toEqual([])
  })

  it('does its work and fails if answers are lost', async () => {
    set(binding, 'answers_lost')
    await expect(call()).rejects.toThrow()
    expect(made).toEqual([name])
  })

  it('loses the answer of a call that is in flight when the outage begins', async () => {
    const called = call()
    set(binding, 'down')
    await expect(called).rejects.toThrow()
    expect(made).toEqual([name])
  })

  it('works again after it, and the failed calls were counted', async () => {
    set(binding, 'down')
    await call().catch(() => undefined)
    expect(await asked(OVER)?.json()).toEqual({ failedCalls: 1 })
    expect(await call()).toBe(name)
  })
})

describe('an environment', () => {
  it('keeps what is no binding of an outage', () => expect(env.MASTER_KEY).toBe('v1:key'))

  it('is wrapped once', () => {
    const one = { MASTER_KEY: 'v1:key' }
    expect(failing(one)).toBe(failing(one))
  })

  it('names an object without a call', async () => {
    set('REGISTRY', 'down')
    expect(env.REGISTRY.idFromName('registry')).toBe('registry')
  })

  it('is not waited for by mistake: a stub is no promise', async () => {
    const stub = env.GUARD.getByName()
    expect(await Promise.resolve(stub)).toBe(stub)
  })

  it('takes only what is meant for the switch', () =>
    expect(switchedBy(new Request('http://local/'))).toBeUndefined())
})
