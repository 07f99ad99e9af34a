/** The way in and the way out. */
import type { FC } from 'hono/jsx'
import { sameSecret } from '../../platform/same-secret.ts'
import type { ConsoleContext } from '../context.ts'
import { clientOf } from '../login/attempts.ts'
import { canHoldSession, noSessionCookie, sessionCookie } from '../login/cookie.ts'
import { answerPage } from './answer.tsx'
import { sessionOf } from './gate.tsx'

export async function showLogin(c: ConsoleContext): Promise<Response> {
  if ((await sessionOf(c)) !== undefined) return c.redirect('/', 303)
  return answerLogin(c, canHoldSession(new URL(c.req.url)) ? undefined : NO_SESSION_HERE)
}

/** Takes the admin token and begins a session. Leads to the first page, never to an address from the request. */
export async function enter(c: ConsoleContext): Promise<Response> {
  const url = new URL(c.req.url)
  if (!canHoldSession(url)) return answerLogin(c, NO_SESSION_HERE, 400)

  const { loginAttempts, sessions, settings } = c.get('isolate')
  const { nowMs } = c.get('reach')
  const client = clientOf(c.req.raw.headers)
  const waitSeconds = loginAttempts.blockedSeconds(client, nowMs)
  if (waitSeconds > 0) {
    c.header('retry-after', String(waitSeconds))
    return answerLogin(c, `Too many wrong tokens. Try again in ${waitSeconds} seconds.`, 429)
  }
  // What is pasted often ends with a line break.
  const presented = (c.get('form').get('token') ?? '').trim()
  if (!(await sameSecret(presented, settings.adminToken))) {
    loginAttempts.failed(client, nowMs)
    return answerLogin(c, 'That is not the admin token.', 401)
  }
  c.header('set-cookie', sessionCookie(url, await sessions.open(Math.floor(nowMs / 1000))))
  return c.redirect('/', 303)
}

/** Ends the session in this browser. */
export function leave(c: ConsoleContext): Response {
  c.header('set-cookie', noSessionCookie(new URL(c.req.url)))
  return c.redirect('/login', 303)
}

const NO_SESSION_HERE =
  'A session needs HTTPS, or this machine itself: open the console under https:// or as http://localhost.'

const answerLogin = (c: ConsoleContext, problem: string | undefined, status: 200 | 400 | 401 | 429 = 200) =>
  answerPage(c, { title: 'Log in · Postern' }, <LoginPage problem={problem} />, status)

const LoginPage: FC<{ problem: string | undefined }> = ({ problem }) => (
  <div class="narrow">
    <h1>Log in</h1>
    <p class="lead">The console shows what happened to your recipients’ mail. The admin token lets you in.</p>
    {problem === undefined ? (
      ''
    ) : (
      <p class="notice bad" role="alert" id="problem">
        {problem}
      </p>
    )}
    <form method="post" action="/login" class="stacked">
      <label for="token">Admin token</label>
      <input
        id="token"
        name="token"
        type="password"
        autocomplete="current-password"
        required
        spellcheck={false}
        aria-describedby={problem === undefined ? 'hint' : 'problem hint'}
        aria-invalid={problem === undefined ? undefined : 'true'}
      />
      <p class="soft" id="hint">
        It is the Worker’s secret <code>ADMIN_TOKEN</code>. On your own machine, <code>npm start</code> prints
        it.
      </p>
      <button type="submit">Log in</button>
    </form>
  </div>
)
