/** Containment through all three Workers: the policy blocks the attacker and never the ESP, and the command line lifts the block. */
import { expect, it } from 'vitest'
import { jsonOf } from '../../src/simulator/http.ts'
import { run } from '../cli/run.ts'
import { signGeneric } from '../support/generic.ts'
import { type TestSource, nowSeconds, simulated, until, withInstallation } from './postern.ts'

const ESP = '198.51.100.7'
/** Somebody in the ESP's own network, as every other customer of it is. */
const BESIDE_ESP = '198.51.100.99'
const ATTACKER = '203.0.113.9'

/** A minute is watched ten seconds after its end, here in real time: the alarm wakes the watch. */
const PATIENCE_MS = 110_000

const postern = withInstallation()

async function genuine({ account, deliver }: TestSource, from: string) {
  const request = await account.deliver([simulated()], nowSeconds())
  return deliver({ ...request, headers: { ...request.headers, 'cf-connecting-ip': from } })
}

async function forged({ account, deliver }: TestSource, from: string) {
  const request = await account.deliver([simulated()], nowSeconds())
  const { headers } = await signGeneric(request.body, 'not-the-secret-of-this-source', nowSeconds())
  return deliver({ ...request, headers: { ...headers, 'cf-connecting-ip': from } })
}

interface Incident {
  readonly number: number
  readonly headline: string
  readonly state: string
  readonly containments: readonly { readonly id: string; readonly network: string; readonly by: string }[]
  readonly actions: readonly { readonly command: string | null }[]
  readonly timeline: readonly { readonly kind: string; readonly text: string }[]
}

const incident = async (): Promise<Incident> => {
  const answer = await postern.console.get('/api/incidents?source=contained')
  const [found = { containments: [] }] = (jsonOf(answer) as { incidents: Incident[] }).incidents
  return found as Incident
}

it('blocks an attacker by policy, the ESP never, also after evictions, until somebody lifts it', async () => {
  const source = await postern.source('generic', 'contained')
  const { secrets: _stored, ...document } = source.account.document as Record<string, unknown>
  const policy = { ...document, containment: { bruteForce: 'block' } }
  expect((await postern.console.put('/api/sources/contained', policy)).status).toBe(200)
  expect((await genuine(source, ESP)).status).toBe(200)
  await postern.settledAt('contained', 1)
  for (let i = 0; i < 14; i += 1) {
    expect((await forged(source, ATTACKER)).status).toBe(401)
    expect((await forged(source, BESIDE_ESP)).status).toBe(401)
  }
  await until(async () => (await incident()).containments?.length > 0, PATIENCE_MS)
  await postern.runtime.evict('Incidents', 'incidents')
  const contained = await incident()
  const all = jsonOf(await postern.console.get('/api/incidents'))
  expect(contained, JSON.stringify(all)).toMatchObject({
    state: 'contained',
    containments: [{ network: '203.0.113.0/24', by: 'policy' }],
  })
  expect(contained.timeline.filter(({ kind }) => kind === 'containment_refused')).toMatchObject([
    { text: expect.stringContaining('198.51.100.0/24') },
  ])
  // Every part answers the watch: a queue that is silent would have made the block uncertain.
  const kinds = (all as { readonly incidents: readonly { readonly kind: string }[] }).incidents.map(
    ({ kind }) => kind,
  )
  expect(kinds).not.toContain('dependency_down')
  // The next request obeys, with a right proof as with a wrong one.
  expect((await genuine(source, ATTACKER)).status).toBe(403)
  expect((await forged(source, ATTACKER)).status).toBe(403)
  const reported = async () =>
    jsonOf(await postern.console.get('/api/refusals?source=contained&limit=2')) as {
      readonly refusals: readonly { readonly code: string }[]
    }
  await until(async () => (await reported()).refusals[0]?.code === 'network_blocked')
  expect((await reported()).refusals).toMatchObject([
    { code: 'network_blocked' },
    { code: 'network_blocked' },
  ])
  expect((await genuine(source, ESP)).status).toBe(200)
  expect((await genuine(source, BESIDE_ESP)).status).toBe(200)

  // A block of the ESP by hand is refused as well.
  for (const network of ['198.51.100.0/24', ESP, `::ffff:${ESP}`]) {
    const body = { action: 'block', network }
    const by = await postern.console.post('/api/sources/contained/contain', body)
    expect([by.status, jsonOf(by)]).toMatchObject([409, { code: 'network_verified' }])
  }

  const cli = (...words: readonly string[]) => run(words, '', postern.reach)
  const listed = await cli('incidents', 'containments')
  const id = contained.containments[0]?.id ?? ''
  expect(listed.out).toContain(id)
  expect(await cli('incidents', 'lift', id)).toMatchObject({ code: 0, complaints: '' })
  expect((await genuine(source, ATTACKER)).status).toBe(200)
  expect((await incident()).state).toBe('open')
  // Deliveries from there were verified now: a block is refused, and none was recommended for what is blocked, or would be refused.
  expect(contained.actions.flatMap((one) => one.command ?? []).join()).not.toContain('--block')
  await postern.settledAt('contained', 4)
  const again = await cli('incidents', 'contain', String(contained.number), '--block', '203.0.113.0/24')
  expect(again.complaints).toContain('verified')
}, 240_000)

it.each([
  [{ action: 'pause' }, 503],
  [{ action: 'raise_level', level: 'maximum' }, 403],
])('is obeyed on the next request, until somebody lifts it: %j', async (request, status) => {
  const source = await postern.source('generic', `obeys-${request.action.replaceAll('_', '-')}`)
  expect((await genuine(source, ESP)).status).toBe(200)
  const begun = await postern.console.post(`/api/sources/${source.name}/contain`, request)
  expect(begun.status).toBe(200)
  const { id } = jsonOf(begun) as { id: string }
  expect((await genuine(source, ESP)).status).toBe(status)
  expect((await postern.console.remove(`/api/containments/${id}`)).status).toBe(200)
  await until(async () => (await genuine(source, ESP)).status === 200)
  expect((await genuine(source, ESP)).status).toBe(200)
})
