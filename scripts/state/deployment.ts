/** A deployment whose state is recorded or opened: all Workers with fixed secrets, and endpoints that are in this process. */
import { type Request, Response } from 'miniflare'
import { type Console, consoleAt } from '../../src/simulator/console.ts'
import { type Received, jsonOf, send } from '../../src/simulator/http.ts'
import { type LocalRuntime, type RuntimeOptions, startRuntime } from '../local/runtime.ts'
import { outboundFor } from '../local/served-urls.ts'
import type { OutgoingRequest } from '../../src/simulator/sender.ts'

/** Of no real deployment. */
export const SECRETS = {
  MASTER_KEY: `v1:${Buffer.alloc(32, 'recorded state of a test').toString('base64')}`,
  ADMIN_TOKEN: 'recorded-state-admin-token-0123456789',
} as const

/** Nothing listens there: {@link Deployment} answers itself. */
export const ENDPOINT = 'http://127.0.0.1:9'

/** A request to an endpoint of the deployment. */
export interface Posted {
  /** The path of its URL, without the slash. */
  readonly endpoint: string
  readonly body: string
}

export interface DeploymentOptions extends Pick<RuntimeOptions, 'stateDir' | 'entries' | 'modules'> {
  /** The status with which an endpoint answers. */
  readonly endpoint: (posted: Posted) => number
  /** Files that ESPs serve, by URL. */
  readonly served: ReadonlyMap<string, string>
}

export interface Deployment {
  readonly runtime: LocalRuntime
  readonly console: Console
  /** The URL of the console. */
  readonly url: URL
  readonly deliver: (source: string, request: OutgoingRequest) => Promise<Received>
  /** The whole answer of a call that must succeed. @throws with the answer if it does not */
  readonly call: (method: string, path: string, json?: unknown) => Promise<unknown>
}

export async function startDeployment({
  endpoint,
  served,
  ...options
}: DeploymentOptions): Promise<Deployment> {
  const answered = async (request: Request): Promise<Response> => {
    const posted = { endpoint: new URL(request.url).pathname.slice(1), body: await request.text() }
    return new Response('seen', { status: endpoint(posted) })
  }
  const runtime = await startRuntime({
    ...options,
    ports: { gateway: 0, consumer: 0, console: 0 },
    bindings: {
      ...SECRETS,
      GATEWAY_URL: 'http://localhost:8787',
      PRIVATE_DESTINATIONS: 'allowed',
      // A state is opened years later, and its archived events are still to be read.
      HOT_DAYS: '9999',
    },
    onLog: () => undefined,
    queueWaitSeconds: 0.1,
    outbound: outboundFor(served, (request) =>
      new URL(request.url).origin === ENDPOINT ? answered(request) : undefined,
    ),
  })
  const url = runtime.url('console')
  const deliver = (source: string, request: OutgoingRequest) =>
    send(new URL(`/hooks/${source}${request.query}`, runtime.url('gateway')), request)
  const call = async (method: string, path: string, json?: unknown) => {
    const answer = await send(new URL(path, url), {
      method,
      headers: {
        authorization: `Bearer ${SECRETS.ADMIN_TOKEN}`,
        'content-type': 'application/json',
        'x-reason': 'a state is recorded',
        ...(method === 'POST' ? { 'idempotency-key': crypto.randomUUID() } : {}),
      },
      body: Buffer.from(json === undefined ? '' : JSON.stringify(json)),
    })
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.body.toString()}`)
    return jsonOf(answer)
  }
  return { runtime, console: consoleAt(url, SECRETS.ADMIN_TOKEN), url, deliver, call }
}
