/** Checks whether a port is free before something is started on it. */
import { createServer } from 'node:net'

/** True if nothing listens on the port on either loopback address: `localhost` may mean both. */
export async function portIsFree(port: number): Promise<boolean> {
  for (const host of ['127.0.0.1', '::1']) if (await isTaken(port, host)) return false
  return true
}

function isTaken(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    // Other errors, for example on a machine without IPv6, do not mean that another program uses the port.
    server.once('error', (cause: NodeJS.ErrnoException) => resolve(cause.code === 'EADDRINUSE'))
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(false)))
  })
}
