/** A registry for one test: with one source, a clock that can be set, and recorded outbound requests. */
import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { SYSTEM } from '../../src/platform/system.ts'
import type { RegistryEnv } from '../../src/registry/env.ts'
import { Registry } from '../../src/registry/registry.ts'
import { WHO } from '../support/who.ts'

export const NOW_MS = 1_800_000_000_000
export const DAY_MS = 86_400_000

/** Answers outbound requests. */
export type Outside = (request: Request) => Promise<Response>

/** Parts of the platform that a test changes while a registry runs. */
interface World {
  clock: number
  outside: Outside
}

export class ClockedRegistry extends Registry {
  readonly world: World

  constructor(state: DurableObjectState, bindings: RegistryEnv) {
    const world: World = { clock: NOW_MS, outside: async () => new Response(null, { status: 200 }) }
    super(state, bindings, {
      ...SYSTEM,
      nowMs: () => world.clock,
      pause: async () => undefined,
      fetch: (input, init) => world.outside(new Request(input, init)),
    })
    this.world = world
  }

  rows<Row extends Record<string, SqlStorageValue>>(query: string): Row[] {
    return this.ctx.storage.sql.exec<Row>(query).toArray()
  }

  alarmAt(): Promise<number | null> {
    return this.ctx.storage.getAlarm()
  }
}

/** Makes a second object over the same storage, as after a crash: memory is lost. */
export type Restart = (masterKey?: string) => ClockedRegistry

/** Runs with a new registry, like another deployment. */
export const inRegistry = <T>(
  work: (registry: ClockedRegistry, restart: Restart, state: DurableObjectState) => Promise<T>,
  { MASTER_KEY = env.MASTER_KEY ?? '', ...more }: Partial<RegistryEnv> = {},
): Promise<T> =>
  runInDurableObject(env.REGISTRY.getByName(`in-registry-${crypto.randomUUID()}`), (_, state) => {
    const GUARD = { getByName: () => ({ learn: async () => undefined }) }
    const registry = new ClockedRegistry(state, { MASTER_KEY, GUARD, ...more })
    const restart = (masterKey = MASTER_KEY) => {
      const next = new ClockedRegistry(state, { MASTER_KEY: masterKey, GUARD, ...more })
      next.world.clock = registry.world.clock
      return next
    }
    return work(registry, restart, state)
  })

export const withSource = <T>(
  document: Record<string, unknown>,
  work: (registry: ClockedRegistry, restart: Restart) => Promise<T>,
): Promise<T> =>
  inRegistry(async (registry, restart) => {
    const put = await registry.sources.put('shop', document, WHO, null)
    if (!put.ok) throw new Error(JSON.stringify(put))
    return work(registry, restart)
  })

export async function statesOf(registry: Registry, source = 'shop'): Promise<string[]> {
  return ((await registry.sources.find(source))?.secrets ?? []).map(
    ({ slot, version, state }) => `${slot}/${version} ${state}`,
  )
}

/** Actions and targets in the audit log. */
export const actionsOf = (registry: ClockedRegistry): string[] =>
  registry
    .rows<{ text: string }>('SELECT text FROM audit ORDER BY seq')
    .map(({ text }) => JSON.parse(text) as { action: string; target: string })
    .map(({ action, target }) => `${action} ${target}`)
