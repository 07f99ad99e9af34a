/** Endpoint of the drill's destination. It counts how often the event about each recipient came. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'

export interface Receiver {
  readonly url: string
  /** How often each recipient came. */
  readonly received: ReadonlyMap<string, number>
  readonly close: () => Promise<void>
}

interface Body {
  readonly data: Data | readonly Data[]
}
interface Data {
  readonly recipient: string
}

export async function startReceiver(): Promise<Receiver> {
  const received = new Map<string, number>()
  const server = createServer((request, response) => {
    json(request).then(
      (body) => {
        for (const { recipient } of [(body as Body).data].flat())
          received.set(recipient, (received.get(recipient) ?? 0) + 1)
        response.writeHead(200).end()
      },
      () => response.destroy(),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/events`,
    received,
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
