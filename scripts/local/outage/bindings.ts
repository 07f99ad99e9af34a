/** Bindings that fail while the switch says so, with the errors of the platform. */
import { noteFailedCall, outageOf } from './switch.ts'

const RETRYABLE = { retryable: true }

/** Errors of the platform by the kind of binding. */
const FAULTS = {
  object: () => Object.assign(new Error('Network connection lost.'), RETRYABLE),
  database: () => new Error('D1_ERROR: Network connection lost.'),
  queue: () => new Error('Queue send failed: Internal Server Error'),
  bucket: () => new Error('We encountered an internal error. Please try again. (10001)'),
} as const

/** Each binding that an outage can have, and its kind. */
const BINDINGS: Readonly<Record<string, keyof typeof FAULTS>> = {
  GUARD: 'object',
  REGISTRY: 'object',
  STORE: 'database',
  EVENTS: 'queue',
  DEAD: 'queue',
  EMAIL_SERVICE: 'queue',
  EMAIL_DEAD: 'queue',
  LARGE: 'bucket',
  ARCHIVE: 'bucket',
  BACKUPS: 'bucket',
}

type Work = () => unknown
/** Makes one call of a binding. A call that is in flight when the outage begins loses its answer, too. */
type Line = (work: Work) => Promise<unknown>

const lineTo =
  (binding: string, kind: keyof typeof FAULTS): Line =>
  async (work) => {
    if (outageOf(binding) === 'down') throw faultOf(kind)
    const answer = await work()
    if (outageOf(binding) !== undefined) throw faultOf(kind)
    return answer
  }

function faultOf(kind: keyof typeof FAULTS): Error {
  noteFailedCall()
  return FAULTS[kind]()
}

type Methods = Readonly<Record<string | symbol, unknown>>
type Method = (...values: readonly unknown[]) => unknown

/** An object of which every method makes a call. */
const remote = (target: object, line: Line): object =>
  new Proxy(target, {
    get: (_, key) => {
      const value = (target as Methods)[key]
      if (typeof value !== 'function') return value
      return (...values: unknown[]) => line(() => (value as Method).apply(target, values))
    },
  })

/** A stub of a Durable Object: its calls may be those of a member, `registry.channels.put(…)`. */
const stub = (find: () => object, path: readonly string[], line: Line): object =>
  new Proxy(() => undefined, {
    get: (_, key) =>
      typeof key === 'symbol' || key === 'then' ? undefined : stub(find, [...path, key], line),
    apply: (_, __, values: unknown[]) =>
      line(() => {
        const owner = path.slice(0, -1).reduce<object>((at, key) => (at as Methods)[key] as object, find())
        // Not by `apply`, which would be a call of the other side, too.
        return (owner as Record<string, Method>)[path.at(-1) ?? '']?.(...values)
      }),
  })

const namespace = (objects: DurableObjectNamespace, line: Line): object => ({
  idFromName: (name: string) => objects.idFromName(name),
  getByName: (name: string) => stub(() => objects.getByName(name), [], line),
})

/** The statement of D1 that a wrapped one stands for: `batch` needs those of the platform. */
const statements = new WeakMap<object, D1PreparedStatement>()

function statement(real: D1PreparedStatement, line: Line): object {
  const wrapped = {
    bind: (...values: readonly unknown[]) => statement(real.bind(...values), line),
    first: (...column: [string]) => line(() => real.first(...column)),
    run: () => line(() => real.run()),
    all: () => line(() => real.all()),
    raw: () => line(() => real.raw()),
  }
  statements.set(wrapped, real)
  return wrapped
}

const database = (real: D1Database, line: Line): object => ({
  prepare: (sql: string) => statement(real.prepare(sql), line),
  batch: (wrapped: readonly object[]) =>
    line(() => real.batch(wrapped.map((one) => statements.get(one) ?? (one as D1PreparedStatement)))),
})

const WRAP = {
  object: (binding: unknown, line: Line) => namespace(binding as DurableObjectNamespace, line),
  database: (binding: unknown, line: Line) => database(binding as D1Database, line),
  queue: (binding: unknown, line: Line) => remote(binding as object, line),
  bucket: (binding: unknown, line: Line) => remote(binding as object, line),
} as const

const wrapped = new WeakMap<object, unknown>()

/** The environment of a Worker or an object, with bindings that can fail. The same one gives the same. */
export function failing<Env extends object>(env: Env): Env {
  const known = wrapped.get(env)
  if (known !== undefined) return known as Env
  const bindings = Object.entries(BINDINGS).flatMap(([name, kind]) => {
    const binding = (env as Methods)[name]
    return binding === undefined ? [] : [[name, WRAP[kind](binding, lineTo(name, kind))] as const]
  })
  const made = { ...env, ...Object.fromEntries(bindings) } as Env
  wrapped.set(env, made)
  return made
}
