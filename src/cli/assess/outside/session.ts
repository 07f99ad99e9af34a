/** The session cookie: how it is set, who may begin a session, and whether a log-in changes it. */
import { Stop } from '../../stop.ts'
import type { Probe, Weakness } from '../probe.ts'
import type { TokenWorld } from '../world.ts'
import { logIn } from './log-in.ts'

export const session: Probe = {
  id: 'session',
  title: 'A session begins on the console’s own page, and its cookie stays in the browser.',
  severity: 'high',
  remedy: 'Let no proxy or rule in front of the console change cookies, or its Host and Origin headers.',
  needs: 'token',
  async *run(world) {
    const source = await world.source()
    const token = await world.token('viewer', [source.name])
    const own = await logIn(world, token)
    const cookie = own.headers.get('set-cookie')?.find((one) => one.includes('postern_session='))
    if (own.status !== 303 || cookie === undefined)
      throw new Stop(
        'no',
        'control_refused',
        `The log-in answers ${own.status} to a valid token. If this network has just guessed tokens, wait a minute.`,
      )
    yield* attributesOf(cookie, world.console.protocol === 'https:')
    yield* foreign(world, token)
    yield* fixed(world, token, cookie)
  },
}

function* attributesOf(cookie: string, isTls: boolean): Generator<Weakness> {
  const attributes = cookie.split(';').map((part) => part.trim().toLowerCase())
  const wanted = ['httponly', 'samesite=strict', 'path=/', ...(isTls ? ['secure'] : [])]
  for (const one of wanted)
    if (!attributes.includes(one)) yield { subject: one, evidence: `The session cookie lacks ${one}.` }
  if (isTls && !cookie.startsWith('__Host-'))
    yield { subject: '__Host-', evidence: 'The name of the session cookie lacks the prefix __Host-.' }
}

/** Forms of other sites (CSRF), and redirects to them. */
async function* foreign(world: TokenWorld, token: string): AsyncGenerator<Weakness> {
  for (const origin of ['https://attacker.example', 'null', undefined]) {
    const { headers } = await logIn(world, token, { origin })
    if (headers.has('set-cookie'))
      yield { subject: 'origin', evidence: `A form from ${origin ?? 'no origin'} begins a session.` }
  }
  const spoofed = await logIn(world, token, { more: { 'x-forwarded-host': 'attacker.example' } })
  if (spoofed.headers.get('location')?.some((to) => to.includes('attacker.example')) === true)
    yield { subject: 'redirect', evidence: 'The log-in leads to the host in X-Forwarded-Host.' }
}

/** A value that an attacker has put into the browser must not become the session (fixation). */
async function* fixed(world: TokenWorld, token: string, cookie: string): AsyncGenerator<Weakness> {
  const pair = cookie.split(';')[0] ?? ''
  const again = await logIn(world, token, { more: { cookie: pair } })
  if (again.headers.get('set-cookie')?.some((one) => one.startsWith(`${pair};`)) === true)
    yield { subject: 'fixation', evidence: 'A log-in keeps the value of a cookie that was there before.' }
}
