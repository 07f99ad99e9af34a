/** Ports for servers whose addresses must be known before they start. */
import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/** The system gives ports from 32,768 up to everybody who asks for any: one of those may be gone before its server starts. */
const FIRST = 20_000
const LAST = 32_000

/** Ports that nobody listens on, no two the same, below those that the system gives away by itself. */
export async function freePorts(count: number): Promise<number[]> {
  const found = new Set<number>()
  while (found.size < count) {
    const port = randomInt(FIRST, LAST)
    if (await isFree(port)) found.add(port)
  }
  return [...found]
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((answer) => {
    const server = createServer()
    server.on('error', () => answer(false))
    server.listen(port, '127.0.0.1', () => server.close(() => answer(true)))
  })
