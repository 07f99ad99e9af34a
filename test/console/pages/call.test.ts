/** Routes that pages call in process: they refuse the same as over HTTP. */
import { beforeAll, expect, it } from 'vitest'
import type { Problem } from '../../../src/api/problem.ts'
import { destinationRoutes } from '../../../src/api/destinations.ts'
import { incidentRoutes } from '../../../src/api/incidents.ts'
import { retentionRoutes } from '../../../src/api/retention.ts'
import { sourceRoutes } from '../../../src/api/sources.ts'
import { adminTokenRoutes } from '../../../src/api/tokens.ts'
import type { ConsoleContext } from '../../../src/console/context.ts'
import { call } from '../../../src/console/pages/call.ts'
import type { RequestContext } from '../../../src/console/request-context.ts'
import { WHO } from '../../support/who.ts'
import { migrate } from '../support.ts'

beforeAll(migrate)

const ADMIN = { actor: 'admin', role: 'admin', sources: null } as const
const LIMITED = { actor: 'token:1', role: 'operator', sources: ['own'] } as const

/** As far as refusals need it: none of these calls gets to its handler's work. */
const as = (actor: Partial<RequestContext['actor']>): ConsoleContext =>
  ({ get: () => ({ actor, who: { ...WHO, reason: null } }) }) as unknown as ConsoleContext

const name = 'own'
it.each<[string, Promise<unknown>, Problem['code'], string[]]>([
  ['a role', call(as({ role: 'viewer' }), destinationRoutes.pauseDestination, { params: { name } }), 'role_too_low', []], // prettier-ignore
  ['a source', call(as(LIMITED), sourceRoutes.getSource, { params: { name: 'foreign' } }), 'source_unknown', []], // prettier-ignore
  ['a scope', call(as(LIMITED), retentionRoutes.getRetention), 'scope_too_narrow', []],
  ['a query', call(as(ADMIN), destinationRoutes.testDestination, { params: { name }, query: { kind: 'x' } }), 'parameter_invalid', ['kind']], // prettier-ignore
  ['a body', call(as(ADMIN), incidentRoutes.reviewIncident, { params: { number: '1' }, body: { cause: '' } }), 'body_invalid', ['cause', 'lessons']], // prettier-ignore
  ['no body', call(as(ADMIN), incidentRoutes.noteIncident, { params: { number: '1' } }), 'body_invalid', []],
  ['no reason', call(as(ADMIN), adminTokenRoutes.retireAdminToken, { body: {} }), 'reason_needed', []],
])('%s that does not fit is refused', async (_what, called, code, paths) => {
  const { problems = [], ...refused } = (await called) as Problem
  expect(refused).toMatchObject({ ok: false, code })
  expect(problems.map(({ path }) => path)).toEqual(paths)
})
