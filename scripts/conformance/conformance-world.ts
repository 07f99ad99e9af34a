/** The Workers that run the cases. They stay up from the first case to the last. */
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Console, consoleAt } from '../../src/simulator/console.ts'
import { type Received, jsonOf, send } from '../../src/simulator/http.ts'
import { type LogLine, startRuntime } from '../local/runtime.ts'
import { ROOT } from '../workers.ts'
import type { Case } from './case.ts'
import { CF_HEADER, CLOCK_HEADER, SCHEME_HEADER, SENT_HEADER } from './control.ts'
import { type Outside, outside } from './recorded-network.ts'

export interface World {
  readonly console: Console
  readonly outside: Outside
  /** Sends a case's request to a source. */
  readonly deliver: (played: Case, source: string) => Promise<Delivered>
  /** Waits until this many messages have been acknowledged. False after a timeout of 30 seconds. */
  readonly settled: (messages: number) => Promise<boolean>
  readonly close: () => Promise<void>
}

export interface Delivered extends Received {
  /** Queue messages that the request sent. */
  readonly sent: number
}

/** Recorded deliveries may be signed under keys that a vendor has published, so this run accepts such keys. */
export const STAND_INS: ReadonlyMap<string, string> = new Map([
  [`${ROOT}src/platform/published-keys.ts`, `${ROOT}scripts/conformance/no-published-keys.ts`],
])

/** A message that is not acknowledged by then is being retried, so its case has failed. */
const SETTLE_MS = 30_000

export async function openWorld(onLog: (line: LogLine) => void): Promise<World> {
  const adminToken = randomBytes(24).toString('base64url')
  const beyond = outside()
  const runtime = await startRuntime({
    ports: { gateway: 0, console: 0, consumer: 0 },
    bindings: {
      MASTER_KEY: `v1:${randomBytes(32).toString('base64')}`,
      ADMIN_TOKEN: adminToken,
      GATEWAY_URL: 'https://hooks.example.test',
    },
    onLog,
    outbound: beyond.fetch,
    entries: {
      gateway: `${ROOT}scripts/conformance/gateway.ts`,
      consumer: `${ROOT}scripts/conformance/consumer.ts`,
    },
    standIns: STAND_INS,
  })
  return {
    console: consoleAt(runtime.url('console'), adminToken),
    outside: beyond,
    deliver: (played, source) => deliver(runtime.url('gateway'), played, source),
    settled: (messages) => untilSettled(runtime.url('consumer'), messages),
    close: runtime.close,
  }
}

async function deliver(gateway: URL, { request, now }: Case, source: string): Promise<Delivered> {
  const { host, protocol } = new URL(request.url)
  const query = /^[^?#]*(\?[^#]*)?/.exec(request.url)?.[1] ?? ''
  const scheme = protocol.slice(0, -1)
  const answer = await send(new URL(`/hooks/${source}${query}`, gateway), {
    method: request.method,
    headers: {
      host,
      ...endToEnd(request.headers),
      [CLOCK_HEADER]: String(now * 1_000),
      [SCHEME_HEADER]: scheme,
      [CF_HEADER]: JSON.stringify(scheme === 'https' ? { tlsVersion: 'TLSv1.3' } : {}),
    },
    body: Buffer.from(request.body_base64 ?? '', 'base64'),
  })
  return { ...answer, sent: Number(answer.headers.get(SENT_HEADER) ?? 0) }
}

/** Headers of the recorded connection and its framing. The connection to the local gateway has its own. */
const HOP_BY_HOP = new Set([
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

const endToEnd = (headers: Case['request']['headers']): Case['request']['headers'] =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name.toLowerCase())))

async function untilSettled(consumer: URL, messages: number): Promise<boolean> {
  const untilMs = performance.now() + SETTLE_MS
  for (;;) {
    const { acknowledged } = jsonOf(await send(consumer, GET)) as { acknowledged: number }
    if (acknowledged >= messages) return true
    if (performance.now() > untilMs) return false
    await sleep(100)
  }
}

const GET = { method: 'GET', headers: {}, body: new Uint8Array(0) }
