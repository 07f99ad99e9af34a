/** A double of the namespaces: a local runtime has no jurisdictions, and ignores hints. */
import {
  applyD1Migrations,
  createExecutionContext,
  createMessageBatch,
  getQueueResult,
  runInDurableObject,
} from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import * as consumer from '../../src/consumer/index.ts'
import * as gateway from '../../src/gateway/index.ts'
import { NOON_MS, contentsOf, mailEvent } from '../support/mail-events.ts'
import { inlineEnvelope } from '../support/queue.ts'
import { placed } from '../../src/platform/placement.ts'

/** A namespace that notes which stubs were made of it. */
function watched(answers: object = {}, within = 'anywhere', made: unknown[][] = []) {
  const namespace = {
    made,
    getByName(name: string, options?: object) {
      made.push([within, name, options])
      return answers
    },
    idFromName: (name: string) => `${within}/${name}`,
    jurisdiction: (where: string): unknown => watched(answers, where, made),
  }
  return namespace
}

beforeAll(() => applyD1Migrations(env.STORE, env.MIGRATIONS))

/** Without the real namespaces. */
const OTHERS = { MASTER_KEY: env.MASTER_KEY, STORE: env.STORE, LARGE: env.LARGE, ARCHIVE: env.ARCHIVE }
const EU = { OBJECTS_JURISDICTION: 'eu', OBJECTS_LOCATION: 'weur' }
const HINT = { locationHint: 'weur' }

describe('an environment', () => {
  it.each<[string, object, unknown[], string]>([
    [
      'without a place',
      { OBJECTS_JURISDICTION: '', OBJECTS_LOCATION: '' },
      ['anywhere', 'a', undefined],
      'anywhere/a',
    ],
    ['of an older version, without the variables', {}, ['anywhere', 'a', undefined], 'anywhere/a'],
    ['with a hint', { OBJECTS_LOCATION: 'weur' }, ['anywhere', 'a', HINT], 'anywhere/a'],
    ['with a jurisdiction', { OBJECTS_JURISDICTION: 'eu' }, ['eu', 'a', undefined], 'eu/a'],
    ['with both', EU, ['eu', 'a', HINT], 'eu/a'],
  ])('%s makes its stubs there', (_what, vars, stub, id) => {
    const REGISTRY = watched()
    const here = placed({ ...vars, REGISTRY, MASTER_KEY: 'k', STORE: { prepare: () => 1 } })
    here.REGISTRY.getByName('a')
    expect(REGISTRY.made).toEqual([stub])
    expect(here.REGISTRY.idFromName('a')).toBe(id)
    expect([here.MASTER_KEY, here.STORE.prepare()]).toEqual(['k', 1])
  })

  it('gives the same result each time, since isolates remember by it', () => {
    const one = { ...EU, REGISTRY: watched() }
    expect(placed(one)).toBe(placed(one))
  })
})

it.each(Object.entries({ ...gateway, ...consumer }).filter(([name]) => name !== 'default'))(
  'objects of the class %s make their stubs there',
  async (_name, exported) => {
    const Made = exported as unknown as new (
      ctx: DurableObjectState,
      env: object,
    ) => { env: { PROBE: Probe } }
    type Probe = ReturnType<typeof watched>
    const PROBE = watched()
    const bindings = { ...OTHERS, ...EU, PROBE }
    await runInDurableObject(env.EMPTY.getByName(crypto.randomUUID()), (_, state) => {
      new Made(state, bindings).env.PROBE.getByName('a')
    })
    expect(PROBE.made).toEqual([['eu', 'a', HINT]])
  },
)

it('the consumer makes its stubs there', async () => {
  const REGISTRY = watched({ erasures: { newest: async () => 0 } })
  const INCIDENTS = watched({ wake: async () => undefined })
  const contents = contentsOf([await mailEvent({ type: 'email.spam_reported', atMs: NOON_MS })])
  const body = await inlineEnvelope(contents)
  const batch = createMessageBatch('postern-events', [{ id: 'a', timestamp: new Date(0), attempts: 1, body }])
  const context = createExecutionContext()
  const bindings = { ...OTHERS, ...EU, REGISTRY, INCIDENTS, DESTINATIONS: watched() }
  await consumer.default.queue(batch, bindings as never, context)
  await getQueueResult(batch, context)
  const made = [...REGISTRY.made, ...INCIDENTS.made]
  expect(made.length).toBeGreaterThan(0)
  expect(made.filter(([within]) => within !== 'eu')).toEqual([])
})

it('the gateway makes its stubs there', async () => {
  const REGISTRY = watched({ snapshots: { source: async () => undefined, sourceIndex: async () => null } })
  const COLLECTORS = watched({ report: async () => undefined })
  const context = { waitUntil: () => undefined, passThroughOnException: () => undefined }
  const request = new Request('https://gate.example/hooks/shop', { method: 'POST', body: '{}' })
  const bindings = { ...OTHERS, ...EU, REGISTRY, COLLECTORS, GUARD: watched() }
  await (gateway.default.fetch as (...given: unknown[]) => Promise<Response>)(request, bindings, context)
  expect(REGISTRY.made.length).toBeGreaterThan(0)
  expect(REGISTRY.made.filter(([within]) => within !== 'eu')).toEqual([])
})
