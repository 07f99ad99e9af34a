/** Whether an actor may call a route. */
import { type Problem, problem } from '../../api/problem.ts'
import type { AnyRoute } from '../../api/route.ts'
import { type Actor, may, sees, seesAll } from './actor.ts'

/** Paths about one source have its name here. */
const ONE_SOURCE = /^\/api\/sources\/\{name\}(?:\/|$)/

const isAboutOneSource = ({ path }: Pick<AnyRoute, 'path'>): boolean => ONE_SOURCE.test(path)

/** Whether a token that is limited to some sources may call it. */
export const isScoped = (route: Pick<AnyRoute, 'path' | 'scoped' | 'allSources'>): boolean =>
  route.scoped === true || (isAboutOneSource(route) && route.allSources !== true)

/**
 * Why an actor may not call a route; `undefined` if they may. The role is checked first, so that the answer reveals nothing
 * about what exists. A source outside of the actor's scope is answered as unknown.
 */
export function forbidden(
  route: Pick<AnyRoute, 'path' | 'role' | 'scoped' | 'allSources'>,
  params: Readonly<Record<string, string>>,
  actor: Actor,
): Problem | undefined {
  if (!may(actor, route.role)) return problem('role_too_low', `This needs the role ${route.role}.`)
  if (isAboutOneSource(route) && !sees(actor, params['name'] ?? null)) return SOURCE_UNKNOWN
  if (seesAll(actor) || isScoped(route)) return undefined
  return OF_ALL_SOURCES
}

export const OF_ALL_SOURCES = problem(
  'scope_too_narrow',
  'This is not of one source alone, and the token is limited to some sources.',
)

const SOURCE_UNKNOWN = problem('source_unknown', 'There is no source of this name.')
