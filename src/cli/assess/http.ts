/** One HTTP request over a connection of its own, as it is given: `fetch` forbids some headers and paths, and cannot drip. */
import { request as plainRequest } from 'node:http'
import { request as tlsRequest } from 'node:https'
import { PROBE_HEADER } from '../../platform/probe-header.ts'

export interface Outgoing {
  readonly method?: string
  /** Sent as it is; default `/`. */
  readonly path?: string
  readonly headers?: Readonly<Record<string, string | string[]>>
  /** Parts are sent as they come, in chunks. */
  readonly body?: Uint8Array | AsyncIterable<Uint8Array>
  readonly timeoutMs?: number
}

export interface Answer {
  /** 0 if there was none. */
  readonly status: number
  /** Lower-case names, each with all its values. */
  readonly headers: ReadonlyMap<string, readonly string[]>
  /** The first 64 KiB. */
  readonly text: string
}

const TIMEOUT_MS = 15_000
const TEXT_MAX_BYTES = 65_536

const NO_ANSWER: Answer = { status: 0, headers: new Map(), text: '' }

/** @param ended ends the request */
export function exchange(base: URL, outgoing: Outgoing, ended: AbortSignal): Promise<Answer> {
  const { method = 'GET', path = '/', headers = {}, body, timeoutMs = TIMEOUT_MS } = outgoing
  const request = base.protocol === 'https:' ? tlsRequest : plainRequest
  const length = body instanceof Uint8Array ? { 'content-length': String(body.byteLength) } : {}
  return new Promise((resolve) => {
    const signal = AbortSignal.any([ended, AbortSignal.timeout(timeoutMs)])
    const none = () => resolve(NO_ANSWER)
    const sent = request(
      {
        protocol: base.protocol,
        hostname: base.hostname.replaceAll(/[[\]]/g, ''),
        port: base.port,
        method,
        path,
        headers: { 'user-agent': 'postern-assess', [PROBE_HEADER]: 'postern', ...length, ...headers },
        agent: false,
        signal,
      },
      (incoming) => {
        const parts: Buffer[] = []
        let bytes = 0
        const finish = () => {
          resolve({
            status: incoming.statusCode ?? 0,
            headers: new Map(
              Object.entries(incoming.headersDistinct).map(([name, values]) => [name, values ?? []]),
            ),
            text: Buffer.concat(parts).subarray(0, TEXT_MAX_BYTES).toString('utf8'),
          })
          sent.destroy()
        }
        incoming.on('data', (part: Buffer) => {
          parts.push(part)
          bytes += part.byteLength
          if (bytes > TEXT_MAX_BYTES) sent.destroy()
        })
        for (const end of ['end', 'close', 'error']) incoming.on(end, finish)
      },
    )
    // Listened to for the whole life: an error after the answer must not end the process.
    sent.on('error', none)
    sent.on('close', none)
    if (body === undefined || body instanceof Uint8Array) sent.end(body)
    else write(body).catch(() => sent.destroy())

    async function write(parts: AsyncIterable<Uint8Array>): Promise<void> {
      for await (const part of parts) {
        if (sent.destroyed || sent.writableEnded) return
        sent.write(part)
      }
      sent.end()
    }
  })
}

/** First value of a header. */
export const headerOf = ({ headers }: Answer, name: string): string | undefined => headers.get(name)?.[0]

/** The JSON object in an answer; undefined if there is none. */
export function objectIn({ text }: Answer): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined
  } catch {
    return undefined
  }
}
