/** Middleware: who may see a page, and which forms are accepted. */
import { createMiddleware } from 'hono/factory'
import { textOf } from '../../platform/bytes.ts'
import { sha256Hex } from '../../platform/sha256.ts'
import type { Identity, Role } from '../../registry/operators/operator.ts'
import { may, sees, seesAll } from '../access/actor.ts'
import { withActor } from '../access/with-actor.ts'
import { accessVerdict } from '../access/cloudflare.ts'
import { readBytes } from '../api/input.ts'
import type { ConsoleContext, ConsoleHono } from '../context.ts'
import { OPEN_STATES, listIncidents } from '../incidents.ts'
import { boundedTogether } from '../../store/bounded-db.ts'
import { sessionCookieOf } from '../login/cookie.ts'
import type { Session } from '../login/session.ts'
import { answerNotice, answerPage } from './answer.tsx'
import { reasonIn } from './form.tsx'
import { answerLogin } from './login-page.tsx'
import { loginPath } from './login-target.ts'
import type { PageRoute } from './route.ts'
import { sealUnsent } from './unsent.ts'

/** Two texts of 4,000 characters are below 80 KB, also if each character takes nine bytes in a form. */
export const FORM_MAX_BYTES = 128 * 1024
/** Of those without a session: a token or a link. */
export const STRANGERS_FORM_MAX_BYTES = 16 * 1024

interface Visit {
  readonly session: Session
  readonly identity: Identity
}

/** The session that the request's cookie names, and whose it is, while it lasts. */
export async function visitOf(c: ConsoleContext): Promise<Visit | undefined> {
  const cookie = sessionCookieOf(new URL(c.req.url), c.req.header('cookie') ?? null)
  const { sessions, adminHash } = c.get('isolate')
  const { registry, nowMs } = c.get('baseContext')
  const session = await sessions.read(cookie, Math.floor(nowMs / 1000))
  if (session === undefined) return undefined
  const identity = await registry.operators.session(await sha256Hex(session.id), await adminHash(), nowMs)
  if (identity === null) return undefined
  if (!identity.actor.startsWith('access:')) return { session, identity }
  // Access still stands before every request, and its people have the roles of today.
  const verdict = await accessVerdict(c)
  return verdict.kind === 'person' && verdict.identity.actor === identity.actor
    ? { session, identity: verdict.identity }
    : undefined
}

/**
 * Browsers do not send our `SameSite=Strict` cookie with a link from elsewhere. So for a link to an incident, which notices have, a page of
 * ours asks for it once more: that request has the cookie of whoever is logged in.
 */
async function answerStranger(c: ConsoleContext, { path, who, allSources }: PageRoute): Promise<Response> {
  const url = new URL(c.req.url)
  const { pathname } = url
  const login = loginPath(c.req.method, url)
  const source = isOfSource(path) ? (c.req.param('name') ?? null) : null
  const unsent = await sealUnsent(c, { who, source, ...(allSources && { allSources }) })
  if (unsent !== undefined)
    return answerLogin(
      c,
      'Your session has ended. Log in again: what you typed is kept, except documents, URLs and secrets.',
      401,
      unsent,
    )
  if (!login.startsWith('/login?incident=') || c.req.header('sec-fetch-site') !== 'cross-site')
    return c.redirect(login, 303)
  return answerPage(
    c,
    { title: 'Incident', refresh: `0; url=${pathname}` },
    <p>
      <a href={pathname}>Go on to the incident</a>
    </p>,
  )
}

/** Requires a session; all others are redirected to the log-in, which leads back to an incident or a filtered list. */
export const withSession = (page: PageRoute) =>
  createMiddleware<ConsoleHono>(async (c, next) => {
    const visit = await visitOf(c)
    if (visit === undefined) return answerStranger(c, page)
    letIn(c, visit)
    return next()
  })

function letIn(c: ConsoleContext, { session, identity }: Visit): void {
  c.set('session', session)
  withActor(c, identity)
  c.set('openIncidents', countOpen(c))
}

/** No page is at the address. Who is logged in keeps the navigation. */
export async function answerNowhere(c: ConsoleContext): Promise<Response> {
  const visit = await visitOf(c)
  if (visit !== undefined) letIn(c, visit)
  return answerNotice(c, 404, 'Not found', 'There is no page at this address.')
}

/** Counted up to this number. */
const OPEN_MAX = 99

async function countOpen(c: ConsoleContext): Promise<number> {
  const open = await listIncidents(c.get('context'), {
    states: OPEN_STATES,
    severity: 'warning',
    limit: OPEN_MAX,
  })
  return open?.length ?? 0
}

/** Longest wait for all that one page asks of the store: a person would not wait for more. */
export const STORE_MAX_MS = 4_000

/** Ends the wait for a store that does not answer: the page says so, alone or in the parts that need it. Comes after {@link withSession}. */
export const withQuickStore = createMiddleware<ConsoleHono>(async (c, next) => {
  const { store, inspected, ...context } = c.get('context')
  const quick = <T extends { readonly db: D1Database }>(of: T): T => ({
    ...of,
    db: boundedTogether(of.db, STORE_MAX_MS),
  })
  c.set('context', { ...context, store: quick(store), inspected: quick(inspected) })
  return next()
})

/** Requires a role. Comes after {@link withSession}. */
export const withRole = (role: Role) =>
  createMiddleware<ConsoleHono>(async (c, next) =>
    may(c.get('context').actor, role)
      ? next()
      : answerNotice(c, 403, 'Not allowed', `This needs the role ${role}. Nothing was done.`),
  )

/** Whether a page is about the source that its path names. */
export const isOfSource = (path: string): boolean => path.startsWith('/sources/:name')

/** Requires that the actor sees the source of the path. */
export const withSource = createMiddleware<ConsoleHono>(async (c, next) =>
  sees(c.get('context').actor, c.req.param('name') ?? null)
    ? next()
    : answerNotice(c, 404, 'No such source', 'There is no source of this name.'),
)

/** Requires that the actor sees all sources, for pages about what belongs to none. */
export const withAllSources = createMiddleware<ConsoleHono>(async (c, next) =>
  seesAll(c.get('context').actor)
    ? next()
    : answerNotice(c, 403, 'Not allowed', 'Your token is limited to some sources. Nothing was done.'),
)

/** Reads a form, and requires that one of our own pages posted it. Browsers send the origin with every POST. */
export const withOwnForm = (maxBytes: number) =>
  createMiddleware<ConsoleHono>(async (c, next) => {
    if (c.req.header('origin') !== new URL(c.req.url).origin) {
      return answerNotice(c, 403, 'Not from here', 'The form was not posted by a page of this console.')
    }
    const bytes = await readBytes(c.req.raw, maxBytes)
    if (bytes === undefined) return answerNotice(c, 413, 'Too large', 'The form is too large.')
    c.set('form', new URLSearchParams(textOf(bytes) ?? ''))
    return next()
  })

/**
 * Requires that the form belongs to this session. The reason that it gives is that of the request. Comes after {@link withSession} and
 * {@link withOwnForm}.
 */
export const withFormToken = createMiddleware<ConsoleHono>(async (c, next) => {
  const presented = c.get('form').get('form_token') ?? ''
  if (!(await c.get('isolate').sessions.isFormToken(presented, c.get('session')))) {
    return answerNotice(
      c,
      403,
      'An old form',
      'The form belongs to another session. Nothing was done: go back, load the page again, and repeat it.',
    )
  }
  const { who, ...context } = c.get('context')
  const reason = reasonIn(c)
  if (reason !== '') c.set('context', { ...context, who: { ...who, reason } })
  return next()
})
