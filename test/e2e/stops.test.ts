/** `npm start` under load is stopped again and again: what was accepted is stored, and reaches its destination. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Console, consoleAt } from '../../src/simulator/console.ts'
import { jsonOf, send } from '../../src/simulator/http.ts'
import type { Account } from '../../src/simulator/sender.ts'
import { senderNamed } from '../../src/simulator/senders/index.ts'
import { ROOT } from '../../scripts/workers.ts'
import { thorough } from '../support/thorough.ts'
import { freePorts } from './free-ports.ts'
import { nowSeconds, simulated, until } from './postern.ts'
import { Receiver } from './receiver.ts'

const [PORT = 0, CONSOLE_PORT = 0] = await freePorts(2)
const ADMIN_TOKEN = 'end-to-end-admin-token-0123456789'
const STOPS = thorough(10, 2)
const PER_SECOND = 50
const LOAD_MS = 4_000

let stateDir: string
const receiver = new Receiver()
let child: ChildProcess | undefined
beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'postern-stops-'))
  await receiver.start()
})
afterAll(async () => {
  if (child?.exitCode === null) child.kill('SIGTERM')
  await receiver.stop()
  await rm(stateDir, { recursive: true, force: true })
})

async function start(): Promise<{ readonly console: Console; readonly stop: () => Promise<number | null> }> {
  const started = spawn(process.execPath, ['scripts/start.ts'], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      ADMIN_TOKEN,
      MASTER_KEY: `v1:${Buffer.alloc(32, 3).toString('base64')}`,
      PORT: String(PORT),
      CONSOLE_PORT: String(CONSOLE_PORT),
      STATE_DIR: stateDir,
      DEMO: '0',
    },
  })
  child = started
  let out = ''
  started.stdout.on('data', (part: Buffer) => (out += part.toString()))
  const ended = new Promise<number | null>((resolve) => started.once('close', resolve))
  await until(async () => out.includes('Postern is ready'), 60_000)
  expect(out).toContain('Postern is ready')
  return {
    console: consoleAt(new URL(`http://localhost:${CONSOLE_PORT}`), ADMIN_TOKEN),
    stop: () => {
      started.kill('SIGTERM')
      return ended
    },
  }
}

/** Sends until it is stopped. @returns ids of the messages whose delivery was answered with 200 */
async function load(account: Account, untilMs: number): Promise<string[]> {
  const accepted: string[] = []
  const sent: Promise<void>[] = []
  while (performance.now() < untilMs) {
    const event = simulated()
    const request = await account.deliver([event], nowSeconds())
    const url = new URL(`http://localhost:${PORT}/hooks/mine${request.query}`)
    sent.push(
      send(url, request).then(
        ({ status }) => void (status === 200 && accepted.push(event.messageId)),
        () => undefined,
      ),
    )
    await sleep(1_000 / PER_SECOND)
  }
  await Promise.all(sent)
  return accepted
}

async function storedIds(console: Console): Promise<Set<string>> {
  const ids = new Set<string>()
  let cursor: string | null = null
  do {
    const more: string = cursor === null ? '' : `&cursor=${cursor}`
    const page = jsonOf(await console.get(`/api/events?source=mine&limit=500${more}`)) as {
      readonly events: readonly { readonly message_id: string }[]
      readonly next_cursor: string | null
    }
    for (const { message_id: id } of page.events) ids.add(id)
    cursor = page.next_cursor
  } while (cursor !== null)
  return ids
}

it(`loses nothing over ${STOPS} stops`, async () => {
  const account = await senderNamed('resend')?.open()
  if (account === undefined) throw new Error('no simulated Resend')
  const accepted: string[] = []
  for (let stop = 0; stop < STOPS; stop += 1) {
    const running = await start()
    if (stop === 0) {
      expect((await running.console.put('/api/sources/mine', account.document)).status).toBe(201)
      const secret = `whsec_${Buffer.alloc(32, 5).toString('base64')}`
      receiver.secrets = [secret]
      const document = { url: receiver.url, secrets: { signing_secret: secret } }
      expect((await running.console.put('/api/destinations/app', document)).status).toBe(201)
    }
    const startedMs = performance.now()
    const loaded = load(account, startedMs + LOAD_MS)
    // In the middle of the load, which goes on: the rest is refused, and counts for nothing.
    await sleep(LOAD_MS / 2)
    expect(await running.stop()).toBe(0)
    accepted.push(...(await loaded))
  }
  expect(accepted.length).toBeGreaterThan(STOPS * 20)
  const { console, stop } = await start()
  const stored = await storedIds(console)
  expect(accepted.filter((id) => !stored.has(id))).toEqual([])
  const delivered = () => new Set(receiver.order.map(({ messageId }) => messageId))
  await until(async () => accepted.every((id) => delivered().has(id)), 90_000)
  expect(accepted.filter((id) => !delivered().has(id))).toEqual([])
  process.stderr.write(`${STOPS} stops, ${accepted.length} accepted, stored and delivered.\n`)
  expect(await stop()).toBe(0)
}, 900_000)
