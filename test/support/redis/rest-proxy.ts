/**
 * Upstash's REST protocol in front of a real Redis, as far as @upstash/redis and @upstash/ratelimit speak it: single commands,
 * pipelines, transactions, base64 answers, the bearer token, the sync token. And what a test does to it: delays, refusals.
 */
import { createHash, randomBytes } from 'node:crypto'
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RedisClientType } from '@redis/client'
import { newClient } from './server.ts'

export type Command = readonly (string | number)[]

export interface RestProxy {
  readonly url: string
  readonly token: string
  /** Commands that came, in order. */
  readonly commands: Command[]
  /** Sync tokens that the requests carried. */
  readonly syncTokens: string[]
  /** How long an answer to this command is held back, in milliseconds; the command itself is run at once. */
  delayMs: (command: Command) => number
  /** The connection ends after the command was run and before it is answered. */
  losesAnswer: (command: Command) => boolean
  readonly close: () => Promise<void>
}

interface Answer {
  readonly result?: unknown
  readonly error?: string
}

const NO_DELAY: RestProxy['delayMs'] = () => 0
const NEVER: RestProxy['losesAnswer'] = () => false

/** @param redisUrl `redis://127.0.0.1:<port>` */
export async function startRestProxy(redisUrl: string): Promise<RestProxy> {
  let closing = false
  // One for single commands and pipelines, one that transactions have to themselves, one at a time.
  const [shared, exclusive] = [redisUrl, redisUrl].map((url) => newClient(url, () => !closing))
  if (shared === undefined || exclusive === undefined) throw new Error('no connections')
  await Promise.all([shared.connect(), exclusive.connect()])
  const scripts = new ScriptNames()
  let transactions: Promise<unknown> = Promise.resolve()
  let writes = 0

  const proxy = {
    token: randomBytes(24).toString('base64url'),
    commands: [] as Command[],
    syncTokens: [] as string[],
    delayMs: NO_DELAY,
    losesAnswer: NEVER,
  }

  const run = async (client: RedisClientType, command: Command): Promise<Answer> => {
    proxy.commands.push(command)
    const answer = await client
      .sendCommand(scripts.translated(command.map(String)))
      .then((result): Answer => ({ result }))
      .catch((cause: Error): Answer => ({ error: cause.message }))
    const delayMs = proxy.delayMs(command)
    if (delayMs > 0) await sleep(delayMs)
    if (proxy.losesAnswer(command)) throw new AnswerLost()
    return answer
  }

  const transaction = async (commands: readonly Command[]): Promise<readonly Answer[]> => {
    const before = transactions
    const work = before.then(async () => {
      await exclusive.sendCommand(['MULTI'])
      for (const command of commands) {
        proxy.commands.push(command)
        await exclusive.sendCommand(scripts.translated(command.map(String)))
      }
      const results = await exclusive.sendCommand<unknown[]>(['EXEC'])
      return results.map((result) => (result instanceof Error ? { error: result.message } : { result }))
    })
    transactions = work.catch(() => undefined)
    return work
  }

  const answerTo = async (path: string, body: unknown): Promise<Answer | readonly Answer[]> => {
    if (path === '/pipeline') {
      const answers: Answer[] = []
      for (const command of body as Command[]) answers.push(await run(shared, command))
      return answers
    }
    return path === '/multi-exec' ? transaction(body as Command[]) : run(shared, body as Command)
  }

  const server = createServer((request, response) => {
    serve(request, response).catch((cause: Error) => {
      if (cause instanceof AnswerLost) request.socket.destroy()
      else send(response, 503, { error: cause.message })
    })
  })
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = JSON.parse(await textOf(request)) as unknown
    if (request.headers.authorization !== `Bearer ${proxy.token}`)
      return send(response, 401, { error: 'WRONGPASS invalid or missing auth token' })
    proxy.syncTokens.push(String(request.headers['upstash-sync-token'] ?? ''))
    const answer = await answerTo(request.url ?? '/', body)
    const coded = request.headers['upstash-encoding'] === 'base64' ? encoded(answer) : answer
    response.setHeader('upstash-sync-token', `sync-${++writes}`)
    send(response, 'error' in answer ? 400 : 200, coded)
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

  return Object.assign(proxy, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      closing = true
      for (const client of [shared, exclusive]) client.destroy()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  })
}

class AnswerLost extends Error {}

/**
 * Scripts of @upstash/ratelimit begin with a flag that only Upstash knows. It is taken off, and the name that the library
 * gives the script (the SHA-1 of its text) is turned into that of what is run instead.
 */
class ScriptNames {
  readonly #ran = new Map<string, string>()

  translated(command: string[]): string[] {
    const [name = '', script = '', ...rest] = command
    if (/^evalsha$/i.test(name)) return [name, this.#ran.get(script) ?? script, ...rest]
    if (!/^eval$/i.test(name)) return command
    const plain = script.replace(/^#!lua flags=allow-key-locking\n/, '')
    this.#ran.set(sha1(script), sha1(plain))
    return [name, plain, ...rest]
  }
}

const sha1 = (text: string): string => createHash('sha1').update(text).digest('hex')

/** Strings in base64, but for `OK`; numbers and nulls as they are; errors in the clear. */
function encoded(answer: Answer | readonly Answer[]): unknown {
  if (Array.isArray(answer)) return answer.map(encoded)
  const { result, error } = answer as Answer
  return error === undefined ? { result: encodedValue(result) } : { error }
}

function encodedValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(encodedValue)
  return typeof value === 'string' && value !== 'OK' ? Buffer.from(value).toString('base64') : value
}

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).toString()
}

function send(response: ServerResponse, status: number, json: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json))
}
