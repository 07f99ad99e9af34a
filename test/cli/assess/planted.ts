/** A proxy in front of a real Worker, which gives it the weakness that a test plants. */
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Asked {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
}

export interface Answered {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string | Buffer
}

type Forward = (change?: Partial<Asked>) => Promise<Answered>
/** @param forward asks the real Worker */
export type Weakness = (asked: Asked, forward: Forward) => Answered | Promise<Answered>

export interface Planted {
  readonly url: URL
  /** Without one, the Worker answers as it is. */
  plant(weakness?: Weakness): void
  close(): Promise<void>
}

export const json = (status: number, value: unknown): Answered => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(value),
})

export async function plantedAt(target: URL): Promise<Planted> {
  let weakness: Weakness | undefined
  const server = createServer((message, response) => {
    void message.toArray().then(async (parts: Buffer[]) => {
      const { method = 'GET', url: path = '/', headers } = message
      const asked = { method, path, headers, body: Buffer.concat(parts) }
      const forward: Forward = (change) => ask(target, { ...asked, ...change })
      const answered = await (weakness === undefined ? forward() : weakness(asked, forward))
      const present = Object.entries(answered.headers).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, value] as const],
      )
      response.writeHead(answered.status, Object.fromEntries(present))
      response.end(method === 'HEAD' ? '' : answered.body)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    plant: (one) => void (weakness = one),
    close: () => new Promise((resolve) => void server.close(() => resolve())),
  }
}

function ask(target: URL, { method, path, headers, body }: Asked): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const { 'transfer-encoding': _, ...kept } = headers
    const sent = request(
      {
        hostname: target.hostname,
        port: target.port,
        method,
        path,
        agent: false,
        headers: { ...kept, 'content-length': body.byteLength },
      },
      (incoming) => {
        void incoming.toArray().then((parts: Buffer[]) => {
          const { 'transfer-encoding': _chunked, 'content-length': _length, ...others } = incoming.headers
          resolve({ status: incoming.statusCode ?? 0, headers: others, body: Buffer.concat(parts) })
        })
      },
    )
    sent.on('error', reject)
    sent.end(body)
  })
}
