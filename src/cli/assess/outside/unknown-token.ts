/** The console without a token, and with a wrong one: the API, and the pages. */
import type { Outgoing } from '../http.ts'
import type { Probe } from '../probe.ts'

const json = (method: string, path: string): Outgoing => ({
  method,
  path,
  headers: { 'content-type': 'application/json' },
  // No route takes it, so nothing is changed if the token is not looked at.
  body: Buffer.from('{"assess":true}'),
})

const CALLS: readonly Outgoing[] = [
  ...['sources', 'tokens', 'events', 'suppressions', 'backups', 'audit', 'configuration', 'openapi.json'].map(
    (noun): Outgoing => ({ path: `/api/${noun}` }),
  ),
  json('PUT', '/api/sources/assess-nothing'),
  json('POST', '/api/tokens'),
  json('POST', '/api/people/keys'),
]

const CREDENTIALS: readonly (readonly [name: string, headers: Readonly<Record<string, string>>])[] = [
  ['no token', {}],
  ['a wrong token', { authorization: 'Bearer assess-not-a-token' }],
  [
    'headers of Cloudflare Access that nobody signed',
    { 'cf-access-authenticated-user-email': 'admin@example.com' },
  ],
]

const PAGES = ['/', '/sources', '/requests/assess']

export const unknownToken: Probe = {
  id: 'unknown-token',
  title: 'The console answers nobody without a valid token.',
  severity: 'critical',
  remedy:
    'Deploy an unchanged console: npm run deploy. If a proxy adds a token, let it do so for known people only.',
  needs: 'console',
  async *run(world) {
    for (const call of CALLS)
      for (const [name, headers] of CREDENTIALS) {
        const { status } = await world.send(world.console, {
          ...call,
          headers: { ...call.headers, ...headers },
        })
        if (isRefused(status)) continue
        const subject = `${call.method ?? 'GET'} ${call.path}`
        yield { subject, evidence: `With ${name}, ${subject} answers ${status}.` }
      }
    for (const path of PAGES) {
      const { status } = await world.send(world.console, {
        path,
        headers: { cookie: 'postern_session=1.a.b' },
      })
      if (!isRefused(status))
        yield { subject: path, evidence: `Without a session, ${path} answers ${status}.` }
    }
  },
}

/** Redirects lead to the log-in, of Postern or of Cloudflare Access. */
const isRefused = (status: number): boolean =>
  status === 401 || status === 403 || (status >= 300 && status < 400)
