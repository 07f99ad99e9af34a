/** What each route asks of whoever calls it. */
import { type Problem, problem } from '../api/problem.ts'
import type { Route } from '../api/route.ts'
import { type Actor, may, sees, seesAll } from './actor.ts'

/** Paths about one source name it here. */
const ONE_SOURCE = /^\/api\/sources\/\{name\}(?:\/|$)/

export const isAboutOneSource = ({ path }: Pick<Route, 'path'>): boolean => ONE_SOURCE.test(path)

/**
 * Why somebody may not call a route; `undefined` when they may. A role that is too low is told so before anything else, so
 * that the answer says nothing of what there is. A source that is not theirs does not exist.
 */
export function forbidden(
  route: Pick<Route, 'path' | 'role' | 'scoped'>,
  params: Readonly<Record<string, string>>,
  actor: Actor,
): Problem | undefined {
  if (!may(actor, route.role)) return problem('role_too_low', `This takes the role ${route.role}.`)
  if (isAboutOneSource(route)) return sees(actor, params['name'] ?? null) ? undefined : SOURCE_UNKNOWN
  if (seesAll(actor) || route.scoped === true) return undefined
  return problem('scope_too_narrow', 'This is not part of any source: the token is for some sources alone.')
}

const SOURCE_UNKNOWN = problem('source_unknown', 'There is no source of this name.')
