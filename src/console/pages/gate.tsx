/** Who may see a page, and which forms are believed. */
import { createMiddleware } from 'hono/factory'
import { textOf } from '../../platform/bytes.ts'
import { readBytes } from '../api/input.ts'
import type { ConsoleContext, ConsoleHono } from '../context.ts'
import { sessionCookieOf } from '../login/cookie.ts'
import type { Session } from '../login/session.ts'
import { answerNotice } from './answer.tsx'

/** An address and a note are far below. */
const FORM_MAX_BYTES = 16 * 1024

/** The session that the request's cookie names, while it lasts. */
export function sessionOf(c: ConsoleContext): Promise<Session | undefined> {
  const cookie = sessionCookieOf(new URL(c.req.url), c.req.header('cookie') ?? null)
  return c.get('isolate').sessions.read(cookie, Math.floor(c.get('reach').nowMs / 1000))
}

/** Lets a session through; everybody else is led to the log-in. */
export const withSession = createMiddleware<ConsoleHono>(async (c, next) => {
  const session = await sessionOf(c)
  if (session === undefined) return c.redirect('/login', 303)
  c.set('session', session)
  return next()
})

/** Lets a form through that one of our own pages posted, and reads it. Browsers name the origin on every post. */
export const withOwnForm = createMiddleware<ConsoleHono>(async (c, next) => {
  if (c.req.header('origin') !== new URL(c.req.url).origin) {
    return answerNotice(c, 403, 'Not from here', 'The form was not posted by a page of this console.')
  }
  const bytes = await readBytes(c.req.raw, FORM_MAX_BYTES)
  if (bytes === undefined) return answerNotice(c, 413, 'Too large', 'The form is too large.')
  c.set('form', new URLSearchParams(textOf(bytes) ?? ''))
  return next()
})

/** Lets a form through that belongs to this very session. Comes after {@link withSession} and {@link withOwnForm}. */
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
  return next()
})
