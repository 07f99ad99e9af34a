/** Every test file finds empty storage, as in a runtime of its own. So files can share a runtime, whose start took longer than most. */
import { type DurableObject, env } from 'cloudflare:workers'
import { reset } from 'cloudflare:test'
import type { Registry } from '../../src/registry/registry.ts'

/** The compiler names a member that is missing below. */
type Member = Exclude<keyof Registry, keyof DurableObject>

/**
 * Vitest's wrapper around an object lets a test reach one property at a time. So a member of the registry is fetched before its
 * call: two round trips in place of one.
 */
const MEMBERS = {
  sources: true,
  destinations: true,
  channels: true,
  configuration: true,
  secrets: true,
  containments: true,
  operators: true,
  idempotency: true,
  audit: true,
  backups: true,
  drills: true,
  masterKeys: true,
  retention: true,
  erasures: true,
  snapshots: true,
} satisfies Record<Member, true>

const { REGISTRY } = env
if (!Object.hasOwn(REGISTRY, 'getByName')) {
  const getByName = REGISTRY.getByName.bind(REGISTRY)
  const member = (name: string, noun: Member) =>
    new Proxy(
      {},
      {
        get:
          (_, call) =>
          async (...args: unknown[]) => {
            using calls = (await getByName(name)[noun]) as unknown as Disposable
            const called = Reflect.get(calls, call) as (...args: unknown[]) => Promise<unknown>
            return await called(...args)
          },
      },
    )
  Object.assign(REGISTRY, {
    getByName: (name: string) =>
      Object.assign(
        getByName(name),
        Object.fromEntries(Object.keys(MEMBERS).map((noun) => [noun, member(name, noun as Member)])),
      ),
  })
}

/** Work that the file before has left behind can write once more after a reset: one file in ten begins so. */
const RESETS_MAX = 5

const tables = `SELECT count(*) AS n FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'`

/** Every change of the registry is a line of its audit log. Objects other than it and the refusal log have names of their own in each file. */
const changesOfRegistry = async (): Promise<number> =>
  (await REGISTRY.getByName('registry').audit.heads()).head.seq

async function isEmpty(): Promise<boolean> {
  const [changes, refusals, store, ...buckets] = await Promise.all([
    changesOfRegistry(),
    env.REFUSALS.getByName('refusals').latest({ limit: 1 }),
    env.STORE.prepare(tables).first<{ n: number }>(),
    ...[env.BACKUPS, env.LARGE, env.ARCHIVE].map((bucket) => bucket.list({ limit: 1 })),
  ])
  return (
    changes === 0 &&
    refusals.length === 0 &&
    buckets.every(({ objects }) => objects.length === 0) &&
    store?.n === 0
  )
}

for (let resets = 1; ; resets++) {
  await reset()
  if (await isEmpty()) break
  if (resets === RESETS_MAX) throw new Error('the storage of the file before is still there')
}
