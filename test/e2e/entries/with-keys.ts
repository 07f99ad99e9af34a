/**
 * A Worker whose master key changes while it runs, as on Cloudflare: requests and batches get the new one at once, and an object when
 * it starts again. `POST /master-key` sets it, and `POST /reset` ends objects.
 */
import { DurableObject } from 'cloudflare:workers'
import { type Code, resetObjects, resettable } from './resettable.ts'

type Env = Readonly<Record<string, unknown>>

/** @param copies of the same code, each with caches of its own: one for each value of the key */
export function withKeys(copies: readonly Code<Env>[]) {
  const seen: (string | undefined)[] = [undefined]
  let at = 0
  const environments = new Map<number, Env>()
  const environment = (env: Env): Env => {
    const key = seen[at]
    const known = environments.get(at) ?? (key === undefined ? env : { ...env, MASTER_KEY: key })
    environments.set(at, known)
    return known
  }
  const code = (): Code<Env> => {
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
        await resetObjects(request, env)
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
        const key = seen[at]
        return resettable(code(), name, ctx, key === undefined ? env : { ...env, MASTER_KEY: key })
      }
    }

  return { handlers, classNamed }
}
