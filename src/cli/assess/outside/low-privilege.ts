/** The API with temporary tokens of low privilege: viewers and operators, of all sources and of one. */
import { auditRoutes } from '../../../api/audit.ts'
import { backupRoutes } from '../../../api/backups.ts'
import { type AnyCall, pathOf } from '../../../api/client.ts'
import { peopleRoutes } from '../../../api/people.ts'
import type { AnyRoute } from '../../../api/route.ts'
import { sessionRoutes } from '../../../api/sessions.ts'
import { sourceRoutes } from '../../../api/sources.ts'
import { suppressionRoutes } from '../../../api/suppressions.ts'
import { tokenRoutes } from '../../../api/tokens.ts'
import { objectIn } from '../http.ts'
import type { Probe, Weakness } from '../probe.ts'
import type { TokenWorld } from '../world.ts'

const NOBODY = 'assess@nobody.invalid'

type Call = readonly [route: AnyRoute, call?: AnyCall]

export const lowPrivilege: Probe = {
  id: 'low-privilege',
  title: 'A token can do what its role and its sources allow, and nothing else.',
  severity: 'critical',
  remedy: 'Deploy an unchanged console of the newest version: npm run deploy.',
  needs: 'token',
  async *run(world) {
    const own = await world.source()
    const other = await world.source()
    const source = { params: { name: own.name } }
    /** If a token may make a token after all, its name says that it is temporary. */
    const token: Call = [
      tokenRoutes.createToken,
      { body: { name: own.name, role: 'viewer', expires_in_days: 1 } },
    ]
    const ofAdmins: readonly Call[] = [
      token,
      [tokenRoutes.listTokens],
      [sessionRoutes.listSessions],
      [auditRoutes.listAudit],
      [backupRoutes.listBackups],
    ]
    /** Also not for a token for some sources. The addresses are nobody's (RFC 2606). */
    const ofPeople: readonly Call[] = [
      [peopleRoutes.readPeopleKeys, { body: {} }],
      [peopleRoutes.showPerson, { body: { address: NOBODY } }],
      [peopleRoutes.erasePerson, { body: { address: NOBODY, keep_suppression: true, plan: true } }],
    ]
    const ofOperators: readonly Call[] = [
      [sourceRoutes.deleteSource, source],
      [suppressionRoutes.exportSuppressions],
      ...ofPeople,
    ]
    const viewer = await world.token('viewer')
    const scoped = await world.token('viewer', [own.name])
    yield* mayNot(world, 'a viewer', viewer, [...ofAdmins, ...ofOperators])
    yield* mayNot(world, 'an operator', await world.token('operator'), ofAdmins)
    yield* mayNot(world, 'a viewer of one source', scoped, [
      ...ofAdmins,
      ...ofOperators,
      [sourceRoutes.getSource, { params: { name: other.name } }],
    ])
    const scopedOperator = await world.token('operator', [own.name])
    yield* mayNot(world, 'an operator of one source', scopedOperator, [...ofAdmins, ...ofPeople])
    yield* seesOnly(world, scoped, own.name)
  },
}

async function* mayNot(
  world: TokenWorld,
  who: string,
  token: string,
  calls: readonly Call[],
): AsyncGenerator<Weakness> {
  for (const [route, { params, body } = {}] of calls) {
    const { status } = await world.send(world.console, {
      method: route.method,
      path: pathOf(route, params),
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: Buffer.from(JSON.stringify(body)) }),
    })
    const subject = `${route.method} ${route.path} by ${who}`
    if (status !== 403 && status !== 404) yield { subject, evidence: `${subject} answers ${status}.` }
  }
}

async function* seesOnly(world: TokenWorld, token: string, own: string): AsyncGenerator<Weakness> {
  const answer = await world.send(world.console, {
    path: pathOf(sourceRoutes.listSources),
    headers: { authorization: `Bearer ${token}` },
  })
  const { sources = [] } = (objectIn(answer) ?? {}) as { sources?: readonly { readonly name: string }[] }
  const others = sources.filter(({ name }) => name !== own)
  if (others.length > 0)
    yield {
      subject: 'GET /api/sources by a viewer of one source',
      evidence: `A viewer of one source sees ${others.length} others.`,
    }
}
