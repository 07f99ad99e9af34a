/** Pages about things of one kind: paths, 404 for those that the caller does not see, and notices of the last action on one. */
import type { AnyRoute, ParamsOf } from '../../api/route.ts'
import type { ConsoleContext } from '../context.ts'
import { answerNotice } from './answer.tsx'
import { type Done, type Given, act } from './call.ts'
import type { Notice, Notices } from './notices.ts'
import type { Answer, Finder } from './route.ts'

interface ResourceOptions<Thing, Code extends string> {
  /** Of the list: `/channels`. */
  readonly path: string
  /** The parameter of the path that names one. */
  readonly param: string
  /** The same in paths of the API. */
  readonly apiParam?: 'name' | 'number'
  /** @returns null if there is none that the caller sees, undefined if what keeps it did not answer */
  readonly find: (c: ConsoleContext, key: string) => Promise<Thing | null | undefined>
  readonly unknown: readonly [title: string, detail: string]
  readonly unanswered?: string
  readonly notices: Notices<Code>
}

/** A notice, with its count and what follows the path of the page that shows it: `/settings`, `?show=waiting`. */
type Led<Code> = readonly [code: Code, count?: number | undefined, tab?: string]

export interface Resource<Thing, Code extends string> {
  readonly path: string
  /** The pattern of the path of one, for the table of pages. */
  readonly one: string
  readonly pathOf: (key: string | number) => string
  /** A handler for one that exists. Others are answered with 404, or 503 if what keeps it did not answer. */
  readonly with: Finder<Thing>
  readonly notices: Notices<Code>
  readonly noneOf: (c: ConsoleContext) => Promise<Response>
  readonly noAnswer: (c: ConsoleContext) => Promise<Response>
  /** After a form comes a page that can be loaded again without doing it twice. */
  readonly leadTo: (c: ConsoleContext, key: string | number, ...led: Led<Code>) => Response
  /** The handler of a button: calls a route about one, and leads back to its page with a notice. */
  readonly act: <const Route extends AnyRoute>(
    route: Route,
    done: Code | ((json: Done<Route>['json']) => Led<Code>),
    given?: (c: ConsoleContext) => Given<Route>,
  ) => Answer
  /** As `leadTo`, for the list. */
  readonly leadToList: (c: ConsoleContext, code: Code) => Response
  readonly noticeIn: (c: ConsoleContext) => Notice | undefined
}

export function resource<Thing, Code extends string>(
  options: ResourceOptions<Thing, Code>,
): Resource<Thing, Code> {
  const {
    path,
    param,
    apiParam = 'name',
    find,
    unknown,
    unanswered = 'A part of Postern did not answer. Try again in a minute.',
    notices,
  } = options
  const pathOf = (key: string | number) => `${path}/${key}`
  const keyIn = (c: ConsoleContext) => c.req.param(param) ?? ''
  const noneOf = (c: ConsoleContext) => answerNotice(c, 404, ...unknown)
  const noAnswer = (c: ConsoleContext) => answerNotice(c, 503, 'No answer', unanswered)
  const leadTo: Resource<Thing, Code>['leadTo'] = (c, key, code, count, tab = '') =>
    c.redirect(`${pathOf(key)}${tab}${tab.includes('?') ? '&' : '?'}${notices.query(code, count)}`, 303)
  return {
    path,
    one: `${path}/:${param}`,
    pathOf,
    notices,
    noneOf,
    noAnswer,
    with: (work) => async (c) => {
      const thing = await find(c, keyIn(c))
      if (thing === undefined) return noAnswer(c)
      return thing === null ? noneOf(c) : work(c, thing)
    },
    leadTo,
    act: <const Route extends AnyRoute>(
      route: Route,
      done: Code | ((json: Done<Route>['json']) => Led<Code>),
      given?: (c: ConsoleContext) => Given<Route>,
    ) =>
      act(
        route,
        (c) => ({ params: { [apiParam]: keyIn(c) } as ParamsOf<Route>, ...given?.(c) }),
        (c, json) => leadTo(c, keyIn(c), ...(typeof done === 'string' ? ([done] as const) : done(json))),
      ),
    leadToList: (c, code) => c.redirect(`${path}?${notices.query(code)}`, 303),
    noticeIn: (c) => notices.of(new URL(c.req.url).searchParams),
  }
}
