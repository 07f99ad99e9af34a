/** Counts the rows that a Durable Object reads and writes. The runtime's own cursors report what is billed. */
import type { Meter } from './counts.ts'

/**
 * Makes an object's storage count its rows. Call it before the object's own constructor runs.
 *
 * @param what the object's name in the counts
 */
export function meterStorage({ storage }: DurableObjectState, what: string, meter: Meter): void {
  const { sql, kv } = storage
  const exec = sql.exec.bind(sql)
  let last: SqlStorageCursor<Record<string, SqlStorageValue>> | undefined
  const countLast = (): void => {
    if (last === undefined) return
    meter.add('object_rows_read', what, last.rowsRead)
    meter.add('object_rows_written', what, last.rowsWritten)
    last = undefined
  }
  // A cursor knows its rows once it has been read, which is by the next statement or the end of the turn.
  const counted = (query: string, ...bindings: SqlStorageValue[]) => {
    countLast()
    last = exec(query, ...bindings)
    queueMicrotask(countLast)
    return last
  }
  sql.exec = counted as typeof sql.exec
  const put = kv.put.bind(kv)
  kv.put = (key: string, value: unknown) => {
    meter.add('object_rows_written', what)
    put(key, value)
  }
  const setAlarm = storage.setAlarm.bind(storage)
  storage.setAlarm = (...time: Parameters<typeof storage.setAlarm>) => {
    meter.add('object_rows_written', `${what} alarm`)
    return setAlarm(...time)
  }
}

/** Makes an object count the time in which work that it waits for is in flight. Call it before the object's own constructor runs. */
export function meterActivity(ctx: DurableObjectState, what: string, meter: Meter): void {
  const waitUntil = ctx.waitUntil.bind(ctx)
  let inFlight = 0
  let sinceMs = 0
  ctx.waitUntil = (work: Promise<unknown>) => {
    if (inFlight++ === 0) sinceMs = performance.now()
    const end = () => {
      if (--inFlight === 0) meter.add('object_ms', what, performance.now() - sinceMs)
    }
    waitUntil(work.finally(end))
  }
}

/** A namespace that counts calls by object and method. */
export const meteredNamespace = <T extends { getByName(name: string): object }>(
  namespace: T,
  what: string,
  meter: Meter,
): T =>
  overriding(namespace, {
    getByName: (name: string) => meteredStub(namespace.getByName(name), what, meter),
  })

/** @param path of the member to which the calls belong, with a point at its end; empty for the object itself */
function meteredStub<T extends object>(stub: T, what: string, meter: Meter, path = ''): T {
  return new Proxy(stub, {
    get(target, name) {
      const called: unknown = Reflect.get(target, name)
      if (typeof called !== 'function' || typeof name !== 'string') return called
      return new Proxy(meteredStub(called, what, meter, `${path}${name}.`), {
        async apply(_, _self, args) {
          meter.add('object_calls', `${what}.${path}${name}`)
          const startMs = performance.now()
          try {
            return await (Reflect.apply(called, target, args) as Promise<unknown>)
          } finally {
            meter.add('object_ms', what, performance.now() - startMs)
          }
        },
      })
    },
  })
}

/** The same binding with some methods replaced. */
export const overriding = <T extends object>(binding: T, methods: object): T =>
  new Proxy(binding, {
    get(target, name) {
      const own: unknown = Reflect.get(methods, name)
      const value: unknown = own ?? Reflect.get(target, name)
      return own === undefined && typeof value === 'function' ? value.bind(target) : value
    },
  })
