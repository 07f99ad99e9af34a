/** The way in and the way out. */
import { sha256Hex } from '../../platform/sha256.ts'
import type { Identity } from '../../registry/operators/operator.ts'
import { whoOf, withActor } from '../access/with-actor.ts'
import { accessVerdict } from '../access/cloudflare.ts'
import { identify } from '../access/credential.ts'
import type { ConsoleContext } from '../context.ts'
import { canHoldSession, noSessionCookie, sessionCookie } from '../login/cookie.ts'
import { answerPage } from './answer.tsx'
import { visitOf } from './gate.tsx'
import { Facts, Shown, ShownLines } from './components.tsx'
import { Form } from './form.tsx'
import { answerLogin } from './login-page.tsx'
import { targetOf } from './login-target.ts'
import { type Unsent, openUnsent } from './unsent.ts'

export async function showLogin(c: ConsoleContext): Promise<Response> {
  if ((await visitOf(c)) !== undefined) return c.redirect(targetOf(c.req.query()), 303)
  return answerLogin(c, canHoldSession(new URL(c.req.url)) ? undefined : NO_SESSION_HERE)
}

/** Takes a token and begins a session. Leads to the first page, an incident or a list, never to an address from the request. */
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
  const unsent = await openUnsent(c, identity)
  if (unsent === undefined) return c.redirect(targetOf(Object.fromEntries(c.get('form'))), 303)
  c.set('session', session)
  withActor(c, identity)
  return answerUnsent(c, unsent)
}

/** Shows the form that the session's end had kept from being sent. Nothing is sent before somebody says so. */
const answerUnsent = (c: ConsoleContext, { path, fields, lacksMore }: Unsent): Promise<Response> =>
  answerPage(
    c,
    { title: 'Not sent yet', narrow: true },
    <>
      <p class="notice warn" role="status">
        Your session had ended, so this was not done.
        {lacksMore && ' Not all that you typed was kept: open the form again, and type the rest there.'}
      </p>
      <Facts
        rows={[
          ['To', <Shown text={path} max={500} code />],
          ...fields.map(
            ([name, value]) =>
              [<Shown text={name} max={100} code />, <ShownLines text={value} max={4_000} />] as const,
          ),
        ]}
      />
      {lacksMore ? (
        <a class="button" href={path}>
          Open the form again
        </a>
      ) : (
        <Form action={path} label="Send it now" back="/">
          {fields.map(([name, value]) => (
            <input type="hidden" name={name} value={value} />
          ))}
        </Form>
      )}
    </>,
  )

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
