/** The real gateway in its runtime, with a readable queue, and with dependencies that can be made to fail. */
import { env } from 'cloudflare:workers'
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { afterAll, expect } from 'vitest'
import { createGateway } from '../../src/gateway/app.ts'
import type { GatewayEnv } from '../../src/gateway/env.ts'
import type { BatchGuard } from '../../src/gateway/guard/piggybacked-settles.ts'
import { type Contents, type Envelope, openContents } from '../../src/event/envelope.ts'
import { readMasterKeys } from '../../src/platform/master-key.ts'
import { sealer } from '../../src/platform/seal.ts'
import type { RefusalReport } from '../../src/refusals/refusal.ts'
import { SECRET } from './generic.ts'
import { WHO } from './who.ts'

const sealed = sealer(readMasterKeys(env.MASTER_KEY), 'queue')

/** A queue in memory. `refusing` makes every send fail until it is reset. */
export class HeldQueue {
  readonly envelopes: Envelope[] = []
  refusing = false

  async send(body: Envelope): Promise<QueueSendResponse> {
    return this.sendBatch([{ body }])
  }

  async metrics(): Promise<QueueMetrics> {
    return { backlogCount: this.envelopes.length, backlogBytes: 0 }
  }

  async sendBatch(messages: Iterable<{ readonly body: Envelope }>): Promise<QueueSendResponse> {
    if (this.refusing) throw new Error('Queue sendBatch failed: 10250')
    for (const { body } of messages) this.envelopes.push(body)
    return { metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } }
  }

  /** The contents of each message. */
  async contents(): Promise<Contents[]> {
    return Promise.all(this.envelopes.map(openEnvelope))
  }

  /** Ids of all events, in the order in which they were queued; repeated where they were queued again. */
  async eventIds(): Promise<string[]> {
    return (await this.contents()).flatMap(({ events }) => events.map(({ id }) => id))
  }
}

async function openEnvelope(envelope: Envelope): Promise<Contents> {
  const bytes =
    envelope.kind === 'inline'
      ? envelope.sealed
      : new Uint8Array(await ((await env.LARGE.get(envelope.object))?.arrayBuffer() ?? new ArrayBuffer(0)))
  const opened = await openContents(bytes, sealed, envelope.key)
  if (opened.kind !== 'contents') throw new Error('message is not of its form')
  return opened.contents
}

/** Nobody waits for whole seconds until refusals are reported. */
const PAUSES_AS_FAST = 10

/** Waits for work behind the answers, which would go on into the storage of the next file. */
const contexts: ExecutionContext[] = []
afterAll(() => Promise.all(contexts.map((context) => waitOnExecutionContext(context))))

export interface TestGateway {
  readonly queue: HeldQueue
  /** How long each answer was held back that was, in milliseconds. Nobody waits for it. */
  readonly heldMs: readonly number[]
  /** The gateway's clock, in milliseconds. It changes only when a test sets it. */
  clock: { nowMs: number }
  readonly fetch: (path: string, init?: RequestInit) => Promise<Response>
  /** Waits for the work behind the answers: refreshes, and reports, which take a moment. */
  readonly settled: () => Promise<void>
}

/** A new gateway isolate, with empty caches. @param changes bindings to replace */
export function newGateway(changes: Partial<GatewayEnv> = {}): TestGateway {
  const queue = new HeldQueue()
  const clock = { nowMs: 1_800_000_000_000 }
  const heldMs: number[] = []
  const gateway = createGateway({
    nowMs: () => clock.nowMs,
    pause: (ms) => scheduler.wait(ms / PAUSES_AS_FAST),
    hold: async (ms) => void heldMs.push(ms),
  })
  const context = createExecutionContext()
  contexts.push(context)
  const bindings = { ...env, EVENTS: queue as unknown as GatewayEnv['EVENTS'], ...changes }
  return {
    queue,
    heldMs,
    clock,
    async fetch(path, init) {
      const request = new Request(`https://gate.example${path}`, {
        ...init,
        cf: { tlsVersion: 'TLSv1.3', ...init?.cf },
      })
      const response = await gateway.fetch?.(
        request as Request<unknown, IncomingRequestCfProperties>,
        bindings,
        context,
      )
      if (response === undefined) throw new Error('the gateway has no fetch handler')
      return response
    },
    settled: () => waitOnExecutionContext(context),
  }
}

/** The registry's own object, as the console reaches it. */
export const registry = () => env.REGISTRY.getByName('registry')

/** The real guards, behind a function that may count a call, or throw in its place. */
export function guardsBehind(asked: (call: 'admit' | 'settle') => void): GatewayEnv['GUARD'] {
  const getByName = (name: string): BatchGuard => {
    const stub = env.GUARD.getByName(name)
    return {
      async admit(request) {
        asked('admit')
        return stub.admit(request)
      },
      async admitAll(requests, settles) {
        asked('admit')
        return stub.admitAll(requests, settles)
      },
      async settle(request) {
        asked('settle')
        return stub.settle(request)
      },
      async settleAll(settles) {
        asked('settle')
        return stub.settleAll(settles)
      },
    }
  }
  return { getByName } as unknown as GatewayEnv['GUARD']
}

/** Collectors that pass each report on. */
export const collectorsFor = (report: (report: RefusalReport) => void): GatewayEnv['COLLECTORS'] =>
  ({
    getByName: () => ({ report: async (one: RefusalReport) => report(one) }),
  }) as unknown as GatewayEnv['COLLECTORS']

/** A limiter that lets so many failures pass. */
export function limiterOf(failures: number): GatewayEnv['FAILURE_LIMITER'] {
  let left = failures
  return { limit: async () => ({ success: left-- > 0 }) }
}

/** Stores a source. Guards keep their memory between files, so its name is one of its own. @returns the name */
export async function putSource(document: object, name = `source-${crypto.randomUUID()}`): Promise<string> {
  expect(await registry().sources.put(name, document, WHO, null)).toMatchObject({ ok: true })
  return name
}

/** Stores a source of the provider `generic`, with some settings. */
export const genericSource = (settings: object = {}, name?: string): Promise<string> =>
  putSource({ provider: 'generic', secrets: { hmac: SECRET }, ...settings }, name)
