/** The routes of Cloudflare's API that Wrangler 4.156 and the deployment call, answered from the fake's state. */
import { randomUUID } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import { type Binding, type FakeAccount, type FakeQueue, type Script, type Version } from './account.ts'

/** An answer that is no success. */
export class Refusal extends Error {
  readonly status: number
  readonly code: number
  constructor(status: number, code: number, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

export interface Call {
  readonly parts: readonly string[]
  readonly query: URLSearchParams
  readonly headers: Headers
  readonly body: Buffer
}

type Handler = (account: FakeAccount, call: Call) => unknown

export interface Route {
  readonly method: string
  readonly path: RegExp
  /** Whether it changes something. */
  readonly writes: boolean
  readonly answer: Handler
}

const route = (method: string, path: string, answer: Handler, writes = method !== 'GET'): Route => ({
  method,
  path: new RegExp(`^${path.replaceAll(/:\w+/g, '([^/]+)')}$`),
  writes,
  answer,
})

const json = ({ body }: Call): unknown => JSON.parse(body.toString('utf8'))

function scriptOf(account: FakeAccount, name = ''): Script {
  const script = account.scripts.get(name)
  if (script === undefined) throw new Refusal(404, 10007, 'This Worker does not exist on your account.')
  return script
}

interface Metadata {
  readonly bindings?: readonly (Binding & { readonly type: string })[]
  readonly annotations?: Readonly<Record<string, string>>
  readonly exports?: Readonly<Record<string, unknown>>
  readonly keep_bindings?: readonly string[]
}

/** A multipart upload: what it binds must exist. */
async function upload(account: FakeAccount, call: Call, isWhole: boolean): Promise<Version> {
  const [name = ''] = call.parts
  const type = call.headers.get('content-type') ?? ''
  const form = await new Response(new Uint8Array(call.body), { headers: { 'content-type': type } }).formData()
  const part = form.get('metadata')
  const metadata = JSON.parse(typeof part === 'string' ? part : await (part as Blob).text()) as Metadata
  const before = account.scripts.get(name)
  const earlier = before?.versions.at(-1)?.bindings ?? []
  const bindings = (metadata.bindings ?? []).map((binding) =>
    binding.type === 'inherit' ? (earlier.find(({ name: own }) => own === binding.name) ?? binding) : binding,
  )
  const exports = Object.keys(metadata.exports ?? {})
  for (const binding of bindings) check(account, name, exports, binding, before)
  const secrets = new Map(before?.secrets)
  for (const { type: kind, name: key, text } of bindings)
    if (kind === 'secret_text') secrets.set(key, text ?? '')
  const version: Version = {
    id: randomUUID(),
    bindings: bindings.filter(({ type: kind }) => kind !== 'secret_text' && kind !== 'inherit'),
    annotations: metadata.annotations ?? {},
    classes: isWhole ? exports : (before?.versions.at(-1)?.classes ?? []),
    secrets,
  }
  const script: Script = before ?? {
    versions: [],
    deployments: [],
    secrets,
    crons: [],
    workersDev: false,
  }
  script.secrets = secrets
  script.versions.push(version)
  if (isWhole) deployVersion(script, version.id, { ...version.annotations }, undefined)
  account.scripts.set(name, script)
  return version
}

function check(
  account: FakeAccount,
  name: string,
  exports: readonly string[],
  binding: Binding,
  before: Script | undefined,
): void {
  const missing = (what: string, code: number) => {
    throw new Refusal(400, code, `${what} of the binding ${binding.name} does not exist`)
  }
  if (binding.type === 'inherit' && !before?.secrets.has(binding.name)) missing('the secret', 10057)
  if (binding.type === 'd1' && ![...account.databases.values()].some(({ id }) => id === binding.id))
    missing('the database', 10021)
  if (binding.type === 'r2_bucket' && !account.buckets.has(binding.bucket_name ?? ''))
    missing('the bucket', 10085)
  if (binding.type === 'queue' && !account.queues.has(binding.queue_name ?? '')) missing('the queue', 10087)
  if (binding.type !== 'durable_object_namespace') return
  const host = binding.script_name ?? name
  const classes = host === name ? exports : (account.scripts.get(host)?.versions.at(-1)?.classes ?? [])
  if (!classes.includes(binding.class_name ?? '')) missing('the class', 10061)
}

function deployVersion(
  script: Script,
  version: string,
  annotations: Record<string, string>,
  strategy: unknown,
): void {
  script.deployments.unshift({ id: randomUUID(), version, annotations, strategy, atMs: Date.now() })
}

/** Effect of a secret's change in the dashboard: a version of its own, with all else as it was. */
export function changeSecret(script: Script, name: string, value: string): void {
  const [last] = script.versions.slice(-1)
  if (last === undefined) throw new Error('the Worker has no version')
  script.secrets = new Map(script.secrets).set(name, value)
  const annotations = { 'workers/triggered_by': 'secret' }
  const version = { ...last, id: randomUUID(), annotations, secrets: script.secrets }
  script.versions.push(version)
  deployVersion(script, version.id, annotations, undefined)
}

const versionView = ({ id, annotations, bindings }: Version) => ({
  id,
  number: 1,
  annotations,
  metadata: { created_on: '2026-11-27T00:00:00Z', source: 'wrangler', author_email: 'a@example.com' },
  resources: { bindings, script: { etag: id, handlers: ['fetch'] }, script_runtime: {} },
})

const queueView = (name: string, { id, consumers, retention }: FakeQueue) => ({
  queue_id: id,
  queue_name: name,
  producers: [],
  consumers,
  producers_total_count: 0,
  consumers_total_count: consumers.length,
  settings: { delivery_delay: 0, message_retention_period: retention },
})

function queueById(account: FakeAccount, id = '') {
  const found = [...account.queues.entries()].find(([, queue]) => queue.id === id)
  if (found === undefined) throw new Refusal(404, 11000, 'queue not found')
  return found[1]
}

function databaseOf(account: FakeAccount, nameOrId = '') {
  const found = [...account.databases].find(([name, { id }]) => name === nameOrId || id === nameOrId)
  if (found === undefined) throw new Refusal(404, 7404, 'The database could not be found')
  const [name, database] = found
  return { name, ...database, uuid: database.id }
}

function query(account: FakeAccount, call: Call): unknown {
  const { sql } = databaseOf(account, call.parts[0])
  const { sql: text, params = [] } = json(call) as { sql: string; params?: string[] }
  try {
    if (/^\s*SELECT/i.test(text))
      return [{ success: true, meta: {}, results: sql.prepare(text).all(...params) }]
    sql.exec('BEGIN')
    sql.exec(text)
    sql.exec('COMMIT')
    return [{ success: true, meta: {}, results: [] }]
  } catch (cause) {
    if (sql.isTransaction) sql.exec('ROLLBACK')
    throw new Refusal(400, 7500, String(cause))
  }
}

function bucketOf(account: FakeAccount, { parts, headers }: Call) {
  if (!account.hasR2) throw new Refusal(403, 10042, 'Please enable R2 through the Cloudflare Dashboard.')
  const bucket = account.buckets.get(parts[0] ?? '')
  // A bucket without a jurisdiction is asked for without one, or by Wrangler with none at all.
  const wanted = headers.get('cf-r2-jurisdiction') ?? bucket?.jurisdiction
  if (bucket === undefined || bucket.jurisdiction !== wanted)
    throw new Refusal(404, 10006, 'The specified bucket does not exist.')
  return bucket
}

function consumer(account: FakeAccount, call: Call, id: string): unknown {
  const queue = queueById(account, call.parts[0])
  const body = json(call) as { script_name: string; settings: unknown; dead_letter_queue?: string }
  const made = {
    consumer_id: id,
    type: 'worker' as const,
    script: body.script_name,
    settings: body.settings,
    dead_letter_queue: body.dead_letter_queue,
  }
  if (queue.consumers.some((other) => other.consumer_id !== id))
    throw new Refusal(400, 11004, 'this queue has a consumer already')
  queue.consumers = [made]
  return made
}

function service(account: FakeAccount, name = ''): unknown {
  if (!account.scripts.has(name)) throw new Refusal(404, 10090, 'workers.api.error.service_not_found')
  const script = { id: name, tag: name, tags: [], last_deployed_from: 'wrangler' }
  return { id: name, default_environment: { environment: 'production', script } }
}

function putDomains(account: FakeAccount, call: Call): unknown {
  const [script = ''] = call.parts
  const { origins } = json(call) as { origins: readonly { hostname: string }[] }
  account.domains = account.domains.filter(({ hostname }) => !origins.some((o) => o.hostname === hostname))
  for (const { hostname } of origins) account.records.delete(hostname)
  for (const { hostname } of origins) account.domains.push({ id: randomUUID(), hostname, service: script })
  return origins
}

/** The API below an account. */
export const ROUTES: readonly Route[] = [
  route('GET', '/workers/scripts/:n/secrets', (account, { parts }) =>
    [...scriptOf(account, parts[0]).secrets.keys()].map((name) => ({ name, type: 'secret_text' })),
  ),
  route('PUT', '/workers/scripts/:n/secrets', (account, call) => {
    const { name, text } = json(call) as { name: string; text: string }
    changeSecret(scriptOf(account, call.parts[0]), name, text)
    return { name, type: 'secret_text' }
  }),
  route('GET', '/workers/scripts/:n/deployments', (account, { parts }) => ({
    deployments: scriptOf(account, parts[0]).deployments.map(({ id, version, annotations, atMs = 0 }) => ({
      id,
      created_on: new Date(atMs - account.agedMs).toISOString(),
      source: 'wrangler',
      strategy: 'percentage',
      annotations,
      versions: [{ version_id: version, percentage: 100 }],
    })),
  })),
  route('POST', '/workers/scripts/:n/deployments', (account, call) => {
    const script = scriptOf(account, call.parts[0])
    const body = json(call) as {
      versions: { version_id: string }[]
      annotations?: Record<string, string>
      code_update_strategy?: unknown
    }
    const id = body.versions[0]?.version_id ?? ''
    const version = script.versions.find((v) => v.id === id)
    if (version === undefined) throw new Refusal(404, 10007, 'no such version')
    if ([...script.secrets].some(([name, value]) => version.secrets.get(name) !== value))
      throw new Refusal(400, 10220, 'secrets have changed since that version')
    deployVersion(script, id, body.annotations ?? {}, body.code_update_strategy)
    return { id: randomUUID() }
  }),
  route('GET', '/workers/scripts/:n/versions', (account, { parts }) => ({
    items: scriptOf(account, parts[0]).versions.map(versionView).toReversed(),
  })),
  route('POST', '/workers/scripts/:n/versions', async (account, call) => {
    scriptOf(account, call.parts[0])
    return { ...versionView(await upload(account, call, false)), startup_time_ms: 1 }
  }),
  route('GET', '/workers/scripts/:n/versions/:v', (account, { parts }) => {
    const version = scriptOf(account, parts[0]).versions.find(({ id }) => id === parts[1])
    if (version === undefined) throw new Refusal(404, 10007, 'no such version')
    return versionView(version)
  }),
  route('GET', '/workers/scripts/:n/settings', (account, { parts }) => ({
    bindings: scriptOf(account, parts[0]).versions.at(-1)?.bindings ?? [],
  })),
  route('PATCH', '/workers/scripts/:n/script-settings', () => ({})),
  route('PUT', '/workers/scripts/:n/schedules', (account, call) => {
    scriptOf(account, call.parts[0]).crons = (json(call) as { cron: string }[]).map(({ cron }) => cron)
    return { schedules: [] }
  }),
  route('GET', '/workers/scripts/:n/subdomain', (account, { parts }) => ({
    enabled: scriptOf(account, parts[0]).workersDev,
  })),
  route('POST', '/workers/scripts/:n/subdomain', (account, call) => {
    scriptOf(account, call.parts[0]).workersDev = (json(call) as { enabled: boolean }).enabled
    return json(call)
  }),
  route(
    'POST',
    '/workers/scripts/:n/domains/changeset',
    (account, call) => {
      scriptOf(account, call.parts[0])
      const conflicting = (json(call) as { hostname: string }[]).filter(({ hostname }) =>
        account.records.has(hostname),
      )
      return { added: [], removed: [], updated: [], conflicting }
    },
    false,
  ),
  route('PUT', '/workers/scripts/:n/domains/records', putDomains),
  route('PUT', '/workers/scripts/:n', async (account, call) => {
    const { id } = await upload(account, call, true)
    return {
      id: call.parts[0],
      etag: id,
      pipeline_hash: id,
      deployment_id: id.replaceAll('-', ''),
      startup_time_ms: 1,
    }
  }),
  route('DELETE', '/workers/scripts/:n', (account, { parts }) => {
    scriptOf(account, parts[0])
    account.scripts.delete(parts[0] ?? '')
    return null
  }),
  route('GET', '/workers/services/:n', (account, { parts }) => service(account, parts[0])),
  route('GET', '/workers/workers/:n', (account, { parts }) => ({
    subdomain: { enabled: scriptOf(account, parts[0]).workersDev, previews_enabled: false },
    observability: {},
  })),
  route('GET', '/workers/subdomain', (account) => {
    if (account.subdomain === undefined) throw new Refusal(404, 10007, 'no subdomain')
    return { subdomain: account.subdomain }
  }),
  route('GET', '/workers/domains', (account) => account.domains),
  route('DELETE', '/workers/domains/:id', (account, { parts }) => {
    account.domains = account.domains.filter(({ id }) => id !== parts[0])
    return null
  }),
  route('GET', '/workers/durable_objects/namespaces', (account) =>
    [...account.scripts].flatMap(([script, { versions }]) =>
      (versions.at(-1)?.classes ?? []).map((name) => ({ id: `${script}-${name}`, script, class: name })),
    ),
  ),
  route('GET', '/queues', (account, { query: asked }) =>
    [...account.queues]
      .filter(([name]) => !asked.has('name') || asked.getAll('name').includes(name))
      .map(([name, queue]) => queueView(name, queue)),
  ),
  route('POST', '/queues', (account, call) => {
    const { queue_name: name, jurisdiction } = json(call) as { queue_name: string; jurisdiction?: string }
    if (!name) throw new Refusal(400, 11003, 'queue_name is required')
    if (account.queues.has(name)) throw new Refusal(409, 11009, 'queue name is already taken')
    const queue: FakeQueue = {
      id: randomUUID(),
      jurisdiction,
      consumers: [],
      retention: account.isFree ? 86_400 : 345_600,
    }
    account.queues.set(name, queue)
    return queueView(name, queue)
  }),
  route('PATCH', '/queues/:id', (account, call) => {
    const queue = queueById(account, call.parts[0])
    const { settings } = json(call) as { settings?: { message_retention_period?: number } }
    const seconds = settings?.message_retention_period ?? queue.retention
    if (seconds < 60 || seconds > (account.isFree ? 86_400 : 1_209_600))
      throw new Refusal(400, 100_128, 'message_retention_period is out of range')
    queue.retention = seconds
    return null
  }),
  route('DELETE', '/queues/:id', (account, { parts }) => {
    const queue = queueById(account, parts[0])
    for (const [name, own] of account.queues) if (own === queue) account.queues.delete(name)
    return null
  }),
  route('POST', '/queues/:id/consumers', (account, call) => consumer(account, call, randomUUID())),
  route('PUT', '/queues/:id/consumers/:c', (account, call) => consumer(account, call, call.parts[1] ?? '')),
  route('DELETE', '/queues/:id/consumers/:c', (account, { parts }) => {
    queueById(account, parts[0]).consumers = []
    return null
  }),
  route('POST', '/d1/database', (account, call) => {
    const { name, jurisdiction } = json(call) as { name: string; jurisdiction?: string }
    if (!name) throw new Refusal(400, 7400, 'name is required')
    if (account.databases.has(name)) throw new Refusal(400, 7502, 'A database with that name already exists')
    account.databases.set(name, { id: randomUUID(), jurisdiction, sql: new DatabaseSync(':memory:') })
    return { name, uuid: databaseOf(account, name).uuid }
  }),
  route('GET', '/d1/database/:d', (account, { parts }) => {
    const { name, uuid, jurisdiction = null } = databaseOf(account, parts[0])
    return { name, uuid, version: 'production', jurisdiction }
  }),
  route('DELETE', '/d1/database/:d', (account, { parts }) => {
    account.databases.delete(databaseOf(account, parts[0]).name)
    return null
  }),
  route('POST', '/d1/database/:d/query', query),
  route('GET', '/d1/database/:d/time_travel/bookmark', (account, { parts }) => ({
    bookmark: `00000001-00000002-00004c6d-${databaseOf(account, parts[0]).uuid.replaceAll('-', '')}`,
  })),
  route('POST', '/r2/buckets', (account, call) => {
    if (!account.hasR2) throw new Refusal(403, 10042, 'Please enable R2 through the Cloudflare Dashboard.')
    const { name } = json(call) as { name: string }
    if (!name) throw new Refusal(400, 10005, 'name is required')
    if (account.buckets.has(name))
      throw new Refusal(400, 10004, 'The bucket you tried to create already exists')
    account.buckets.set(name, {
      jurisdiction: call.headers.get('cf-r2-jurisdiction') ?? 'default',
      objects: new Set(),
    })
    return { name }
  }),
  route('GET', '/r2/buckets/:b', (account, call) => ({
    name: call.parts[0],
    location: bucketOf(account, call).jurisdiction,
  })),
  route('GET', '/r2/buckets/:b/objects', (account, call) =>
    [...bucketOf(account, call).objects].slice(0, 2).map((key) => ({ key })),
  ),
  route('DELETE', '/r2/buckets/:b/objects', (account, call) => {
    for (const key of json(call) as string[]) bucketOf(account, call).objects.delete(key)
    return null
  }),
  route('DELETE', '/r2/buckets/:b', (account, call) => {
    if (bucketOf(account, call).objects.size > 0)
      throw new Refusal(409, 10008, 'The bucket you tried to delete is not empty')
    account.buckets.delete(call.parts[0] ?? '')
    return null
  }),
  route('GET', '/subscriptions', (account) => {
    if (account.plans === undefined) throw new Refusal(403, 10000, 'Authentication error')
    return account.plans.map((id) => ({ rate_plan: { id } }))
  }),
]
