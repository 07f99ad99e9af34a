/** The gateway as a Worker: its routes, and the real dependencies of the path. */
import { waitUntil } from 'cloudflare:workers'
import { Hono } from 'hono'
import { requestId } from '../platform/ids.ts'
import { LineLimit } from '../platform/line-limit.ts'
import { HostChecks } from '../platform/dns-check.ts'
import { consoleLog, faultName } from '../platform/log.ts'
import { type MasterKey, SetupError } from '../platform/master-key.ts'
import { redisNamespace } from '../platform/redis-keys.ts'
import { readRedis, redisClient } from '../platform/redis.ts'
import { sealer } from '../platform/seal.ts'
import { runToCompletion } from '../platform/run-to-completion.ts'
import { REGISTRY_NAME, registryIn } from '../registry/members.ts'
import { openSecrets } from '../registry/rotation/sealed.ts'
import { clientFacts, networkOf } from './accept/client.ts'
import { BodyMemory } from './accept/body-memory.ts'
import { FailureRateLimiter } from './accept/failure-rate-limiter.ts'
import { Sources } from './accept/sources.ts'
import { ClientMemory } from './authenticate/client-memory.ts'
import { NO_SHARED_FILES, type SharedFiles } from './authenticate/shared-files.ts'
import { decisionOf } from './build-decision.ts'
import { placed } from '../platform/placement.ts'
import type { Step } from './delivery-context.ts'
import type { Deps } from './deps.ts'
import { sender } from './enqueue/sender.ts'
import { type GatewayEnv, masterKeysOf } from './env.ts'
import { healthCheck } from './health.ts'
import { SetupEnds } from './first-call.ts'
import { IsolateGuard } from './guard/isolate.ts'
import { batchingGuards } from './guard/piggybacked-settles.ts'
import { type GuardNamed, redisGuards } from './guard/stores.ts'
import { type Result, intake } from './intake.ts'
import type { Refusal } from '../event/refusal-code.ts'
import { PROBE_HEADER } from '../platform/probe-header.ts'
import { COLLECTORS, refusalLogIn } from '../refusals/refusal.ts'
import { Reporter } from './report.ts'
import {
  comesAgain,
  countsAsFailure,
  respondToValidation,
  respondToHandshake,
  respondToReceipt,
  respondToRefusal,
  statusOf,
} from './respond.ts'
import { Captures } from './captures.ts'
import { AcceptedLog } from './accepted-log.ts'

/** The only differences between a deployment, the conformance run and tests. */
export interface GatewayOptions {
  readonly nowMs: () => number
  /** Ends the windows in which log lines and reports are collected. */
  readonly pause?: (ms: number) => Promise<void>
  /** Holds an answer back. If absent, no answer is held. */
  readonly hold?: (ms: number) => Promise<void>
  /** Absent in the conformance run: a recording must not find another's certificate. */
  readonly sharedFiles?: SharedFiles
}

/** Longer than the minute after which clients of HTTP usually give up. */
const HOLD_MS = 70_000

/** Longest wait for a confirming call. */
const CONFIRM_TIMEOUT_MS = 5_000

/** One Worker. Its caches live as long as the isolate. */
export function createGateway({
  nowMs,
  pause,
  hold,
  sharedFiles = NO_SHARED_FILES,
}: GatewayOptions): ExportedHandler<GatewayEnv> {
  const app = new Hono<{ Bindings: GatewayEnv }>()
  const isolate = perEnvironment({ nowMs, ...(pause !== undefined && { pause }), sharedFiles })
  const limit = new LineLimit(consoleLog, pause)
  const health = healthCheck()

  app.get('/health', async (c) => {
    const { own, path } = await health(c.env, nowMs())
    const problem = own ?? (c.req.query('of') === 'gateway' ? null : path)
    return problem === null ? c.json({ ok: true }) : c.json({ ok: false, problem }, 503)
  })

  app.all('/hooks/:source', async (c) => {
    const id = requestId()
    const startedMs = nowMs()
    const inBackground = (work: Promise<unknown>) => c.executionCtx.waitUntil(work)
    const client = clientFacts(c.req.raw)

    let shared: Isolate
    let ended: Step<Result>
    try {
      shared = isolate(c.env)
      const deps = { ...shared.deps, nowMs, requestId: id, inBackground }
      ended = await intake(c.req.raw, c.req.param('source'), client, deps)
    } catch (cause) {
      if (!(cause instanceof SetupError)) throw cause
      if (limit.allows({ kind: 'setup_incomplete' }, startedMs, inBackground))
        consoleLog({ event: 'setup_incomplete', request_id: id, message: cause.message })
      return respondToRefusal({ code: 'setup_incomplete' }, undefined, id)
    }

    const { context } = ended
    if (ended.ok) {
      const result = ended.value
      const receipt = result.kind === 'receipt' ? result.receipt : undefined
      const isObserved = result.kind === 'receipt' && result.isObserved === true
      if (receipt !== undefined && receipt.accepted + receipt.quarantined > 0) {
        if (!isObserved) shared.reporter.accepted(nowMs(), inBackground)
        else if (context.source !== undefined)
          shared.reporter.observed(context.source, networkOf(client.address) ?? null, nowMs(), inBackground)
      }
      if (receipt !== undefined && receipt.duplicates > 0 && context.source !== undefined)
        shared.reporter.duplicate(context.source, nowMs(), inBackground)
      if (result.kind === 'receipt' && context.source !== undefined && context.provider !== undefined)
        shared.reporter.defects(
          context.source,
          context.provider.title,
          result.defects ?? [],
          nowMs(),
          inBackground,
        )
      if (result.kind !== 'receipt' && context.source !== undefined)
        shared.reporter.handshake(context.source, nowMs(), inBackground)
      if (result.kind === 'first_call' && context.source !== undefined)
        shared.reporter.firstCall(context.source, result.firstCall, nowMs(), inBackground)
      shared.acceptedLog.add(
        { requestId: id, outcome: result.kind, receipt, isObserved, context, startedMs, endedMs: nowMs() },
        inBackground,
      )
      return answer(result, id)
    }
    return refused(ended.refusal)

    async function refused(refusal: Refusal): Promise<Response> {
      if (
        refusal.code === 'address_shielded' ||
        (countsAsFailure(refusal.code) && (await shared.failureLimiter.noteFailure(client.address, nowMs())))
      ) {
        const retryAfterSeconds = shared.failureLimiter.retryAfterSeconds
        return respondToRefusal({ code: 'address_shielded', retryAfterSeconds }, context.provider, id)
      }
      const { code, ...detail } = refusal
      const atMs = nowMs()
      shared.reporter.refused(
        {
          requestId: id,
          atMs,
          source: context.source ?? null,
          provider: context.provider?.name ?? null,
          code,
          status: statusOf(code, context.provider),
          detail,
          decision: decisionOf(context, { requestId: id, atMs }, { refused: code }),
          network: networkOf(client.address) ?? null,
          ...(c.req.raw.headers.has(PROBE_HEADER) && { probe: true as const }),
        },
        inBackground,
        client.asn,
      )
      // Strangers are not held: they could keep any number of requests open.
      if (
        context.provider?.holdsTemporaryRefusals === true &&
        context.verified.length > 0 &&
        comesAgain(code)
      )
        await hold?.(HOLD_MS)
      return respondToRefusal(refusal, context.provider, id)
    }
  })

  app.notFound(() => respondToRefusal({ code: 'path_unknown' }, undefined, requestId()))
  app.onError((cause, c) => {
    const id = requestId()
    if (limit.allows({ kind: 'fault' }, nowMs(), (work) => c.executionCtx.waitUntil(work)))
      consoleLog({ event: 'fault', request_id: id, fault: faultName(cause) })
    return respondToRefusal({ code: 'fault' }, undefined, id)
  })

  const fetch = runToCompletion(app.fetch)
  return { fetch: (request, env, context) => fetch(request, placed(env), context) }
}

function answer(result: Result, id: string): Response {
  if (result.kind === 'validation') return respondToValidation(result.validation, id)
  // Exactly 200: Salesforce takes nothing else (createCallback).
  if (result.kind === 'first_call') return respondToValidation({ status: 200 }, id)
  return result.kind === 'handshake'
    ? respondToHandshake(result.handshake, id)
    : respondToReceipt(result.receipt, id)
}

/** State that the requests of one isolate share. */
interface Isolate {
  readonly deps: Omit<Deps, 'nowMs' | 'requestId' | 'inBackground'>
  readonly reporter: Reporter
  readonly failureLimiter: FailureRateLimiter
  readonly acceptedLog: AcceptedLog
}

type IsolateOptions = GatewayOptions & Required<Pick<GatewayOptions, 'sharedFiles'>>

/** Builds the shared part once. If the setup is incomplete, each request tries again. */
function perEnvironment(options: IsolateOptions): (env: GatewayEnv) => Isolate {
  let built: Isolate | undefined
  return (env) => (built ??= build(env, masterKeysOf(env), options))
}

function build(
  env: GatewayEnv,
  masters: readonly [MasterKey, ...MasterKey[]],
  { nowMs, pause, sharedFiles }: IsolateOptions,
): Isolate {
  const secrets = sealer(masters, 'secrets')
  const origin = {
    load: (name: string) => registryIn(env).snapshots.source(name),
    sourceIndex: (knownVersion: number) => registryIn(env).snapshots.sourceIndex(knownVersion),
  }
  const failureLimiter = new FailureRateLimiter(
    async (key) => (await env.FAILURE_LIMITER.limit({ key })).success,
    async (key) => (await env.FAILURE_LIMITER_SITE.limit({ key })).success,
  )
  // Any one, and always the same: each isolate is one of the many of its collector.
  const collector = String(
    crypto.getRandomValues(new Uint8Array(1)).reduce((_, byte) => byte % COLLECTORS, 0),
  )
  return {
    deps: {
      sources: new Sources(origin, (sealed) => openSecrets(secrets, sealed)),
      guards: {
        object: batchingGuards((name) => env.GUARD.getByName(name), waitUntil, nowMs),
        redis: redisOf(env),
        isolate: new IsolateGuard(),
      },
      bodyMemory: new BodyMemory(),
      captures: new Captures(
        (delivery) => refusalLogIn(env).capture(delivery),
        sealer(masters, 'captures'),
        consoleLog,
      ),
      setupEnds: new SetupEnds((name, id) => registryIn(env).snapshots.firstVerified(name, id)),
      queueSealer: sealer(masters, 'queue'),
      putLarge: async (object, sealed) => {
        await env.LARGE.put(object, sealed)
      },
      send: sender(env.EVENTS, nowMs),
      fetch: outbound,
      hosts: new HostChecks({ fetch: outbound, allowPrivate: env.PRIVATE_DESTINATIONS === 'allowed' }),
      clientMemory: new ClientMemory((address, atMs) => failureLimiter.isLimited(address, atMs)),
      sharedFiles,
      confirm,
    },
    reporter: new Reporter((report) => env.COLLECTORS.getByName(collector).report(report), consoleLog, pause),
    failureLimiter,
    acceptedLog: new AcceptedLog(consoleLog, pause),
  }
}

/**
 * The guards in Redis, if it is set up. If only one of the two Redis secrets is set, or one is wrong, sources that do not use
 * Redis keep working: the secrets are set one after the other.
 */
function redisOf(env: GatewayEnv): GuardNamed | undefined {
  try {
    const settings = readRedis(env)
    if (settings === undefined) return undefined
    const registryId = env.REGISTRY.idFromName(REGISTRY_NAME).toString()
    return redisGuards(redisClient(settings), redisNamespace(registryId))
  } catch (cause) {
    if (!(cause instanceof SetupError)) throw cause
    consoleLog({ event: 'setup_incomplete', message: cause.message })
    return () => {
      throw cause
    }
  }
}

const outbound: typeof fetch = (...request) => fetch(...request)

async function confirm(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(CONFIRM_TIMEOUT_MS) })
    await response.body?.cancel()
    return response.ok
  } catch {
    return false
  }
}
