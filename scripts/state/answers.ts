/**
 * The answers of all GET routes, each for everything that it can be asked for. The routes are those of the OpenAPI document. The
 * values in their paths come from their lists: `{name}` of `/api/sources/{name}` is the `name` of each entry of `/api/sources`.
 */
import { jsonOf } from '../../src/simulator/http.ts'
import { GROUPINGS } from '../../src/store/deliverability.ts'
import type { Console } from '../../src/simulator/console.ts'

export interface RecordedAnswer {
  /** The path of the route, with its parameters in braces. */
  readonly route: string
  /** Requested path. */
  readonly path: string
  readonly json: unknown
}

type Json = Readonly<Record<string, unknown>>

/** Not recorded, and why. */
const LEFT_OUT: ReadonlyMap<string, string> = new Map([
  ['/api/openapi.json', 'says what this version can do, not what is stored'],
  ['/api/providers', 'the same'],
  ['/api/events/{id}/original', 'writes a line of the audit log'],
  ['/api/policy/explain/{address}', 'is made of the policy and of what is stored, and has no list'],
  ['/api/addresses/jobs', 'is empty: nobody checks a list'],
  ['/api/addresses/jobs/{id}', 'the same'],
  ['/api/addresses/jobs/{id}/results', 'the same'],
  [
    '/api/sources/{name}/suppression-sync',
    'is refused without the key of an ESP, which no source of the scene has',
  ],
  ['/api/sources/{name}/backfill', 'the same'],
  ['/api/archive', 'goes on by itself as soon as the state is opened'],
  ['/api/archive/files', 'the same'],
  ['/api/archive/files/{day}/{file}', 'is bytes'],
  ['/api/backups/{id}/suppressions/{part}', 'is sealed bytes, which a restore reads'],
])

/** Fields of list entries that give a path parameter, where its name is another. */
const FIELDS: ReadonlyMap<string, string> = new Map([['/api/suppressions/{address}', 'recipient']])

/** The largest page. */
const LIMIT = '500'

/** Queries of routes that need one or that depend on the time without one. */
const QUERIES: ReadonlyMap<string, (asked: Asked) => Json[]> = new Map<string, (asked: Asked) => Json[]>([
  ['/api/counters', ({ since }) => [{ since }]],
  [
    '/api/deliverability',
    ({ since }) =>
      GROUPINGS.map((by) => ({ by, since, until: new Date(Date.parse(since) + 86_400_000).toISOString() })),
  ],
  ['/api/incidents/{number}/report', () => [{ format: 'json' }]],
  [
    '/api/messages',
    ({ answers }) =>
      entriesOf(answers.find(({ route }) => route === '/api/events')?.json)
        .filter(({ message_id }) => message_id !== null)
        .slice(0, 5)
        .map(({ source, message_id }) => ({ source, message_id })),
  ],
])

/** Lists that may be empty in a recorded state, and why. */
const EMPTY: ReadonlyMap<string, string> = new Map([
  ['/api/health missing_migrations', 'there are none in a state that works'],
  ['/api/suppressions/{address} expired', 'nothing of a new state is old enough'],
  ['/api/master-key still_needed', 'the state has one master key'],
])

interface Asked {
  readonly answers: readonly RecordedAnswer[]
  readonly since: string
}

/**
 * Asks all GET routes.
 *
 * @param since RFC 3339; before everything that is stored
 * @throws {Error} if a route does not answer, if the values for a route are not known, or if a list of the state is empty, since
 *   then a form of what is stored would not be recorded
 */
export async function answersOf({ get }: Pick<Console, 'get'>, since: string): Promise<RecordedAnswer[]> {
  const document = (await answered(get, '/api/openapi.json')) as {
    paths: Record<string, { get?: Operation }>
  }
  const routes = Object.entries(document.paths)
    .flatMap(([route, { get: operation }]) => (operation === undefined ? [] : [{ route, operation }]))
    .filter(({ route, operation }) => !LEFT_OUT.has(route) && !streams(operation))
    .toSorted((a, b) => order(a.route) - order(b.route))
  const answers: RecordedAnswer[] = []
  for (const { route, operation } of routes)
    for (const path of asked(route, operation, { answers, since }))
      answers.push({ route, path, json: await answered(get, path) })
  const empty = emptyLists(answers)
  if (empty.length > 0)
    throw new Error(`Nothing is stored for ${empty.join(', ')}: let scripts/state/scene.ts make it.`)
  return answers
}

interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required?: boolean }[]
  readonly responses: Readonly<Record<string, { readonly content?: Json }>>
}

const streams = ({ responses }: Operation): boolean =>
  Object.values(responses).some(({ content }) => Object.hasOwn(content ?? {}, 'text/event-stream'))

/** Reading what is personal is written into the audit log, so that is asked for first. Lists come before their entries. */
const order = (route: string): number =>
  (route.startsWith('/api/audit') ? 0 : 10) + [...route.matchAll(/\{/g)].length

/** The paths and queries with which a route is asked. */
function asked(route: string, { parameters = [] }: Operation, known: Asked): string[] {
  const query = parameters.filter((one) => one.in === 'query')
  const given = QUERIES.get(route)?.(known) ?? [{}]
  const unknown = query.filter(
    ({ name, required }) => required === true && given.some((one) => !(name in one)),
  )
  const paths = pathsOf(route, known.answers)
  if (unknown.length > 0 || paths.length === 0 || given.length === 0)
    throw new Error(
      `No values are known for GET ${route} ${unknown.map(({ name }) => name).join(' ')}: ` +
        'add a row in scripts/state/answers.ts, or let scripts/state/scene.ts make an entry of its list.',
    )
  const limit = query.some(({ name }) => name === 'limit') ? { limit: LIMIT } : {}
  return paths.flatMap((path) =>
    given.map((one) => {
      const text = new URLSearchParams({ ...limit, ...(one as Record<string, string>) }).toString()
      return text === '' ? path : `${path}?${text}`
    }),
  )
}

/** A path for each entry of the list that the last parameter belongs to. */
function pathsOf(route: string, answers: readonly RecordedAnswer[]): string[] {
  const [, list, name, rest] = /^(.*)\/\{(\w+)\}([^{}]*)$/.exec(route) ?? []
  if (list === undefined || name === undefined) return [route]
  const field = FIELDS.get(`${list}/{${name}}`) ?? name
  return answers
    .filter((one) => one.route === list)
    .flatMap(({ path, json }) =>
      entriesOf(json)
        .map((entry) => entry[field])
        .filter((value) => typeof value === 'string' || typeof value === 'number')
        .map((value) => `${path.split('?')[0]}/${encodeURIComponent(value)}${rest}`),
    )
}

/** The entries of the only list of an answer. */
function entriesOf(json: unknown): Json[] {
  const lists = Object.values(json ?? {}).filter((value) => Array.isArray(value))
  return lists.length === 1 ? (lists[0] as Json[]) : []
}

/** Lists that are empty in each answer of their route. */
function emptyLists(answers: readonly RecordedAnswer[]): string[] {
  const full = new Map<string, boolean>()
  for (const { route, json } of answers)
    for (const [name, value] of Object.entries(json ?? {}))
      if (Array.isArray(value))
        full.set(`${route} ${name}`, full.get(`${route} ${name}`) === true || value.length > 0)
  return [...full].filter(([list, isFull]) => !isFull && !EMPTY.has(list)).map(([list]) => list)
}

async function answered(get: Console['get'], path: string): Promise<unknown> {
  const answer = await get(path)
  if (answer.status !== 200) throw new Error(`GET ${path}: ${answer.status} ${answer.body.toString()}`)
  return jsonOf(answer)
}
