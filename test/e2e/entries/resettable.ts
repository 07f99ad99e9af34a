/** Objects that a test ends as Cloudflare does when their code or a secret changes: calls in flight fail. */
import type { DurableObject } from 'cloudflare:workers'
import type { WorkerName } from '../../../src/platform/worker-names.ts'

/** Objects by binding and name. */
export type ObjectNames = readonly (readonly [binding: string, name: string])[]
type Namespaces = Readonly<Record<string, { getByName(name: string): { reset(): Promise<void> } }>>
type ObjectClass<Env> = new (ctx: DurableObjectState, env: Env) => DurableObject<Env>

/** Exports of a Worker. */
export interface Code<Env> {
  readonly default: Pick<ExportedHandler<Env>, 'fetch' | 'queue'>
  readonly [className: string]: unknown
}

/** The objects that hold state during a test, by the Worker that hosts them. */
export const OBJECTS: Readonly<Record<WorkerName, ObjectNames>> = {
  consumer: [
    ['DESTINATIONS', 'app'],
    ['INCIDENTS', 'incidents'],
  ],
  console: [],
  gateway: [
    ['GUARD', 'sendgrid#0'],
    ['REGISTRY', 'registry'],
    ['REFUSALS', 'refusals'],
  ],
}

/** Ends the objects that the body of the request names. */
export async function resetObjects(request: Request, env: unknown): Promise<void> {
  for (const [binding, name] of await request.json<ObjectNames>())
    // The call itself fails, too.
    await (env as Namespaces)[binding]
      ?.getByName(name)
      .reset()
      .catch(() => undefined)
}

/** A new object of the class, which can be ended. */
export function resettable<Env>(
  code: Code<Env>,
  className: string,
  ctx: DurableObjectState,
  env: Env,
): DurableObject<Env> {
  const Chosen = code[className] as ObjectClass<Env>
  const Resettable = class extends Chosen {
    async reset(): Promise<void> {
      this.ctx.abort('the code or a secret was changed')
    }
  }
  return new Resettable(ctx, env)
}
