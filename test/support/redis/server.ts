/** A real redis-server of the test's own, on a free loopback port, which writes through to its disk as Upstash does. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { type RedisClientType, createClient } from '@redis/client'

export interface RedisServer {
  readonly url: string
  /** One command, for looking inside. */
  readonly command: (...parts: string[]) => Promise<unknown>
  /** As a machine that loses power: nothing is written any more. */
  readonly kill: () => Promise<void>
  /** Starts it again, on the same port and disk. */
  readonly restart: () => Promise<void>
  readonly close: () => Promise<void>
}

/** Absolute path of the program; `undefined` where this machine has none. */
export const redisProgram = (): string | undefined =>
  ['redis-server', 'valkey-server']
    .flatMap((name) => (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, name)))
    .find((path) => existsSync(path))

/** Longest wait for it to answer. */
const START_MS = 10_000

export async function startRedis(program: string): Promise<RedisServer> {
  const port = await freePort()
  const dir = await mkdtemp(join(tmpdir(), 'postern-redis-'))
  const url = `redis://127.0.0.1:${port}`
  const settings = { port, bind: '127.0.0.1', dir, save: '', appendonly: 'yes', appendfsync: 'always' }
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)])
  let server: ChildProcess | undefined
  let client: RedisClientType | undefined

  const restart = async (): Promise<void> => {
    server = spawn(program, args, { stdio: 'ignore' })
    client = await connected(url)
  }
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    client?.destroy()
    client = undefined
    const ending = server
    server = undefined
    if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return
    const gone = new Promise((resolve) => ending.once('exit', resolve))
    ending.kill(signal)
    await gone
  }
  await restart()
  return {
    url,
    restart,
    command: async (...parts) => {
      if (client === undefined) throw new Error('redis-server is not running')
      return client.sendCommand(parts)
    },
    kill: () => end('SIGKILL'),
    async close() {
      await end('SIGTERM')
      await rm(dir, { recursive: true, force: true })
    },
  }
}

/** A connection, once the server answers. */
async function connected(url: string): Promise<RedisClientType> {
  const untilMs = performance.now() + START_MS
  const client = newClient(url, () => performance.now() < untilMs)
  await client.connect()
  return client
}

/** A connection that comes back by itself for as long as it may, and meanwhile refuses commands at once. */
export function newClient(url: string, mayReconnect: () => boolean): RedisClientType {
  const client: RedisClientType = createClient({
    url,
    disableOfflineQueue: true,
    socket: { reconnectStrategy: () => (mayReconnect() ? 20 : new Error('redis-server does not answer')) },
  })
  // Each command fails for itself, and says so.
  client.on('error', () => undefined)
  return client
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}
