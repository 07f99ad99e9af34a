/** The real console with the real registry, watch and store, and a queue whose messages a test can read. */
import { applyD1Migrations, createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import * as v from 'valibot'
import { expect } from 'vitest'
import { codesOf } from '../../src/console/api/document/operation.ts'
import { ROUTES } from '../../src/console/api/index.ts'
import type { BoundRoute } from '../../src/console/api/route.ts'
import { createConsole } from '../../src/console/app.ts'
import type { ConsoleEnv, ConsoleRegistry } from '../../src/console/env.ts'
import type { LogFields } from '../../src/platform/log.ts'
import { readMasterKeys } from '../../src/platform/master-key.ts'
import { openStore } from '../../src/store/store.ts'
import { EMPTY_QUEUES } from '../support/queues.ts'
import { destinationObjects } from '../support/destinations.ts'
import { espAccountObjects } from '../support/esp-accounts.ts'
import { incidentObjects } from '../support/incidents.ts'
import { watcherObjects } from '../support/watchers.ts'
import { HeldQueue } from '../support/gateway.ts'

export const MASTERS = readMasterKeys(env.MASTER_KEY)
export const store = openStore(env.STORE, MASTERS)

/** Applies the migrations to the store of this test file. */
export const migrate = () => applyD1Migrations(env.STORE, env.MIGRATIONS)

export interface ApiAnswer {
  readonly status: number
  readonly headers: Headers
  readonly json: Record<string, unknown>
}

export interface TestConsole {
  readonly queue: HeldQueue
  readonly clock: { nowMs: number }
  readonly logged: LogFields[]
  readonly fetch: (url: string, init?: RequestInit, context?: ExecutionContext) => Promise<Response>
  /** The scheduled handler. */
  readonly scheduled: () => Promise<void>
  /** The scheduled handler of each minute. */
  readonly minute: () => Promise<void>
  /** Sends with the admin token. Fails if the answer does not match its route's schema, or the route does not declare the problem. */
  readonly api: (method: string, path: string, body?: unknown) => Promise<ApiAnswer>
}

export const ORIGIN = 'https://console.example'

/** A new console isolate. @param changes bindings to replace */
export function newConsole(changes: Partial<ConsoleEnv> = {}): TestConsole {
  const queue = new HeldQueue()
  const clock = { nowMs: Date.now() }
  const logged: LogFields[] = []
  const app = createConsole({
    nowMs: () => clock.nowMs,
    random: () => 0.5,
    // Time passes for those who wait for it.
    async pause(ms) {
      clock.nowMs += ms
      await new Promise((resolve) => setTimeout(resolve, 0))
    },
    log: (fields) => logged.push(fields),
  })
  const bindings: ConsoleEnv = {
    MASTER_KEY: env.MASTER_KEY,
    ADMIN_TOKEN: env.ADMIN_TOKEN,
    GATEWAY_URL: 'https://gate.example/',
    REGISTRY: env.REGISTRY,
    REFUSALS: env.REFUSALS,
    DESTINATIONS: destinationObjects(),
    ESP_ACCOUNTS: espAccountObjects(),
    INCIDENTS: incidentObjects(),
    SOURCE_WATCHERS: watcherObjects(),
    STORE: env.STORE,
    LARGE: env.LARGE,
    BACKUPS: env.BACKUPS,
    ARCHIVE: env.ARCHIVE,
    ...EMPTY_QUEUES,
    EVENTS: queue,
    ...changes,
  }
  const fetch: TestConsole['fetch'] = async (url, init, context = createExecutionContext()) =>
    app.fetch(new Request(new URL(url, ORIGIN), { redirect: 'manual', ...init }), bindings, context)
  return {
    queue,
    clock,
    logged,
    fetch,
    scheduled: () => app.scheduled({ cron: '17 2 * * *' }, bindings),
    minute: () => app.scheduled({ cron: '* * * * *' }, bindings),
    async api(method, path, body) {
      const response = await fetch(path, {
        method,
        headers: { authorization: `Bearer ${env.ADMIN_TOKEN}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      })
      const text = await bodyText(response)
      const json: Record<string, unknown> = isStream(response) ? {} : JSON.parse(text)
      if (isStream(response)) expect(routeOf(method, path)).toMatchObject({ streams: true })
      else if (response.ok) expectAnswerOf(method, path, response.status, json)
      else expectProblemOf(method, path, response, json)
      return { status: response.status, headers: response.headers, json }
    },
  }
}

const isStream = ({ headers }: Response): boolean => headers.get('content-type') === 'text/event-stream'

/** The body. Of a stream, which ends only after minutes, nothing is read. */
export async function bodyText(response: Response): Promise<string> {
  if (!isStream(response)) return response.text()
  await response.body?.cancel()
  return ''
}

type Members = { readonly [Name in keyof ConsoleRegistry]?: Partial<ConsoleRegistry[Name]> }

/** The real registry with some calls of its members replaced. */
export const registryWith = (members: Members): ConsoleEnv['REGISTRY'] => ({
  getByName(name) {
    const whole: ConsoleRegistry = env.REGISTRY.getByName(name)
    return new Proxy(whole, {
      get(_, member) {
        const [real, changed] = [whole, members].map((of): object => Reflect.get(of, member) ?? {})
        return new Proxy(real ?? {}, {
          get: (_, call) => Reflect.get({ ...changed }, call) ?? Reflect.get(real ?? {}, call),
        })
      },
    })
  },
})

const routeOf = (method: string, path: string): BoundRoute | undefined =>
  ROUTES.find((one) => one.method === method && patternOf(one.path).test(path.split('?')[0] ?? ''))

function expectAnswerOf(method: string, path: string, status: number, json: unknown): void {
  const route = routeOf(method, path)
  if (route === undefined) throw new Error(`the table has no ${method} ${path}`)
  expect(route.statuses ?? [200]).toContain(status)
  const { issues, output } = v.safeParse(route.answer, json)
  expect(issues).toBeUndefined()
  // Schemas drop fields that they do not name. The answer must have none.
  expect(withoutConstructor(json)).toEqual(output)
}

/** Removes what `v.record` drops, too: a source of this name. */
const withoutConstructor = (json: unknown): unknown =>
  JSON.parse(JSON.stringify(json), (key, value: unknown) => (key === 'constructor' ? undefined : value))

const patternOf = (path: string): RegExp =>
  new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`)

/** The OpenAPI document lists the problems of each route, and generated clients depend on it. */
export function expectProblemOf(
  method: string,
  path: string,
  response: Response,
  json: Record<string, unknown>,
): void {
  expectProblem(response, json)
  const route = routeOf(method, path)
  if (route !== undefined) expect(codesOf(route)).toContain(json['code'])
}

/** RFC 9457, with our own fields. */
export function expectProblem(response: Response, json: Record<string, unknown>): void {
  expect(response.headers.get('content-type')).toBe('application/problem+json')
  expect(json).toMatchObject({
    type: 'about:blank',
    title: expect.stringMatching(/.+/),
    status: response.status,
    detail: expect.stringMatching(/\.$/),
    code: expect.stringMatching(/^[a-z_]+$/),
    request_id: response.headers.get('x-request-id'),
  })
}
