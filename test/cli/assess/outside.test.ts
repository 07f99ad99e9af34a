/** Each probe from outside: it finds nothing at the real Workers, and the weakness that is planted in front of them. */
import { describe, expect, inject, it } from 'vitest'
import { OUTSIDE } from '../../../src/cli/assess/outside/index.ts'
import { type Answered, type Weakness, json } from './planted.ts'
import { assessed, hurried, leftAt, withPlantable } from './world.ts'

const installation = withPlantable()

const named = (...ids: readonly string[]) => OUTSIDE.filter(({ id }) => ids.includes(id))

interface Planting {
  readonly probe: string
  readonly weakness: string
  readonly at: 'gateway' | 'console'
  readonly plant: Weakness
  /** Part of the evidence. */
  readonly finds: RegExp
}

const ACCEPTED = json(200, { accepted: 0, duplicates: 0, quarantined: 0 })

const insteadOf =
  (status: number, otherwise: Answered): Weakness =>
  async (_asked, forward) => {
    const answered = await forward()
    return answered.status === status ? otherwise : answered
  }

const withHeaders =
  (change: (headers: Answered['headers']) => Answered['headers']): Weakness =>
  async (_asked, forward) => {
    const answered = await forward()
    return { ...answered, headers: { ...answered.headers, ...change(answered.headers) } }
  }

const cookiesOf = (headers: Answered['headers']): string[] => [headers['set-cookie'] ?? []].flat()

const PLANTINGS: readonly Planting[] = [
  {
    probe: 'methods-and-paths',
    weakness: 'a file with settings',
    at: 'gateway',
    plant: ({ path }, forward) => (path === '/.env' ? json(200, { MASTER_KEY: 'x' }) : forward()),
    finds: /answers 200 to GET \/\.env/,
  },
  {
    probe: 'methods-and-paths',
    weakness: 'a server that answers TRACE',
    at: 'gateway',
    plant: ({ method }, forward) => (method === 'TRACE' ? json(200, {}) : forward()),
    finds: /answers 200 to TRACE/,
  },
  {
    probe: 'error-texts',
    weakness: 'an answer with a stack',
    at: 'gateway',
    plant: (asked, forward) =>
      asked.path.startsWith('/hooks/')
        ? { status: 400, headers: {}, body: 'Error: x\n    at read (index.js:1:2)' }
        : forward(),
    finds: /has a stack/,
  },
  {
    probe: 'error-texts',
    weakness: 'a page that repeats the request',
    at: 'console',
    plant: ({ path }) => ({ status: 404, headers: {}, body: `No ${decodeURIComponent(path)}` }),
    finds: /has what was sent/,
  },
  {
    probe: 'error-texts',
    weakness: 'a header that names the software',
    at: 'console',
    plant: withHeaders(() => ({ 'x-powered-by': 'Express' })),
    finds: /has x-powered-by/,
  },
  {
    probe: 'forged',
    weakness: 'a gateway that verifies nothing',
    at: 'gateway',
    plant: insteadOf(401, ACCEPTED),
    finds: /200 to a delivery under another key/,
  },
  {
    probe: 'stale',
    weakness: 'a gateway that looks at no time',
    at: 'gateway',
    plant: insteadOf(401, ACCEPTED),
    finds: /200 to a delivery signed an hour ago/,
  },
  {
    probe: 'replayed',
    weakness: 'a gateway without a memory',
    at: 'gateway',
    plant: async (_asked, forward) => {
      const answered = await forward()
      return String(answered.body).includes('"duplicates":1')
        ? json(200, { accepted: 1, duplicates: 0, quarantined: 0 })
        : answered
    },
    finds: /Copy 1 of a delivery was taken as a new one/,
  },
  {
    probe: 'oversized',
    weakness: 'a gateway without a limit',
    at: 'gateway',
    plant: insteadOf(413, ACCEPTED),
    finds: /200 to a gzip bomb/,
  },
  {
    probe: 'malformed',
    weakness: 'a parser without a limit of depth',
    at: 'gateway',
    plant: ({ body }, forward) => (body.includes('[[[[[[[[') ? json(500, {}) : forward()),
    finds: /answers 500 after deeply nested JSON/,
  },
  {
    probe: 'dripping',
    weakness: 'a proxy that waits for the end of the body',
    at: 'gateway',
    plant: (_asked, forward) => forward(),
    finds: /still reads/,
  },
  {
    probe: 'spoofed-headers',
    weakness: 'a proxy that believes X-Forwarded-For',
    at: 'gateway',
    plant: ({ headers }, forward) =>
      forward({
        headers: {
          ...headers,
          'cf-connecting-ip': headers['x-forwarded-for'] ?? headers['cf-connecting-ip'],
        },
      }),
    finds: /200 to a delivery with x-forwarded-for/,
  },
  {
    probe: 'unknown-token',
    weakness: 'a console that takes any token',
    at: 'console',
    plant: ({ path }, forward) => (path === '/api/tokens' ? json(200, { tokens: [] }) : forward()),
    finds: /With a wrong token, GET \/api\/tokens answers 200/,
  },
  {
    probe: 'unknown-token',
    weakness: 'a page without a log-in',
    at: 'console',
    plant: ({ path }, forward) => (path === '/sources' ? { status: 200, headers: {}, body: '' } : forward()),
    finds: /Without a session, \/sources answers 200/,
  },
  {
    probe: 'low-privilege',
    weakness: 'a proxy that calls as an administrator',
    at: 'console',
    plant: ({ path, headers }, forward) =>
      path === '/api/audit'
        ? forward({
            headers: { ...headers, authorization: `Bearer ${installation.postern.secrets.ADMIN_TOKEN}` },
          })
        : forward(),
    finds: /GET \/api\/audit by a viewer answers 200/,
  },
  {
    probe: 'low-privilege',
    weakness: 'a list of all sources for everybody',
    at: 'console',
    plant: ({ path, headers }, forward) =>
      path === '/api/sources'
        ? forward({
            headers: { ...headers, authorization: `Bearer ${installation.postern.secrets.ADMIN_TOKEN}` },
          })
        : forward(),
    finds: /A viewer of one source sees 1 others/,
  },
  {
    probe: 'session',
    weakness: 'a cookie that scripts read',
    at: 'console',
    plant: withHeaders((headers) => ({
      'set-cookie': cookiesOf(headers).map((one) => one.replace('; HttpOnly', '')),
    })),
    finds: /lacks httponly/,
  },
  {
    probe: 'session',
    weakness: 'a proxy that replaces Origin',
    at: 'console',
    plant: ({ headers }, forward) =>
      forward({ headers: { ...headers, origin: installation.console.url.origin } }),
    finds: /A form from https:\/\/attacker\.example begins a session/,
  },
  {
    probe: 'session',
    weakness: 'a redirect to the host that is asked for',
    at: 'console',
    plant: async ({ headers }, forward) => {
      const answered = await forward()
      const host = headers['x-forwarded-host']
      return host === undefined
        ? answered
        : { ...answered, headers: { ...answered.headers, location: `https://${String(host)}/` } }
    },
    finds: /leads to the host in X-Forwarded-Host/,
  },
  {
    probe: 'session',
    weakness: 'a session that an attacker chose',
    at: 'console',
    plant: async ({ headers }, forward) => {
      const answered = await forward()
      return headers['cookie'] === undefined
        ? answered
        : {
            ...answered,
            headers: { ...answered.headers, 'set-cookie': [`${String(headers['cookie'])}; Path=/`] },
          }
    },
    finds: /keeps the value of a cookie/,
  },
  {
    probe: 'headers',
    weakness: 'a proxy that removes the policy',
    at: 'console',
    plant: withHeaders(() => ({ 'content-security-policy': undefined })),
    finds: /\/login lacks content-security-policy/,
  },
  {
    probe: 'headers',
    weakness: 'a proxy that lets other sites read',
    at: 'console',
    plant: withHeaders(() => ({ 'access-control-allow-origin': '*' })),
    finds: /lets pages of other sites read it/,
  },
  {
    probe: 'log-in-limit',
    weakness: 'a log-in that never makes anybody wait',
    at: 'console',
    plant: insteadOf(429, { status: 401, headers: {}, body: '' }),
    finds: /12 wrong tokens within a minute/,
  },
]

/** At the Workers themselves: the proxies in front of them read whole bodies. */
const directly = () => ({
  gateway: installation.postern.runtime.url('gateway'),
  console: installation.postern.runtime.url('console').href,
})

describe('probes from outside', () => {
  it('find nothing at the real Workers, and leave nothing behind', async () => {
    const probes = OUTSIDE.filter(({ id }) => id !== 'dripping')
    const report = await assessed(probes, installation, directly())
    expect(report.findings).toEqual([])
    expect(
      report.probes.flatMap(({ id, outcome, reason }) => (outcome === 'passed' ? [] : [[id, reason]])),
    ).toEqual([['transport', 'It is this machine, which nothing lies between.']])
    expect(report.left_behind).toEqual([])
    expect(await leftAt(installation)).toEqual({
      sources: [],
      tokens: [],
      quarantine: [],
      sessions: [],
      events: [],
    })
  })

  // The gateway reads for thirty seconds, and the assessment waits for longer.
  it.runIf(inject('thorough'))('find a real gateway that gives up a body without an end', async () => {
    const report = await assessed(named('dripping'), installation, { ...directly(), io: hurried(1) })
    expect(report.probes).toMatchObject([{ outcome: 'passed' }])
  })

  it.each(PLANTINGS)('$probe finds $weakness', async ({ probe, at, plant, finds }) => {
    installation[at].plant(plant)
    const { findings, left_behind: left } = await assessed(named(probe), installation)
    expect(findings.map(({ evidence }) => evidence).join('\n')).toMatch(finds)
    expect(left).toEqual([])
  })

  it('each have a planted weakness', () => {
    const planted = new Set(['transport', ...PLANTINGS.map(({ probe }) => probe)])
    expect(OUTSIDE.map(({ id }) => id).filter((id) => !planted.has(id))).toEqual([])
  })
})
