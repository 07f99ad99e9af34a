/** Configurations of an environment, and the order of the Workers. No network. */
import { rm, writeFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { type Configuration, readCommitted } from '../../../scripts/deploy/configuration/committed.ts'
import { generate } from '../../../scripts/deploy/configuration/generate.ts'
import { classId, uploadOrder } from '../../../scripts/deploy/configuration/order.ts'
import { resourcesOf } from '../../../scripts/deploy/configuration/resources.ts'
import { codeHash, configurations } from '../../../scripts/deploy/configuration/write.ts'
import type { DeployedWorker } from '../../../scripts/deploy/account/workers.ts'
import { placementOf } from '../../../scripts/deploy/plan.ts'
import { checkEnvironment, environmentNamed } from '../../../scripts/deploy/environment.ts'
import { ROOT } from '../../../scripts/workers.ts'
import type { WorkerName } from '../../../src/platform/worker-names.ts'

const allOf = (name: string) => configurations(environmentNamed(name), {})

/** Names of all things of the account. */
const namesIn = (all: ReadonlyMap<WorkerName, Configuration>): string[] => {
  const { queues, buckets, database } = resourcesOf(all)
  const rates = [...all.values()].flatMap(({ ratelimits }) => (ratelimits ?? []).map((r) => r.namespace_id))
  return [...[...all.values()].map(({ name }) => name), ...queues, ...buckets, database.name, ...rates]
}

it('the hash of the code does not count generated files, which a fresh clone lacks', async () => {
  const file = `${ROOT}src/console/client/app.client.${crypto.randomUUID()}`
  const before = await codeHash({} as Configuration)
  await writeFile(file, 'generated')
  try {
    expect(await codeHash({} as Configuration)).toBe(before)
  } finally {
    await rm(file)
  }
})

describe('an environment', () => {
  it('shares no name with another', async () => {
    const production = namesIn(await allOf('production'))
    const staging = namesIn(await allOf('staging'))
    expect(staging).toHaveLength(production.length)
    expect(staging.filter((name) => production.includes(name))).toEqual([])
    expect(staging.filter((name) => !/-staging$|^\d+$/.test(name))).toEqual([])
  })

  it.each([
    ['dead', true],
    ['dead-b', true],
    ['deadline', false],
    ['production', false],
  ])('named %s has a part of another name: %s', (name, isRefused) => {
    const check = () => checkEnvironment(environmentNamed(name), ['postern-x', 'postern-x-dead'])
    if (isRefused) expect(check).toThrow(/names of production end in -dead/)
    else check()
  })

  it('has objects in Workers of its own', async () => {
    const hosts = [...(await allOf('staging')).values()].flatMap(({ durable_objects: objects }) =>
      (objects?.bindings ?? []).flatMap(({ script_name: host }) => host ?? []),
    )
    expect(new Set(hosts)).toEqual(new Set(['postern-gateway-staging', 'postern-consumer-staging']))
  })

  it.each(['', 'Staging', '-a', 'a-', 'a_b', 'a'.repeat(25), '../x'])('is not named %j', (name) => {
    expect(() => environmentNamed(name)).toThrow(/--env must be/)
  })

  it('keeps the binding that sends mail, which an operator adds', async () => {
    const [gateway] = await readCommitted()
    if (gateway === undefined) throw new Error('none')
    const changed = {
      ...gateway,
      configuration: { ...gateway.configuration, send_email: [{ name: 'MAIL' }] },
    }
    const decided = {
      domain: undefined,
      keepsWorkersDev: false,
      isFree: false,
      vars: {},
      jurisdictions: new Map(),
    }
    const made = generate(changed, environmentNamed('staging'), decided, '/tmp')
    expect(made['send_email']).toEqual([{ name: 'MAIL' }])
  })

  it('refuses a key that nobody has thought of', async () => {
    const [gateway] = await readCommitted()
    if (gateway === undefined) throw new Error('none')
    const changed = { ...gateway, configuration: { ...gateway.configuration, hyperdrive: [] } }
    const decided = {
      domain: undefined,
      keepsWorkersDev: false,
      isFree: false,
      vars: {},
      jurisdictions: new Map(),
    }
    expect(() => generate(changed, environmentNamed('staging'), decided, '/tmp')).toThrow(
      /has hyperdrive: add/,
    )
  })
})

describe('the platform', () => {
  it('runs few batches at once against the one database', async () => {
    const consumers = [...(await allOf('production')).values()].flatMap(
      ({ queues }) => queues?.consumers ?? [],
    )
    const most = consumers.map(({ max_concurrency: n = Infinity }) => n)
    expect(most).toHaveLength(4)
    expect(most.reduce((a, b) => a + b)).toBeLessThanOrEqual(10)
  })

  it.each(['gateway', 'consumer', 'console'] as const)(
    'lets the %s call hosts of its own zone',
    async (worker) => {
      expect((await allOf('production')).get(worker)?.['compatibility_flags']).toContain(
        'global_fetch_strictly_public',
      )
    },
  )

  it.each([
    ['paid', false, { cpu_ms: 10_000 }],
    // Cloudflare refuses the upload else (code 100328).
    ['free', true, undefined],
  ])('bounds the processor time of the gateway on the %s plan alone', async (_plan, isFree, expected) => {
    const all = await configurations(environmentNamed('production'), { isFree })
    expect([...all.values()].map(({ limits }) => limits)).toEqual([expected, undefined, undefined])
  })

  it('replaces objects soon after a deployment, in each Worker that has some', async () => {
    for (const { exports, durable_objects: objects } of (await allOf('staging')).values())
      expect(objects?.code_update_strategy).toEqual(
        exports === undefined ? undefined : { mode: 'deferred', max_delay: 30 },
      )
  })
})

describe('the place of objects', () => {
  const EU = { OBJECTS_JURISDICTION: 'eu', OBJECTS_LOCATION: 'weur' }
  type Vars = Readonly<Record<string, string>>
  it.each<[what: string, deployed: Vars[], asked: (string | undefined)[], within: string, near: string]>([
    ['is where most ESPs are, if nothing is said', [], [], '', 'enam'],
    ['is in the EU if the deployment is', [], ['eu'], 'eu', 'weur'],
    ['is where a person says', [], ['eu', 'eeur'], 'eu', 'eeur'],
    ['stays', [EU, EU, EU], [], 'eu', 'weur'],
    ['stays after a run that was cut off', [EU], [], 'eu', 'weur'],
    ['can be another for objects that are made later', [EU, EU], ['eu', 'me'], 'eu', 'me'],
    // Other objects would be found, without sources and secrets.
    ['stays outside, if the objects were made before', [{}, { OBJECTS_JURISDICTION: '' }], ['eu'], '', ''],
  ])('%s', (_what, deployed, [jurisdiction, near], within, location) => {
    const workers = new Map(deployed.map((vars, i) => [String(i) as WorkerName, { vars } as DeployedWorker]))
    expect(placementOf({ workers }, jurisdiction, near)).toEqual({
      OBJECTS_JURISDICTION: within,
      OBJECTS_LOCATION: location,
    })
  })
})

describe('the order', () => {
  const existing = (all: ReadonlyMap<WorkerName, Configuration>, without?: string) =>
    new Set(
      [...all.values()].flatMap(({ name, exports = {} }) =>
        Object.keys(exports)
          .filter((className) => className !== without)
          .map((className) => classId(name, className)),
      ),
    )

  it('from nothing: hosts of classes before those who bind them', async () => {
    expect(uploadOrder(await allOf('production'), new Set())).toEqual(['gateway', 'consumer', 'console'])
  })

  it('of an upgrade: readers before writers', async () => {
    const all = await allOf('production')
    expect(uploadOrder(all, existing(all))).toEqual(['consumer', 'console', 'gateway'])
  })

  it('of an upgrade with a class that is new: only those who bind it wait', async () => {
    const all = new Map(await allOf('production'))
    const gateway = all.get('gateway') as Configuration
    const console = all.get('console') as Configuration
    const bindings = [
      ...(console.durable_objects?.bindings ?? []),
      { name: 'NEW', class_name: 'New', script_name: gateway.name },
    ]
    const added = { type: 'durable-object', storage: 'sqlite' }
    all.set('gateway', { ...gateway, exports: { ...gateway.exports, New: added } })
    all.set('console', { ...console, durable_objects: { bindings } })
    expect(uploadOrder(all, existing(all, 'New'))).toEqual(['consumer', 'gateway', 'console'])
  })

  it('does not exist where two wait for each other', async () => {
    const all = new Map(await allOf('production'))
    const gateway = all.get('gateway') as Configuration
    const bindings = [
      ...(gateway.durable_objects?.bindings ?? []),
      { name: 'DESTINATIONS', class_name: 'Destination', script_name: 'postern-consumer' },
    ]
    all.set('gateway', { ...gateway, durable_objects: { bindings } })
    expect(() => uploadOrder(all, new Set())).toThrow(/binds a class that another of them is about to add/)
  })
})
