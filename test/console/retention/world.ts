/** Retention with the real registry, store and buckets, stand-ins for the objects of other Workers, and a clock that can be set. */
import { env } from 'cloudflare:workers'
import type { RequestContext } from '../../../src/console/request-context.ts'
import type { LogFields } from '../../../src/platform/log.ts'
import { ensureErased } from '../../../src/store/erasures/ensure.ts'
import type { Store } from '../../../src/store/store.ts'
import { destinationObjects } from '../../support/destinations.ts'
import { incidentObjects } from '../../support/incidents.ts'
import { watcherObjects } from '../../support/watchers.ts'
import { WHO } from '../../support/who.ts'

export const NOW_MS = Date.parse('2027-06-02T02:17:00Z')
export const DAY_MS = 86_400_000

export interface RetentionWorld {
  readonly context: RequestContext
  readonly logged: LogFields[]
  /** Sets the document. */
  readonly set: (document: object) => Promise<void>
}

export function retentionWorld(store: Store, changes: Partial<RequestContext> = {}): RetentionWorld {
  const registry = env.REGISTRY.getByName(`retention-${crypto.randomUUID()}`)
  const logged: LogFields[] = []
  const context = completing({
    registry,
    store,
    inspected: { db: env.STORE },
    backups: env.BACKUPS,
    large: env.LARGE,
    archive: env.ARCHIVE,
    destinations: destinationObjects(),
    incidents: incidentObjects().getByName('incidents'),
    watchers: watcherObjects(),
    refusalLog: env.REFUSALS.getByName('refusals'),
    who: WHO,
    nowMs: NOW_MS,
    live: { nowMs: () => NOW_MS },
    log: (fields: LogFields) => logged.push(fields),
    ...changes,
  } as unknown as RequestContext)
  return {
    context,
    logged,
    async set(document) {
      const put = await registry.retention.put(document, { ...WHO, reason: 'a test' }, null)
      if (!put.ok) throw new Error(JSON.stringify(put))
    },
  }
}

/** Completes erasures with the context's own dependencies, as they fail. */
function completing(context: RequestContext): RequestContext {
  const { store, large, queueSealer, live, registry } = context
  const ensure = () => ensureErased({ store, large, queueSealer, nowMs: live.nowMs, registry })
  return { ...context, erasures: { ensure, pass: ensure } }
}

/** Empties the buckets. */
export async function emptyBuckets(): Promise<void> {
  for (const bucket of [env.BACKUPS, env.LARGE, env.ARCHIVE]) {
    const { objects } = await bucket.list()
    if (objects.length > 0) await bucket.delete(objects.map(({ key }) => key))
  }
}

class Dead extends Error {
  override readonly name = 'Dead'
}

/** The same context, in a process that dies before its call of this number: that call and all later ones fail. */
export function dyingAt(
  context: RequestContext,
  call: number,
): { context: RequestContext; died: () => boolean } {
  let calls = 0
  const counted = <Args extends unknown[], Result>(work: (...args: Args) => Result) => {
    return (...args: Args): Result => {
      calls++
      if (calls >= call) throw new Dead('the process is dead')
      return work(...args)
    }
  }
  const real = new WeakMap<object, D1PreparedStatement>()
  const statement = (one: D1PreparedStatement): D1PreparedStatement => {
    const wrapped = {
      bind: (...values: unknown[]) => statement(one.bind(...values)),
      run: counted(() => one.run()),
      all: counted(() => one.all()),
      first: counted((column?: string) => (column === undefined ? one.first() : one.first(column))),
    } as unknown as D1PreparedStatement
    real.set(wrapped, one)
    return wrapped
  }
  const { db } = context.store
  const dyingDb = {
    prepare: (sql: string) => statement(db.prepare(sql)),
    batch: counted((all: D1PreparedStatement[]) => db.batch(all.map((one) => real.get(one) ?? one))),
  } as unknown as D1Database
  const bucket = (one: R2Bucket): R2Bucket =>
    new Proxy(one, {
      get: (whole, name) => {
        const work: unknown = Reflect.get(whole, name)
        return typeof work === 'function'
          ? counted((...args: unknown[]) => Reflect.apply(work, whole, args) as unknown)
          : work
      },
    })
  const { registry } = context
  const member = <Member extends object>(one: Member): Member =>
    new Proxy(one, {
      get: (whole, name) =>
        counted((...args: unknown[]) =>
          Reflect.apply(Reflect.get(whole, name) as () => unknown, whole, args),
        ),
    })
  return {
    context: completing({
      ...context,
      store: { ...context.store, db: dyingDb },
      backups: bucket(context.backups),
      large: bucket(context.large),
      archive: context.archive && bucket(context.archive),
      registry: {
        audit: registry.audit,
        destinations: registry.destinations,
        retention: member(registry.retention),
        erasures: member(registry.erasures),
      } as unknown as typeof registry,
    }),
    died: () => calls >= call,
  }
}
