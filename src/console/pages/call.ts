/** Calls routes of the API in process, as the person who sent the request: with the same checks, and the same problems. */
import type { Problem } from '../../api/problem.ts'
import type { AnyRoute, AnswerOf, Frozen, ParamsOf } from '../../api/route.ts'
import { forbidden } from '../access/allow.ts'
import { UNCONDITIONAL, atVersion } from '../api/conditions.ts'
import { ROUTES } from '../api/index.ts'
import type { Answer } from '../api/route.ts'
import type { ConsoleContext } from '../context.ts'
import { answerProblem } from './answer.tsx'
import type { Answer as PageAnswer } from './route.ts'

export interface Given<Route> {
  readonly params?: ParamsOf<Route>
  readonly query?: Readonly<Record<string, string>>
  readonly body?: unknown
  /** The version that the form was loaded with, which nobody may have changed meanwhile. 0 for what must not exist yet. */
  readonly version?: number | undefined
}

export type Done<Route extends AnyRoute> = Answer<Frozen<AnswerOf<Route>>>

const keyOf = ({ method, path }: Pick<AnyRoute, 'method' | 'path'>): string => `${method} ${path}`

const BOUND = new Map(ROUTES.map((one) => [keyOf(one), one]))

/** The answer of a route that answers with JSON, or why it refuses. */
export async function call<const Route extends AnyRoute>(
  c: ConsoleContext,
  route: Route,
  { params = {} as ParamsOf<Route>, query = {}, body, version }: Given<Route> = {},
): Promise<Done<Route> | Problem> {
  const context = c.get('context')
  const bound = BOUND.get(keyOf(route))
  if (bound === undefined) throw new TypeError(`no handler is bound to ${keyOf(route)}`)
  const refused = forbidden(route, params, context.actor)
  if (refused !== undefined) return refused
  const conditions = version === undefined ? UNCONDITIONAL.value : atVersion(version)
  const given = { params, query: new URLSearchParams(query), body, conditions }
  const answered = await bound.call(given, context)
  if (!answered.ok || 'json' in answered) return answered as Done<Route> | Problem
  throw new TypeError(`${keyOf(route)} does not answer with JSON`)
}

/** The handler of a button: calls a route, and leads on. Why it refuses is a page of its own. */
export const act =
  <const Route extends AnyRoute>(
    route: Route,
    given: (c: ConsoleContext) => Given<Route>,
    done: (c: ConsoleContext, json: Done<Route>['json']) => Promise<Response> | Response,
  ): PageAnswer =>
  async (c) => {
    const called = await call(c, route, given(c))
    return called.ok ? done(c, called.json) : answerProblem(c, called)
  }
