/** Probes that send what a stranger could send. */
import { connect } from 'node:tls'
import { sourceRoutes } from '../../api/sources.ts'
import { parseJsonText } from '../../platform/json.ts'
import { isLoopback } from '../../simulator/post.ts'
import { Stop } from '../stop.ts'
import type { Answer, Outgoing, Probe, Weakness, World } from './probe.ts'

/** Nothing is there for anybody. */
const NOT_THERE: readonly string[] = [
  '/.env',
  '/.git/config',
  '/api/sources',
  '/login',
  '/hooks/',
  '//health',
]
  .map((path) => `GET ${path}`)
  .concat('OPTIONS /', 'PUT /', 'DELETE /', 'PROPFIND /')

/** Nobody understands it, so where it is accepted, it is in quarantine and leaves no event. */
const UNSIGNED: Outgoing = {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: '[{"event_type":"postern.assess","data":null}]',
}

const PROTECTED = ['sources', 'tokens', 'events', 'suppressions', 'backups', 'audit', 'configuration']
  .map((noun) => `GET /api/${noun}`)
  .concat('GET /api/openapi.json', 'POST /api/tokens', 'POST /api/people/keys', 'GET /', 'GET /sources')
/** No route takes it, so nothing is changed if the token is not looked at. */
const USELESS = '{"assess":true}'
const CREDENTIALS: readonly (readonly [name: string, headers: Readonly<Record<string, string>>])[] = [
  ['no token', {}],
  ['a wrong token', { authorization: 'Bearer assess-not-a-token', cookie: 'postern_session=1.a.b' }],
  ['unsigned headers of Cloudflare Access', { 'cf-access-authenticated-user-email': 'admin@example.com' }],
]

const HEADERS: readonly (readonly [name: string, good: RegExp, onlyTls?: true])[] = [
  ['content-security-policy', /^(?=.*default-src 'none')(?=.*frame-ancestors 'none')(?!.*unsafe-)/],
  ['x-content-type-options', /^nosniff$/],
  ['referrer-policy', /^(?:same-origin|no-referrer|strict-origin)/],
  ['cache-control', /no-store/],
  // Four months and more.
  ['strict-transport-security', /max-age=\d{8}/, true],
]
const IN_FRONT = 'Something in front of it answers: for Access set CLOUDFLARE_ACCESS_CLIENT_ID and _SECRET.'

/** To the log-in, of Postern or of Cloudflare Access. */
const redirects = ({ status }: Answer): boolean => status >= 300 && status < 400

export const OUTSIDE: readonly Probe[] = [
  {
    id: 'transport',
    title: 'Deliveries and the console need TLS 1.2 or newer.',
    severity: 'medium',
    remedy: 'In Cloudflare, SSL/TLS, Edge Certificates: Always Use HTTPS, and 1.2 as minimum TLS version.',
    async *run(world) {
      const outside = world.bases.filter((base) => !isLoopback(base))
      if (outside.length === 0)
        throw new Stop('no', 'not_applicable', 'It is this machine, which nothing lies between.')
      for (const base of outside) yield* examineTransport(world, base)
    },
  },
  {
    id: 'methods-and-paths',
    title: 'The gateway answers at /health and /hooks/… alone, and there only to what is needed.',
    severity: 'medium',
    remedy: 'Give the gateway a host name of its own, with no other Worker, page or proxy rule on it.',
    async *run({ gateway, send }) {
      for (const subject of NOT_THERE) {
        const [method = '', path = ''] = subject.split(' ')
        const { status } = await send(gateway, path, { method })
        if (status !== 0 && (status < 400 || status >= 500))
          yield { subject, evidence: `The gateway answers ${status} to ${subject}.` }
      }
    },
  },
  {
    id: 'forged',
    title: 'A delivery without a signature or a secret is refused, at each source.',
    severity: 'critical',
    remedy: 'Deploy an unchanged gateway: npm run deploy. Let no proxy in front sign for others.',
    async *run({ gateway, api, send }) {
      for (const { name } of await api().list(sourceRoutes.listSources, {}, null)) {
        const { status, text } = await send(gateway, `/hooks/${name}`, UNSIGNED)
        const receipt = parseJsonText(text) as Readonly<Record<string, unknown>> | null | undefined
        // A first call during a set-up gets 200 as well, and counts nothing.
        if (status === 200 && (Number(receipt?.['accepted']) > 0 || Number(receipt?.['quarantined']) > 0))
          yield { subject: `source ${name}`, evidence: `${name} took a delivery without any proof.` }
      }
    },
  },
  {
    id: 'unknown-token',
    title: 'The console answers nobody without a valid token.',
    severity: 'critical',
    remedy: 'Deploy an unchanged console: npm run deploy. Let no proxy in front add a token.',
    async *run({ console: base, send }) {
      for (const subject of PROTECTED)
        for (const [name, headers] of CREDENTIALS) {
          const [method = '', path = ''] = subject.split(' ')
          const sent = { method, headers: { 'content-type': 'application/json', ...headers } }
          const answer = await send(base(), path, method === 'GET' ? sent : { ...sent, body: USELESS })
          if (answer.status === 401 || answer.status === 403 || redirects(answer)) continue
          yield { subject, evidence: `With ${name}, ${subject} answers ${answer.status}.` }
        }
    },
  },
  {
    id: 'session',
    title: 'A session begins on the console’s own page, and its cookie stays in the browser.',
    severity: 'high',
    remedy: 'Let no proxy or rule in front of the console change cookies, or its Host and Origin headers.',
    async *run(world) {
      const base = world.console()
      const post = (path: string, form: Readonly<Record<string, string>>, headers = {}) =>
        world.send(base, path, {
          method: 'POST',
          headers: { 'content-type': 'application/x-www-form-urlencoded', origin: base.origin, ...headers },
          body: new URLSearchParams(form).toString(),
        })
      const form = { token: world.token() }
      const own = await post('/login', form)
      const cookie = own.headers.getSetCookie().find((one) => one.includes('postern_session='))
      if (own.status !== 303 || cookie === undefined)
        throw new Stop('no', 'control_refused', `The log-in answers ${own.status} to this token.`)
      const isTls = base.protocol === 'https:'
      const attributes = cookie.split(';').map((part) => part.trim().toLowerCase())
      for (const one of ['httponly', 'samesite=strict', 'path=/', ...(isTls ? ['secure'] : [])])
        if (!attributes.includes(one)) yield { subject: one, evidence: `The session cookie lacks ${one}.` }
      if (isTls && !cookie.startsWith('__Host-'))
        yield { subject: '__Host-', evidence: 'The name of the session cookie lacks the prefix __Host-.' }
      const foreign = await post('/login', form, { origin: 'https://attacker.example' })
      if (foreign.headers.has('set-cookie'))
        yield { subject: 'origin', evidence: 'A form of another site begins a session.' }
      const headers = { cookie: cookie.split(';')[0] ?? '' }
      const { text } = await world.send(base, '/', { headers })
      await post(
        '/logout',
        { form_token: /name="form_token" value="([^"]+)"/.exec(text)?.[1] ?? '' },
        headers,
      )
    },
  },
  {
    id: 'headers',
    title: 'The console sends the headers that protect a browser.',
    severity: 'medium',
    remedy: 'Let no proxy or rule in front of the console remove or replace its headers.',
    async *run({ console: base, send }) {
      for (const path of ['/login', '/api/sources', '/assess-nothing']) {
        const { headers } = await send(base(), path)
        if (!headers.has('x-request-id')) throw new Stop('denied', 'not_postern', IN_FRONT)
        for (const [name, good, onlyTls] of HEADERS) {
          const value = headers.get(name)
          const isFine = value === null ? onlyTls && base().protocol === 'http:' : good.test(value)
          const seen = value === null ? `lacks ${name}.` : `has ${name}: ${value.slice(0, 200)}`
          if (isFine !== true) yield { subject: `${name} of ${path}`, evidence: `${path} ${seen}` }
        }
        if (headers.has('access-control-allow-origin'))
          yield { subject: `CORS of ${path}`, evidence: `${path} lets pages of other sites read it.` }
      }
    },
  },
]

/** @param plain URL under which the host would answer without TLS */
export async function* examineTransport(
  { send, turn }: Pick<World, 'send' | 'turn'>,
  base: URL,
  plain = new URL(`http://${base.hostname}`),
): AsyncGenerator<Weakness> {
  const { host } = base
  const answer = await send(plain, '/hooks/assess-nothing', { method: 'POST' })
  const leads = redirects(answer) && answer.headers.get('location')?.startsWith('https://') === true
  if (![0, 403, 426].includes(answer.status) && !leads)
    yield { subject: `http of ${host}`, evidence: `${host} answers ${answer.status} over plain HTTP.` }
  for (const version of ['TLSv1', 'TLSv1.1'] as const) {
    await turn()
    if (await speaks(base, version))
      yield { subject: `${version} of ${host}`, severity: 'low', evidence: `${host} speaks ${version}.` }
  }
}

function speaks({ hostname, port }: URL, version: 'TLSv1' | 'TLSv1.1'): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({
      host: hostname,
      port: Number(port || 443),
      ...(/^[\d.[\]:]+$/.test(hostname) ? {} : { servername: hostname }),
      minVersion: version,
      maxVersion: version,
      // This level of OpenSSL lets us offer what is old.
      ciphers: 'DEFAULT@SECLEVEL=0',
      // Whether the certificate is trusted is not the question.
      rejectUnauthorized: false,
      timeout: 10_000,
    })
    const end = (does: boolean) => {
      resolve(does)
      socket.destroy()
    }
    socket.on('secureConnect', () => end(true))
    for (const event of ['error', 'timeout']) socket.on(event, () => end(false))
  })
}
