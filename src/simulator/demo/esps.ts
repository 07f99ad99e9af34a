/**
 * The ESPs of the demo, as far as `postern drill` needs them: they sign deliveries for it, and stop sending for a while. Their keys
 * live in this process alone, so the command asks here. What to ask, and the token for it, are in a file of the state folder.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { type IncomingMessage, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { SimulatedEvent } from '../sender.ts'
import type { Stage } from '../stage.ts'
import type { ResendApi } from './resend-api.ts'

/** The name of the file in the state folder. */
export const ESPS_FILE = 'demo-esps.json'

export interface EspsNote {
  readonly url: string
  readonly token: string
}

/** Requests to the ESPs, as JSON. */
export type EspsAsk =
  | {
      readonly ask: 'sign'
      readonly source: string
      readonly events: readonly SimulatedEvent[]
      readonly nowSeconds: number
    }
  | { readonly ask: 'pause'; readonly source: string; readonly seconds: number }
  | { readonly ask: 'switch_off'; readonly source: string }

/** A signed request as JSON. */
export interface SignedRequest {
  readonly method: 'POST' | 'GET'
  readonly query: string
  readonly headers: Readonly<Record<string, string>>
  readonly bodyBase64: string
  /** Where the ESP sends from. */
  readonly address: string
}

export interface DemoEsps {
  readonly isPaused: (source: string) => boolean
  readonly stop: () => Promise<void>
}

export interface EspsOptions {
  readonly stages: readonly Stage[]
  readonly notePath: string
  /** The one whose webhook can be switched off. */
  readonly api: Pick<ResendApi, 'source' | 'switchOff'>
  readonly nowMs: () => number
}

const BODY_MAX_BYTES = 65_536
const PAUSE_MAX_SECONDS = 3_600

export async function startEsps({ stages, notePath, api, nowMs }: EspsOptions): Promise<DemoEsps> {
  const token = randomBytes(24).toString('base64url')
  const pausedUntilMs = new Map<string, number>()
  const pause = (source: string, seconds: number): void => {
    pausedUntilMs.set(source, nowMs() + seconds * 1_000)
  }
  const server = createServer((request, response) => {
    const answered = answer(request, token, stages, pause, api).catch(() => [400, {}] as const)
    void answered.then(([status, json]) => response.writeHead(status).end(JSON.stringify(json)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const note: EspsNote = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, token }
  await writeFile(notePath, JSON.stringify(note), { mode: 0o600 })
  return {
    isPaused: (source) => (pausedUntilMs.get(source) ?? 0) > nowMs(),
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function answer(
  request: IncomingMessage,
  token: string,
  stages: readonly Stage[],
  pause: (source: string, seconds: number) => void,
  api: EspsOptions['api'],
): Promise<readonly [status: number, json: object]> {
  if (!isSame(request.headers.authorization ?? '', `Bearer ${token}`)) return [401, {}]
  const asked = JSON.parse(await textOf(request)) as EspsAsk
  const stage = stages.find(({ name }) => name === asked.source)
  if (stage === undefined) return [404, {}]
  if (asked.ask === 'pause') {
    pause(stage.name, Math.min(asked.seconds, PAUSE_MAX_SECONDS))
    return [200, {}]
  }
  if (asked.ask === 'switch_off') {
    if (stage.name !== api.source) return [404, {}]
    api.switchOff()
    return [200, {}]
  }
  const { method, query, headers, body } = await stage.account.deliver(asked.events, asked.nowSeconds)
  const bodyBase64 = Buffer.from(body).toString('base64')
  return [200, { method, query, headers, bodyBase64, address: stage.address } satisfies SignedRequest]
}

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.byteLength
    if (bytes > BODY_MAX_BYTES) throw new RangeError('the body is too large')
    parts.push(part)
  }
  return Buffer.concat(parts).toString()
}

const isSame = (given: string, expected: string): boolean =>
  given.length === expected.length && timingSafeEqual(Buffer.from(given), Buffer.from(expected))
