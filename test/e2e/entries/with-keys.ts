/**
 * A Worker whose master key changes while it runs, as on Cloudflare: requests and batches get the new one at once, and an object when
 * it starts again. `POST /master-key` sets it, and `POST /reset` ends objects.
 */
import { DurableObject } from 'cloudflare:workers'

type Env = Readonly<Record<string, unknown>>
type Handlers = Pick<ExportedHandler<Env>, 'fetch' | 'queue'>
type ObjectClass = new (ctx: DurableObjectState, env: Env) => DurableObject<Env>
/** By binding and name. */
export type ObjectNames = readonly (readonly [binding: string, name: string])[]
type Namespaces = Readonly<Record<string, { getByName(name: string): { reset(): Promise<void> } }>>

/** The exports of a Worker. */
export interface Code {
  readonly default: Handlers
  readonly [className: string]: unknown
}

/** @param copies of the same code, each with caches of its own: one for each value of the key */
export function withKeys(copies: readonly Code[]) {
  const seen: (string | undefined)[] = [undefined]
  let at = 0
  const environments = new Map<number, Env>()
  const environment = (env: Env): Env => {
    const key = seen[at]
    const known = environments.get(at) ?? (key === undefined ? env : { ...env, MASTER_KEY: key })
    environments.set(at, known)
    return known
  }
  const code = (): Code => {
    const copy = copies[at]
    if (copy === undefined) throw new Error('more keys than copies')
    return copy
  }

  const handlers: ExportedHandler<Env> = {
    async fetch(request, env, ctx) {
      const { pathname } = new URL(request.url)
      if (pathname === '/master-key') {
        const text = await request.text()
        if (!seen.includes(text)) seen.push(text)
        at = seen.indexOf(text)
        return new Response(null, { status: 204 })
      }
      if (pathname === '/reset') {
        for (const [binding, name] of await request.json<ObjectNames>())
          // The call itself fails, too.
          await (env as unknown as Namespaces)[binding]
            ?.getByName(name)
            .reset()
            .catch(() => undefined)
        return new Response(null, { status: 204 })
      }
      return code().default.fetch?.(request, environment(env), ctx) ?? new Response(null, { status: 404 })
    },
    queue: (batch, env, ctx) => code().default.queue?.(batch, environment(env), ctx),
  }

  const classNamed = (name: string) =>
    class extends DurableObject<Env> {
      constructor(ctx: DurableObjectState, env: Env) {
        super(ctx, env)
        const Chosen = code()[name] as ObjectClass
        const key = seen[at]
        const Resettable = class extends Chosen {
          async reset(): Promise<void> {
            this.ctx.abort('the secret was changed')
          }
        }
        return new Resettable(ctx, key === undefined ? env : { ...env, MASTER_KEY: key })
      }
    }

  return { handlers, classNamed }
}
