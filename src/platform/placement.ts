/**
 * Where the platform makes Durable Objects, which is decided at deployment. An object is made near its first caller and never moves
 * (cloudflare/cloudflare-docs#4312, 2022), and the first caller may be the person who deploys. So each environment that makes stubs goes
 * through {@link placed}. A local runtime has no jurisdictions and ignores hints.
 */

/** Variables of each Worker; all three must have the same. */
export interface PlacementVars {
  /** `eu`, `fedramp`; empty for none. It is part of an object's id: with another one, other objects are found. */
  readonly OBJECTS_JURISDICTION?: string
  /** A location hint, such as `weur`; empty for none. It counts when an object is made, and never later. */
  readonly OBJECTS_LOCATION?: string
}

/** Location hints. @see https://developers.cloudflare.com/durable-objects/reference/data-location/ read 2026-11-25 */
export const OBJECT_LOCATIONS = 'wnam enam sam weur eeur apac apac-ne apac-se oc afr me'.split(' ')

type Namespace = Pick<DurableObjectNamespace, 'getByName' | 'idFromName' | 'jurisdiction'>

const isNamespace = (binding: unknown): binding is Namespace =>
  typeof binding === 'object' && binding !== null && 'getByName' in binding && 'jurisdiction' in binding

const known = new WeakMap<object, object>()

/** The same environment, whose namespaces make stubs in the chosen place. The same result for the same environment. */
export function placed<Env extends object>(env: Env): Env {
  const { OBJECTS_JURISDICTION: jurisdiction, OBJECTS_LOCATION: location }: PlacementVars = env
  if (!jurisdiction && !location) return env
  const made = known.get(env) ?? {
    ...env,
    ...Object.fromEntries(
      Object.entries(env).flatMap(([name, binding]) =>
        isNamespace(binding) ? [[name, placedNamespace(binding, jurisdiction, location)]] : [],
      ),
    ),
  }
  known.set(env, made)
  return made as Env
}

function placedNamespace(namespace: Namespace, jurisdiction?: string, location?: string) {
  const within = jurisdiction ? namespace.jurisdiction(jurisdiction as DurableObjectJurisdiction) : namespace
  const options = location ? { locationHint: location as DurableObjectLocationHint } : undefined
  return {
    getByName: (name: string) => within.getByName(name, options),
    idFromName: (name: string) => within.idFromName(name),
  }
}

/** The class of an object, which makes its stubs of others in the chosen place. */
export const inPlace = <Made extends new (ctx: DurableObjectState, env: never) => object>(base: Made): Made =>
  class extends (base as unknown as new (ctx: DurableObjectState, env: object) => object) {
    constructor(ctx: DurableObjectState, env: object) {
      super(ctx, placed(env))
    }
  } as unknown as Made
