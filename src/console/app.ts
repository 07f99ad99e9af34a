/** The console as a Worker: middleware for every request, then the API and the pages. */
import { Hono } from 'hono'
import { requestId } from '../platform/ids.ts'
import { LineLimit } from '../platform/line-limit.ts'
import { BucketUnavailable, withNamedFaults } from '../platform/bucket.ts'
import { type Log, faultName } from '../platform/log.ts'
import { SetupError } from '../platform/master-key.ts'
import { placed } from '../platform/placement.ts'
import { sealer } from '../platform/seal.ts'
import { sha256Hex } from '../platform/sha256.ts'
import { type Handler, runToCompletion } from '../platform/run-to-completion.ts'
import { resealableStore } from '../store/reseal.ts'
import { storeKeyState } from '../store/store-key.ts'
import { registryIn } from '../registry/members.ts'
import { refusalLogIn } from '../refusals/refusal.ts'
import { ErasuresPending } from '../store/erasures/ensure.ts'
import { ErasureGate } from '../store/erasures/gate.ts'
import { StoreUnanswered, boundedDb } from '../store/bounded-db.ts'
import { type Store, openStore } from '../store/store.ts'
import { NOBODY, SCHEDULE } from './access/actor.ts'
import { withActor } from './access/with-actor.ts'
import { teamKeys } from './access/cloudflare.ts'
import { answerProblem, api } from './api/index.ts'
import { BAD_CURSOR } from './api/route.ts'
import { CursorMalformed } from '../store/cursor.ts'
import { type Problem, problem, statusOf, titleOf } from '../api/problem.ts'
import type { ConsoleContext, ConsoleHono, Isolate } from './context.ts'
import { type ConsoleEnv, readSettings, releaseIn } from './env.ts'
import { checkEachMinute } from './addresses.ts'
import { JOBS, runJobs } from './jobs.ts'
import { idempotencyKeys } from './idempotency-keys.ts'
import { protection } from './headers.ts'
import { OpenStreams } from './live/open-streams.ts'
import { countingAttempts, countingSitesToo } from './login/attempts.ts'
import { sessions } from './login/session.ts'
import { answerNotice } from './pages/answer.tsx'
import { STORE_MAX_MS, answerNowhere } from './pages/gate.tsx'
import { pages } from './pages/index.tsx'
import type { BaseContext } from './request-context.ts'
import { OnceRouter } from './router.ts'
import { MINUTE_MS } from '../platform/time.ts'
import { sendingDeps } from '../channels/delivery/deps.ts'
import { backlogOf } from '../platform/queues.ts'
import { watchPath } from './path-watch.ts'

export interface ConsoleOptions {
  readonly nowMs: () => number
  /** From 0 up to 1, for jitter. */
  readonly random: () => number
  readonly pause: (ms: number) => Promise<void>
  readonly log: Log
}

/** The registry's own maximum for one client. Beyond it, the isolate refuses without calling the registry. */
const FAILURES_PER_MINUTE = 100
/** Not against guessing (a link has 32 random bytes). It limits the calls to the registry. */
const LINK_FAILURES_PER_MINUTE = 20
const LINK_FAILURES_OF_A_SITE = 100

export interface Console {
  readonly fetch: Handler<ConsoleEnv>
  readonly scheduled: (controller: Pick<ScheduledController, 'cron'>, env: ConsoleEnv) => Promise<void>
}

/** Creates the Worker. Its requests share state as long as the isolate lives. */
export function createConsole(options: ConsoleOptions): Console {
  const { nowMs, pause, log } = options
  const app = new Hono<ConsoleHono>({ router: new OnceRouter() })
  const live = { nowMs, pause, streams: new OpenStreams() }
  const isolateOf = perEnvironment(options)
  const limit = new LineLimit(log)

  app.use(async (c, next) => {
    const startedMs = nowMs()
    c.set('requestId', requestId())
    await next()
    for (const [name, value] of Object.entries(protection(new URL(c.req.url))))
      if (!c.res.headers.has(name)) c.header(name, value)
    if (!c.res.headers.has('cache-control')) c.header('cache-control', 'no-store')
    c.header('x-request-id', c.get('requestId'))
    if (
      isKnown(c) ||
      limit.allows({ kind: 'console_answered' }, startedMs, (work) => c.executionCtx.waitUntil(work))
    )
      log({ event: 'console_answered', ...outcomeOf(c), duration_ms: nowMs() - startedMs })
  })
  app.use(async (c, next) => {
    const { isolate, contextOf } = isolateOf(c.env)
    c.set('isolate', isolate)
    c.set('baseContext', {
      ...contextOf(),
      live,
      log,
      consoleUrl: new URL(c.req.url).origin,
      nowMs: nowMs(),
      reportUnavailable: reporting(log, c.get('requestId')),
    })
    withActor(c, NOBODY)
    await next()
  })
  app.route('/', api())
  app.route('/', pages())
  app.notFound(answerNowhere)
  app.onError((cause, c) => {
    const refused = problemOf(cause)
    const { code, detail, headers = {} } = refused
    log({
      event: code === 'fault' ? 'fault' : 'request_failed',
      request_id: c.get('requestId'),
      code,
      ...(code === 'not_set_up' ? { message: detail } : { fault: faultName(cause) }),
    })
    if (c.req.path.startsWith('/api/')) return answerProblem(c, refused)
    for (const [name, value] of Object.entries(headers)) c.header(name, value)
    return answerNotice(c, statusOf(code), titleOf(code), detail)
  })
  const answer = runToCompletion(app.fetch)
  return {
    fetch: (request, env, context) => answer(request, placed(env), context),
    async scheduled({ cron }, bindings) {
      const env = placed(bindings)
      if (cron === EVERY_MINUTE) {
        const storeOf = () => isolateOf(env).contextOf().store
        const done = await Promise.allSettled([lookAtPath(env, nowMs, log), checkLists(storeOf, nowMs, log)])
        for (const one of done) if (one.status === 'rejected') throw one.reason
        return
      }
      const who = { actor: SCHEDULE.actor, from: null, requestId: requestId(), reason: null }
      const { contextOf, store } = isolateOf(env)
      const context = {
        ...contextOf(),
        // The jobs of a night come near the number of statements that an invocation may make, and these are checked one by one.
        store,
        live,
        log,
        consoleUrl: '',
        nowMs: nowMs(),
        actor: SCHEDULE,
        who,
        reportUnavailable: reporting(log, who.requestId),
      }
      const night = runJobs(JOBS, context, log)
      const [{ status }] = await Promise.allSettled([night])
      await refusalLogIn(env)
        .sign({ of: 'night', failed: status === 'rejected' })
        .catch(() => undefined)
      return night
    },
  }
}

/** As in `wrangler.toml`. All other turns of the schedule are the nightly one. */
const EVERY_MINUTE = '* * * * *'

/** @param storeOf throws if settings are wrong */
async function checkLists(storeOf: () => Store, nowMs: () => number, log: Log): Promise<void> {
  const count = await checkEachMinute(storeOf(), nowMs)
  if (count > 0) log({ event: 'job_done', handler: 'check_addresses', count })
}

async function lookAtPath(env: ConsoleEnv, nowMs: () => number, log: Log): Promise<void> {
  const { gatewayUrl } = readSettings(env)
  const { open, send } = sendingDeps(env, { nowMs, fetch: (input, init) => fetch(input, init) })
  const count = await watchPath({
    refusalLog: refusalLogIn(env),
    channels: async () => (await registryIn(env).snapshots.channels(-1))?.channels ?? [],
    open,
    send,
    oldestMs: async () => (await backlogOf(env, 'EVENTS')).oldestMs,
    heartbeatUrl: (env.HEARTBEAT_URL ?? '').trim(),
    installation: gatewayUrl,
    nowMs: nowMs(),
    log,
  })
  if (count > 0) log({ event: 'job_done', handler: 'watch_path', count })
}

function problemOf(cause: unknown): Problem {
  if (cause instanceof ErasuresPending) return ERASING_AGAIN
  if (cause instanceof StoreUnanswered) return STORE_UNAVAILABLE
  if (cause instanceof BucketUnavailable) return NO_BUCKET
  // Of a page whose address was cut.
  if (cause instanceof CursorMalformed) return BAD_CURSOR
  if (cause instanceof SetupError) return problem('not_set_up', cause.message)
  return wasInterrupted(cause) ? INTERRUPTED : FAULT
}

/** The runtime marks errors of an object that ended during a call: it was replaced, as in each deployment, or moved. */
function wasInterrupted(cause: unknown): boolean {
  const { durableObjectReset, retryable, overloaded } = cause as Readonly<Record<string, unknown>>
  return overloaded !== true && (durableObjectReset === true || retryable === true)
}

const INTERRUPTED = problem(
  'interrupted',
  'A part of Postern was replaced during this request, as in a deployment. A change may have been made or not. Ask again.',
  { headers: { 'retry-after': '1' } },
)
const STORE_UNAVAILABLE = problem(
  'store_unavailable',
  'The store does not answer. A change may have been made or not. Deliveries are accepted all the same, and are stored later. Ask again.',
  { headers: { 'retry-after': '10' } },
)
const ERASING_AGAIN = problem(
  'erasing_again',
  'People who were erased are erased again, since the database was restored or a part of Postern has died. Ask again.',
  { headers: { 'retry-after': '10' } },
)
const NO_BUCKET = problem(
  'bucket_unavailable',
  'A bucket (R2) does not answer, or refuses what it is asked. A change may have been made or not. Ask again later.',
  { headers: { 'retry-after': '10' } },
)
const FAULT = problem(
  'fault',
  'Postern failed. Find the cause in the log of the console by the request id: docs/logs.md.',
)

const reporting =
  (log: Log, id: string): BaseContext['reportUnavailable'] =>
  (dependency, cause) =>
    log({ event: 'dependency_unavailable', request_id: id, message: dependency, fault: faultName(cause) })

/** Whether the request is authenticated. Log lines of others are limited, because anyone can send any number of requests. */
const isKnown = (c: ConsoleContext): boolean => (c.get('context') ?? { actor: NOBODY }).actor.role !== null

/** Logs the name of the handler and not the path, which may contain an email address. */
const outcomeOf = (c: ConsoleContext) => ({
  request_id: c.get('requestId'),
  method: c.req.method,
  handler: c.get('handler') ?? 'none',
  status: c.res.status,
  ...(c.get('code') === undefined ? {} : { code: c.get('code') }),
})

interface Shared {
  readonly isolate: Isolate
  /** The store as it is, for scheduled jobs. */
  readonly store: Store
  readonly contextOf: () => Omit<BaseContext, 'nowMs' | 'reportUnavailable' | 'live' | 'log' | 'consoleUrl'>
}

/** Builds the shared state once for each environment. If settings are wrong, every request throws. */
function perEnvironment(options: ConsoleOptions): (env: ConsoleEnv) => Shared {
  const built = new WeakMap<ConsoleEnv, Shared>()
  return (env) => {
    const shared = built.get(env) ?? share(env, options)
    built.set(env, shared)
    return shared
  }
}

/** D1 ends a query after 30 s. Nobody waits that long for a page; a nightly job does, also if the database stalls. */
const REQUEST_MAX_MS = 10_000
const JOB_MAX_MS = 90_000

function share(env: ConsoleEnv, { nowMs, pause, random, log }: ConsoleOptions): Shared {
  const settings = readSettings(env)
  const { masters, adminToken, gatewayUrl, access } = settings
  const bounded = (maxMs: number) => boundedDb(env.STORE, { maxMs, pause, random, log })
  const db = bounded(REQUEST_MAX_MS)
  // The keys in the store are read once, and quickly: pages need them as well.
  const store = { ...openStore(bounded(STORE_MAX_MS), masters), db }
  let hashed: string | undefined
  const adminHash = async () => (hashed ??= await sha256Hex(adminToken))
  const queueSealer = sealer(masters, 'queue')
  const captureSealer = sealer(masters, 'captures')
  const idempotency = idempotencyKeys(masters)
  const resealable = resealableStore(db, masters)
  const list = () => registryIn(env).erasures
  const [large, backups] = [withNamedFaults(env.LARGE), withNamedFaults(env.BACKUPS)]
  const erasures = new ErasureGate({ store, large, queueSealer, nowMs, list })
  const completeStore = erasures.storeOf(store)
  return {
    store: { ...store, db: bounded(JOB_MAX_MS) },
    isolate: {
      settings,
      sessions: sessions(masters),
      formSealer: sealer(masters, 'forms'),
      attempts: countingAttempts(FAILURES_PER_MINUTE, MINUTE_MS),
      adminHash,
      accessKeys: access && teamKeys(access),
      linkAttempts: countingSitesToo(
        countingAttempts(LINK_FAILURES_PER_MINUTE, MINUTE_MS),
        countingAttempts(LINK_FAILURES_OF_A_SITE, MINUTE_MS),
      ),
    },
    contextOf: () => ({
      // New stubs for each request: a stub that has thrown may be broken.
      registry: registryIn(env),
      refusalLog: refusalLogIn(env),
      destinations: env.DESTINATIONS,
      espAccounts: env.ESP_ACCOUNTS,
      incidents: env.INCIDENTS.getByName('incidents'),
      watchers: env.SOURCE_WATCHERS,
      archiver: env.ARCHIVE && env.ARCHIVER?.getByName('archive'),
      store: completeStore,
      erasures,
      adminHash,
      accessRoles: access?.roles ?? new Map(),
      async enqueue(envelope) {
        await env.EVENTS.send(envelope, { contentType: 'v8' })
      },
      async putLarge(object, sealed) {
        await large.put(object, sealed)
      },
      backups,
      large,
      archive: env.ARCHIVE && withNamedFaults(env.ARCHIVE),
      inspected: {
        queues: env,
        large: env.LARGE,
        archives: env.ARCHIVE !== undefined,
        db,
        masterVersions: masters.map(({ version }) => version),
        release: releaseIn(env),
        keyState: (of) => storeKeyState(of, masters),
      },
      queueSealer,
      captureSealer,
      resealable,
      idempotency,
      gatewayUrl,
    }),
  }
}
