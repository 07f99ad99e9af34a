/** The master key of all Workers is rotated under load by the command, and no delivery is lost. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { apiAt } from '../../src/cli/connection/api.ts'
import { marksOf } from '../../scripts/deploy/keys.ts'
import { rotate } from '../../scripts/deploy/rotate/rotate.ts'
import { bundle } from '../../scripts/local/bundle.ts'
import { jsonOf, send } from '../../src/simulator/http.ts'
import type { Module } from '../../scripts/local/runtime.ts'
import { ROOT, WORKERS } from '../../scripts/workers.ts'
import type { WorkerName } from '../../src/platform/worker-names.ts'
import { scriptWith } from '../scripts/deploy/fake/account.ts'
import { type Fake, startFake } from '../scripts/deploy/fake/index.ts'
import { depsOf, nobody } from '../scripts/deploy/fake/run.ts'
import { OBJECTS } from './entries/resettable.ts'
import {
  type Postern,
  type TestSource,
  WITH_DESTINATIONS,
  nowSeconds,
  simulated,
  startPostern,
  until,
} from './postern.ts'
import { Receiver } from './receiver.ts'
import { Statuses, startLoad } from './upgrade/load.ts'

/** The key at the start, both orders, and the new one alone. */
const COPIES = 4
const IN_PARALLEL = 4
const DELIVERIES_A_STEP = 10
const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const NEW_KEY = `v2:${Buffer.alloc(32, 2).toString('base64')}`

async function modules(name: WorkerName, entry: string): Promise<Module[]> {
  const config = WORKERS.find((worker) => worker.name === name)?.config ?? ''
  const classes = [...(await readFile(`${ROOT}${config}`, 'utf8')).matchAll(/^\[exports\.(\w+)\]$/gm)]
  const text = await bundle(entry)
  const copies = Array.from({ length: COPIES }, (_, i) => i)
  return [
    {
      name: `${name}.js`,
      text: [
        ...copies.map((i) => `import * as copy${i} from './${name}-${i}.js'`),
        `import { withKeys } from './with-keys.js'`,
        `const { handlers, classNamed } = withKeys([${copies.map((i) => `copy${i}`).join()}])`,
        'export default handlers',
        ...classes.map(([, className]) => `export const ${className} = classNamed('${className}')`),
      ].join('\n'),
    },
    ...copies.map((i) => ({ name: `${name}-${i}.js`, text })),
    { name: 'with-keys.js', text: await bundle(join(import.meta.dirname, 'entries/with-keys.ts')) },
  ]
}

let postern: Postern
let source: TestSource
let fake: Fake
const receiver = new Receiver()
beforeAll(async () => {
  fake = await startFake()
  postern = await startPostern({
    ...WITH_DESTINATIONS,
    ports: { gateway: 0, console: 0, consumer: 0 },
    modules,
  })
  source = await postern.source('sendgrid')
  receiver.secrets = [SECRET]
  await receiver.start()
})
afterAll(async () => {
  await fake.close()
  await postern.runtime.close()
  await receiver.stop()
})

const control = (worker: WorkerName, path: string, body: string) =>
  send(new URL(path, postern.runtime.url(worker)), { method: 'POST', headers: {}, body: Buffer.from(body) })

it('loses no delivery, and leaves nothing under the old key', async () => {
  const names = new Map<WorkerName, string>(WORKERS.map(({ name }) => [name, `postern-${name}`]))
  for (const [worker, name] of names) {
    const secrets = new Map(Object.entries(postern.secrets))
    const bindings = [
      { type: 'plain_text', name: 'CONSOLE_URL', text: postern.runtime.url('console').origin },
    ]
    const deployment = { id: worker, version: worker, annotations: {}, strategy: undefined, atMs: 0 }
    const script = scriptWith({ id: worker, bindings, secrets }, { deployments: [deployment] })
    fake.account.scripts.set(name, script)
  }
  await postern.console.put('/api/destinations/app', {
    url: receiver.url,
    start: 'oldest',
    secrets: { signing_secret: SECRET },
  })

  const sent: string[] = []
  const statuses = new Statuses()
  const load = startLoad(
    IN_PARALLEL,
    () => {
      const event = simulated()
      sent.push(event.recipient)
      return source.account.deliver([event], nowSeconds())
    },
    (request) => source.deliver(request),
    statuses,
  )
  const more = async (): Promise<void> => {
    const target = load.accepted() + DELIVERIES_A_STEP
    await until(async () => load.accepted() >= target)
  }
  await more()

  const { api: real } = depsOf(fake)
  const person = nobody()
  await rotate(
    {
      api: {
        ...real,
        // A changed secret reaches the Worker at once, and its objects when they start again.
        async put(path, body) {
          await real.put(path, body)
          const worker = /postern-(\w+)/.exec(path)?.[1] as WorkerName
          await control(worker, '/master-key', (body as { text: string }).text)
          await more()
        },
      },
      consoleAt: async () => apiAt(postern.runtime.url('console'), postern.secrets.ADMIN_TOKEN),
      person,
      variables: { MASTER_KEY: postern.secrets.MASTER_KEY, NEW_MASTER_KEY: NEW_KEY },
      nowMs: Date.now,
      async pause() {
        await more()
        for (const worker of ['gateway', 'consumer'] as const)
          await control(worker, '/reset', JSON.stringify(OBJECTS[worker]))
        await more()
      },
    },
    { names, yes: true, removeNow: true },
  )
  await more()
  await load.end()

  await until(async () => (await postern.events(source.name)).length >= sent.length)
  const stored = await postern.settledAt(source.name, sent.length)
  expect(stored).toHaveLength(sent.length)
  expect(new Set(stored.map(({ recipient }) => recipient))).toEqual(new Set(sent))
  expect(jsonOf(await postern.console.get('/api/dead-letters'))).toMatchObject({ dead_letters: [] })
  const mark = await marksOf(NEW_KEY)
  expect(jsonOf(await postern.console.get('/api/health'))).toMatchObject({
    master_keys: ['gateway', 'consumer', 'console'].map((worker) => ({
      worker,
      keys: [mark],
      unreadable: [],
    })),
  })
  const { resting } = jsonOf(await postern.console.get('/api/master-key')) as {
    resting: { by_version: Record<string, number> }[]
  }
  expect([...new Set(resting.flatMap(({ by_version: by }) => Object.keys(by)))]).toEqual(['2'])
  expect(jsonOf(await postern.console.get('/api/audit/verify'))).toMatchObject({ ok: true })
  const ids = new Set(stored.map(({ id }) => id))
  await until(async () => {
    await postern.console.post('/api/destinations/app/waiting/retry', {})
    await sleep(100)
    return receiver.accepted.size >= ids.size
  }, 60_000)
  expect(new Set(receiver.accepted.keys())).toEqual(ids)
  expect([...statuses.counts.keys()].filter((status) => status !== 'accepted' && status !== '503')).toEqual(
    [],
  )
  expect(person.printed.at(-1)).toContain(`Done: ${mark} is the only key.`)
  process.stderr.write(
    `Rotation under load: ${load.accepted()} deliveries accepted, ${statuses.retried} retried; ${ids.size} stored and delivered; dead letters 0.\n`,
  )
}, 300_000)
