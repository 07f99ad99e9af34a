/** Looks whether a port can be had before anything is started on it. */
import { createServer } from 'node:net'

/** True when nothing listens there on either loopback address: `localhost` may mean both. */
export async function portIsFree(port: number): Promise<boolean> {
  for (const host of ['127.0.0.1', '::1']) if (await isTaken(port, host)) return false
  return true
}

function isTaken(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    // Anything else, for instance a machine without IPv6, is no other program.
    server.once('error', (cause: NodeJS.ErrnoException) => resolve(cause.code === 'EADDRINUSE'))
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(false)))
  })
}
