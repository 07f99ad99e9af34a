/** Calls every route of the OpenAPI document with every role, for the token's own source and for another. */
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { ROLES } from '../../../src/api/route.ts'
import { ROUTES } from '../../../src/console/api/index.ts'
import { documentOf } from '../../../src/console/api/document/index.ts'
import type { Role } from '../../../src/registry/operators/operator.ts'
import { type Holder, holder } from '../credentials.ts'
import { type TestConsole, migrate, newConsole } from '../support.ts'

interface Operation {
  readonly operationId: string
  readonly 'x-role'?: unknown
  readonly 'x-scoped'?: unknown
}
interface Case {
  readonly id: string
  readonly method: string
  readonly path: string
  readonly role: Role
  readonly scoped: boolean
}

const document: { readonly paths: Readonly<Record<string, object>> } = documentOf(ROUTES)

const OPERATIONS: readonly (Operation & { readonly method: string; readonly path: string })[] =
  Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations as Record<string, Operation>).map(([method, operation]) => ({
      ...operation,
      method: method.toUpperCase(),
      path,
    })),
  )

const CASES: readonly Case[] = OPERATIONS.flatMap(({ operationId, method, path, ...rest }) => {
  const role = ROLES.find((one) => one === rest['x-role'])
  return role === undefined
    ? []
    : [{ id: operationId, method, path, role, scoped: rest['x-scoped'] === true }]
})

const OWN = 'own'
const FOREIGN = 'foreign'
const UNKNOWN = 'unknown'
const DOCUMENT = { provider: 'generic', secrets: { hmac: 'secret-of-the-authorisation-test' } }

/** The path with this source. Its other parameters name nothing that exists. */
const pathFor = (path: string, source: string): string =>
  path.replaceAll('{name}', source).replaceAll(/\{\w+\}/g, '1')

/** A request that passes authorization and changes nothing. */
const bodyFor = (method: string): unknown => (method === 'GET' || method === 'DELETE' ? undefined : {})

const isOfOneSource = ({ path }: Case): boolean => path.startsWith('/api/sources/{name}')

let here: TestConsole
const whole = new Map<Role, Holder>()
const scoped = new Map<Role, Holder>()

const of = (holders: Map<Role, Holder>, role: Role): Holder => {
  const found = holders.get(role)
  if (found === undefined) throw new Error(`no ${role}`)
  return found
}

beforeAll(async () => {
  await migrate()
  here = newConsole()
  for (const role of ROLES) whole.set(role, await holder(here, role))
  await ensureSources()
})

/** Makes the sources that a call may have removed. */
async function ensureSources(): Promise<void> {
  await here.api('PUT', `/api/sources/${FOREIGN}`, DOCUMENT)
  const { status } = await here.api('PUT', `/api/sources/${OWN}`, DOCUMENT)
  // A token opens no source that is younger than itself, and one of the routes removes the source.
  if (status !== 201) return
  for (const role of ['viewer', 'operator'] as const) scoped.set(role, await holder(here, role, [OWN]))
}

it('has a role for every operation, and says whether a token for some sources may call it', () => {
  expect(OPERATIONS.length).toBe(ROUTES.length)
  expect(OPERATIONS.filter((one) => !ROLES.some((role) => role === one['x-role']))).toEqual([])
  expect(OPERATIONS.filter((one) => typeof one['x-scoped'] !== 'boolean')).toEqual([])
})

it('lets viewers change nothing', () => {
  // This POST only reads: a list of addresses does not fit into a URL.
  const changing = CASES.filter(({ method, id }) => method !== 'GET' && id !== 'checkSuppressions')
  expect(changing.filter(({ role }) => role === 'viewer')).toEqual([])
})

describe.each(CASES)('$method $path', (one) => {
  it.each(ROLES)('as %s', async (role) => {
    const { status, json } = await of(whole, role).send(
      one.method,
      pathFor(one.path, UNKNOWN),
      bodyFor(one.method),
    )
    if (ROLES.indexOf(role) < ROLES.indexOf(one.role)) {
      expect({ status, code: json['code'] }).toEqual({ status: 403, code: 'role_too_low' })
    } else {
      expect([401, 403, 500]).not.toContain(status)
    }
  })

  it.each(['viewer', 'operator'] as const)('as %s of one source', async (role) => {
    if (one.method !== 'GET') onTestFinished(ensureSources)
    const { send } = of(scoped, role)
    const { method, path } = one
    const asked = async (source: string) => {
      const { status, json } = await send(method, pathFor(path, source), bodyFor(method))
      const { request_id: _, ...rest } = json
      return { status, ...rest } as { status: number; code?: string }
    }
    const own = await asked(OWN)
    if (ROLES.indexOf(role) < ROLES.indexOf(one.role)) {
      expect(own).toMatchObject({ status: 403, code: 'role_too_low' })
      expect(await asked(FOREIGN)).toEqual(own)
      return
    }
    if (!one.scoped) {
      expect(own).toMatchObject({ status: 403, code: 'scope_too_narrow' })
      return
    }
    expect([401, 403, 500]).not.toContain(own.status)
    if (!isOfOneSource(one)) return
    expect(own.code).not.toBe('source_unknown')
    expect(await asked(FOREIGN)).toMatchObject({ status: 404, code: 'source_unknown' })
    expect(await asked(FOREIGN)).toEqual(await asked(UNKNOWN))
    expect((await here.api('GET', `/api/sources/${FOREIGN}`)).status).toBe(200)
  })
})

it('says that a path or method is unknown, but only to an authenticated caller', async () => {
  for (const [method, path, status] of [
    ['GET', '/api/nothing', 404],
    ['PATCH', '/api/sources', 405],
  ] as const) {
    expect((await here.fetch(path, { method })).status).toBe(401)
    for (const { send } of [...whole.values(), ...scoped.values()])
      expect((await send(method, path)).status).toBe(status)
  }
})
