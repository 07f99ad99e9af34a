/** Asks the runtime's inspector how much memory an isolate uses. */
import { setTimeout as sleep } from 'node:timers/promises'

interface Target {
  readonly id: string
  readonly webSocketDebuggerUrl: string
}

interface HeapUsage {
  readonly usedSize: number
  readonly backingStorageSize: number
}

/** How often the Worker is asked until garbage was collected. */
const ASKED_MAX = 100

/** @param collectBy a request to the Worker, if garbage is to be collected first: the isolate collects it once it runs again */
export async function heapBytes(
  inspector: URL,
  worker: string,
  collectBy?: () => Promise<unknown>,
): Promise<number> {
  const answer = await fetch(`http://${inspector.host}/json`)
  const targets: readonly Target[] = await answer.json()
  const target = targets.find(({ id }) => id.endsWith(`:${worker}`))
  if (target === undefined) throw new Error(`the inspector has no ${worker}`)
  const socket = new WebSocket(target.webSocketDebuggerUrl)
  try {
    await new Promise((resolve, reject) => {
      socket.addEventListener('open', resolve, { once: true })
      socket.addEventListener('error', reject, { once: true })
    })
    if (collectBy !== undefined) await collect(socket, collectBy)
    const { usedSize, backingStorageSize } = (await command(socket, 2, 'Runtime.getHeapUsage')) as HeapUsage
    return usedSize + backingStorageSize
  } finally {
    socket.close()
  }
}

async function collect(socket: WebSocket, request: () => Promise<unknown>): Promise<void> {
  const collected = command(socket, 1, 'HeapProfiler.collectGarbage').then(() => true)
  for (let asked = 0; asked < ASKED_MAX; asked++) {
    await request()
    if (await Promise.race([collected, sleep(50, false)])) return
  }
  throw new Error('the isolate collects no garbage')
}

function command(socket: WebSocket, id: number, method: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    socket.addEventListener('message', ({ data }) => {
      const answer = JSON.parse(String(data)) as {
        id?: number
        result?: unknown
        error?: { message: string }
      }
      if (answer.id !== id) return
      if (answer.error === undefined) resolve(answer.result)
      else reject(new Error(answer.error.message))
    })
    socket.send(JSON.stringify({ id, method }))
  })
}
