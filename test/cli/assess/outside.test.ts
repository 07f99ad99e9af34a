/** Each probe from outside: it finds nothing at the real Workers, and the weakness that is planted in front of them. */
import { beforeAll, describe, expect, it } from 'vitest'
import { OUTSIDE } from '../../../src/cli/assess/outside.ts'
import { jsonOf } from '../../../src/simulator/http.ts'
import { type Answered, type Weakness, json } from './planted.ts'
import { assessed, withPlantable } from './world.ts'

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

const TAKEN = json(200, { accepted: 0, duplicates: 0, quarantined: 1 })

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
    probe: 'forged',
    weakness: 'a gateway that verifies nothing',
    at: 'gateway',
    plant: insteadOf(401, TAKEN),
    finds: /shop took a delivery without any proof/,
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
    finds: /With no token, GET \/sources answers 200/,
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
    finds: /A form of another site begins a session/,
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
]

describe('probes from outside', () => {
  beforeAll(async () => {
    const made = await installation.postern.console.put('/api/sources/shop', {
      provider: 'generic',
      secrets: { hmac: 'k'.repeat(32) },
    })
    expect(made.status).toBe(201)
  })

  it('find nothing at the real Workers, and leave no event and no session', async () => {
    const report = await assessed(OUTSIDE, installation)
    expect(report.findings).toEqual([])
    expect(
      report.probes.flatMap(({ id, outcome, reason }) => (outcome === 'passed' ? [] : [[id, reason]])),
    ).toEqual([['transport', 'It is this machine, which nothing lies between.']])
    for (const list of ['sessions', 'events', 'quarantine'])
      expect(jsonOf(await installation.postern.console.get(`/api/${list}`))).toMatchObject({ [list]: [] })
  })

  it('do not take the 200 of a first call for an accepted delivery', async () => {
    const answered = { accepted: 0, duplicates: 0, quarantined: 0 }
    installation.gateway.plant(insteadOf(401, json(200, answered)))
    expect((await assessed(named('forged'), installation)).findings).toEqual([])
  })

  it.each(PLANTINGS)('$probe finds $weakness', async ({ probe, at, plant, finds }) => {
    installation[at].plant(plant)
    const { findings } = await assessed(named(probe), installation)
    expect(findings.map(({ evidence }) => evidence).join('\n')).toMatch(finds)
  })

  it('each have a planted weakness', () => {
    const planted = new Set(['transport', ...PLANTINGS.map(({ probe }) => probe)])
    expect(OUTSIDE.map(({ id }) => id).filter((id) => !planted.has(id))).toEqual([])
  })
})
