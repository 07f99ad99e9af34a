/** The way in and the way out. */
import type { FC } from 'hono/jsx'
import { sha256Hex } from '../../platform/sha256.ts'
import type { Identity } from '../../registry/operators/operator.ts'
import { whoOf } from '../access/with-actor.ts'
import { accessVerdict } from '../access/cloudflare.ts'
import { identify } from '../access/credential.ts'
import type { ConsoleContext } from '../context.ts'
import { canHoldSession, noSessionCookie, sessionCookie } from '../login/cookie.ts'
import { answerPage } from './answer.tsx'
import { visitOf } from './gate.tsx'
import { Shown } from './components.tsx'
import { Form, Problem } from './form.tsx'
import { INCIDENT_FIELD, incidentField, targetOf } from './login-target.ts'

export async function showLogin(c: ConsoleContext): Promise<Response> {
  if ((await visitOf(c)) !== undefined) return c.redirect(targetOf(c.req.query(INCIDENT_FIELD)), 303)
  return answerLogin(c, canHoldSession(new URL(c.req.url)) ? undefined : NO_SESSION_HERE)
}

/** Takes a token and begins a session. Leads to the first page or to an incident, never to an address from the request. */
export async function enter(c: ConsoleContext): Promise<Response> {
  if (!canHoldSession(new URL(c.req.url))) return answerLogin(c, NO_SESSION_HERE, 400)
  if (c.get('form').get('as') === 'person') {
    const verdict = await accessVerdict(c)
    if (verdict.kind === 'person') return begin(c, verdict.identity)
    return answerLogin(c, ACCESS_REFUSALS[verdict.kind], 403)
  }
  // Pasted tokens often end with a line break.
  const identified = await identify(c, (c.get('form').get('token') ?? '').trim(), 'login')
  if (identified.ok) return begin(c, identified.identity)
  if (identified.code !== 'wait') return answerLogin(c, REFUSALS[identified.code], 401)
  c.header('retry-after', String(identified.seconds))
  return answerLogin(c, `Too many wrong tokens. Try again in ${identified.seconds} seconds.`, 429)
}

/** Makes the session known before its cookie is out. */
async function begin(c: ConsoleContext, identity: Identity): Promise<Response> {
  const { sessions, adminHash } = c.get('isolate')
  const { registry, nowMs } = c.get('baseContext')
  const { session, cookie } = await sessions.open(Math.floor(nowMs / 1000))
  await registry.operators.beginSession(
    {
      hash: await sha256Hex(session.id),
      identity,
      credential: identity.actor === 'admin' ? `admin:${await adminHash()}` : identity.actor,
      endsAtMs: session.endsAtSeconds * 1000,
    },
    whoOf(c, identity),
  )
  c.header('set-cookie', sessionCookie(new URL(c.req.url), cookie))
  return c.redirect(targetOf(c.get('form').get(INCIDENT_FIELD)), 303)
}

/** Ends the session, wherever its cookie is by now. */
export async function leave(c: ConsoleContext): Promise<Response> {
  const { registry, who, nowMs } = c.get('context')
  await registry.operators.endSessions(await sha256Hex(c.get('session').id), who, nowMs)
  c.header('set-cookie', noSessionCookie(new URL(c.req.url)))
  return c.redirect('/login', 303)
}

const ACCESS_REFUSALS = {
  absent: 'Cloudflare Access says nothing of you.',
  unverified: 'What Cloudflare Access says of you could not be verified.',
  unmapped: 'Cloudflare Access knows you, but you have no role here.',
} as const

const REFUSALS = {
  wrong: 'That is no token that is known here.',
  expired: 'That token has expired.',
  revoked: 'That token was revoked.',
} as const

const NO_SESSION_HERE =
  'A session needs HTTPS, or this machine itself: open the console under https:// or as http://localhost.'

async function answerLogin(
  c: ConsoleContext,
  problem: string | undefined,
  status: 200 | 400 | 401 | 403 | 429 = 200,
) {
  const verdict = await accessVerdict(c)
  const person = verdict.kind === 'person' ? verdict.identity : undefined
  // After a wrong token the number is in the form.
  const incident = incidentField(
    c.req.method === 'POST' ? c.get('form').get(INCIDENT_FIELD) : c.req.query(INCIDENT_FIELD),
  )
  return answerPage(
    c,
    { title: 'Log in', narrow: true },
    <LoginPage problem={problem} person={person} incident={incident} />,
    status,
  )
}

interface LoginProps {
  readonly problem: string | undefined
  readonly person: Identity | undefined
  /** The number of the incident that it leads to. */
  readonly incident: string | undefined
}

const LoginPage: FC<LoginProps> = ({ problem, person, incident }) => {
  const target: Record<string, string> = incident === undefined ? {} : { [INCIDENT_FIELD]: incident }
  return (
    <>
      <p class="lead">The console shows what happened to your recipients’ mail. A token lets you in.</p>
      <Problem>{problem}</Problem>
      {person !== undefined && (
        <Form action="/login" label={`Go on as ${person.role}`} hidden={{ as: 'person', ...target }}>
          <p>
            Cloudflare Access knows you as <Shown text={person.actor.slice('access:'.length)} max={120} />.
          </p>
        </Form>
      )}
      <Form action="/login" label="Log in" hidden={target}>
        <label for="token">Token</label>
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
          An API token, or the Worker’s secret <code>ADMIN_TOKEN</code>. On your own machine,{' '}
          <code>npm start</code> prints it.
        </p>
      </Form>
    </>
  )
}
