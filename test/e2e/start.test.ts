/** `npm start` as a person runs it, in its own process group like in a terminal. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Console, consoleAt } from '../../src/simulator/console.ts'
import { jsonOf, send } from '../../src/simulator/http.ts'
import { senderNamed } from '../../src/simulator/senders/index.ts'
import { ROOT } from '../../scripts/workers.ts'
import { freePorts } from './free-ports.ts'
import { simulated, nowSeconds, until } from './postern.ts'

const [PORT = 0, CONSOLE_PORT = 0, OTHER_PORT = 0, OTHER_CONSOLE_PORT = 0] = await freePorts(4)
const ADMIN_TOKEN = 'end-to-end-admin-token-0123456789'
const MASTER_KEY = `v1:${Buffer.alloc(32, 3).toString('base64')}`

interface Started {
  readonly child: ChildProcess
  readonly lines: () => string[]
  readonly errors: () => string
  readonly ended: Promise<number | null>
}

let stateDir: string
let running: Started | undefined
/** Message of the delivery that was taken last before Ctrl-C. */
let taken: string
beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'postern-'))
})
afterAll(async () => {
  if (running !== undefined && groupOf(running).length > 0) signal(running, 'SIGKILL')
  await rm(stateDir, { recursive: true, force: true })
})

/** Command that a person types, and the process that npm makes of it. Only the latter's exit code is ours: npm dies of a Ctrl-C itself. */
const NPM_START = ['npm', 'start', '--silent'] as const
const ITSELF = [process.execPath, 'scripts/start.ts'] as const

function start(
  [command, ...parameters]: readonly [string, ...string[]],
  environment: Readonly<Record<string, string>> = {},
): Started {
  const child = spawn(command, parameters, {
    cwd: ROOT,
    detached: true,
    env: {
      ...process.env,
      ADMIN_TOKEN,
      MASTER_KEY,
      PORT: String(PORT),
      CONSOLE_PORT: String(CONSOLE_PORT),
      STATE_DIR: stateDir,
      PACE: '10',
      ...environment,
    },
  })
  let out = ''
  let err = ''
  child.stdout.on('data', (part: Buffer) => (out += part.toString()))
  child.stderr.on('data', (part: Buffer) => (err += part.toString()))
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  return { child, ended, errors: () => err, lines: () => out.split('\n').filter((line) => line !== '') }
}

const READY = /^Postern is ready: gateway (\S+) · console (\S+) · admin token (\S+)$/

async function ready(started: Started): Promise<Console> {
  await until(async () => started.lines().some((line) => READY.test(line)) || started.child.exitCode !== null)
  expect([started.lines().filter((line) => READY.test(line)).length, started.errors()]).toEqual([1, ''])
  return consoleAt(new URL(`http://localhost:${CONSOLE_PORT}`), ADMIN_TOKEN)
}

/** Reports by a queue: it has events and no source that anyone has put. */
const BY_QUEUE = 'cloudflare-email'

/** Sends a signal to all processes of the terminal, as Ctrl-C does. */
const signal = ({ child }: Started, name: NodeJS.Signals): boolean => process.kill(-(child.pid ?? 0), name)

/** Every process that belongs to the start, by name. */
function groupOf({ child }: Started): string[] {
  const all = execFileSync('ps', ['-eo', 'pgid=,comm='], { encoding: 'utf8' })
  return all.split('\n').filter((line) => line.trim().startsWith(`${child.pid} `))
}

/** Processes that are left once the children had time to end: esbuild does so when it notices that its parent has. */
async function leftOf(started: Started): Promise<string[]> {
  await until(async () => groupOf(started).length === 0, 5_000)
  return groupOf(started)
}

async function list<Row>(console: Console, path: string, name: string): Promise<Row[]> {
  const json = jsonOf(await console.get(path)) as Record<string, Row[]> | undefined
  return json?.[name] ?? []
}

const sourcesOf = async (console: Console) =>
  (await list<{ name: string; version: number }>(console, '/api/sources', 'sources')).map(({ name }) => name)
const eventsOf = (console: Console) =>
  list<{ id: string; source: string; message_id: string }>(console, '/api/events?limit=500', 'events')
const refusalsOf = (console: Console) =>
  list<{ code: string; source: string }>(console, '/api/refusals', 'refusals')
const suppressionsOf = (console: Console) =>
  list<{ recipient: string }>(console, '/api/suppressions?limit=500', 'suppressions')

interface DemoDestination {
  readonly delivery: { readonly state: string; readonly last_success_at: string | null }
}
const destinationOf = async (console: Console) =>
  jsonOf(await console.get('/api/destinations/demo-app')) as DemoDestination

/** A delivery to a source of one's own, answered with 200; its message's id. */
async function deliverOne(console: Console): Promise<string> {
  const account = await senderNamed('resend')?.open()
  if (account === undefined) throw new Error('no simulated Resend')
  expect((await console.put('/api/sources/mine', account.document)).status).toBe(201)
  const happened = simulated()
  const request = await account.deliver([happened], nowSeconds())
  const answer = await send(new URL(`http://localhost:${PORT}/hooks/mine`), request)
  expect(answer.status).toBe(200)
  return happened.messageId
}

describe('npm start', () => {
  it('prints its address in one line, and answers there', async () => {
    running = start(NPM_START)
    const console = await ready(running)
    const lines = running.lines()
    expect(lines.join('\n')).toContain(`Mail of the source ${BY_QUEUE} comes by a queue`)
    const at = lines.findIndex((line) => READY.test(line))
    expect(lines[at + 1]).toBe(`Log in at http://localhost:${CONSOLE_PORT} with the admin token.`)
    expect(lines[at + 2]).toContain(
      `npx postern drill attack brute_force --source demo-sendgrid --url http://localhost:${CONSOLE_PORT}`,
    )
    expect(READY.exec(lines[at] ?? '')?.slice(1)).toEqual([
      `http://localhost:${PORT}`,
      `http://localhost:${CONSOLE_PORT}`,
      ADMIN_TOKEN,
    ])
    for (const host of ['localhost', '127.0.0.1']) {
      const answer = await send(new URL(`http://${host}:${PORT}/health`), {
        method: 'GET',
        headers: {},
        body: NONE,
      })
      expect(answer.status).toBe(200)
    }
    expect((await console.get('/api/sources')).status).toBe(200)
    expect(groupOf(running).some((process) => process.endsWith('workerd'))).toBe(true)
  })

  it('refuses a second start on the same state, which would write to the same databases', async () => {
    if (running === undefined) throw new Error('not started')
    const second = start(ITSELF, { PORT: String(OTHER_PORT), CONSOLE_PORT: String(OTHER_CONSOLE_PORT) })
    expect(await second.ended).toBe(1)
    expect(second.errors()).toMatch(
      /^Another npm start \(process \d+\) uses .+: stop it, or set STATE_DIR to another folder\.\n$/,
    )
    expect(second.lines()).toEqual([])
  })

  it('fills the page: events of every demo source and of the Email Service, refused forgeries, suppressions', async () => {
    if (running === undefined) throw new Error('not started')
    const console = await ready(running)
    const demo = await sourcesOf(console)
    expect(demo).toHaveLength(6)
    const reporting = new Set([...demo, BY_QUEUE])
    await until(async () => {
      // A forgery comes each 40 s. Until then nobody reads all events ten times a second.
      if ((await refusalsOf(console)).length < 2) return false
      const sources = new Set((await eventsOf(console)).map(({ source }) => source))
      return sources.size === reporting.size
    }, 60_000)
    expect(new Set((await eventsOf(console)).map(({ source }) => source))).toEqual(reporting)
    expect((await refusalsOf(console)).length).toBeGreaterThan(1)
    await until(async () => (await suppressionsOf(console)).length > 0, 60_000)
    expect((await suppressionsOf(console)).length).toBeGreaterThan(0)
    expect(await list(console, '/api/quarantine', 'quarantine')).toMatchObject([{ source: 'demo-generic' }])
    for (const by of ['mailbox_provider', 'campaign']) {
      const figures = await list<{ before: object | null }>(
        console,
        `/api/deliverability?by=${by}&compare=7`,
        'values',
      )
      expect(figures.filter(({ before }) => before !== null).length).toBeGreaterThan(2)
    }
    expect(running.errors()).toBe('')
  })

  it('sends the events to its receiver, which accepts most of them and fails some', async () => {
    if (running === undefined) throw new Error('not started')
    const console = await ready(running)
    const outcomes = async () => {
      const attempts = await list<{ status: number | null }>(
        console,
        '/api/destinations/demo-app/attempts?limit=500',
        'attempts',
      )
      return new Set(attempts.map(({ status }) => status))
    }
    await until(async () => (await outcomes()).size === 2, 60_000)
    expect(await outcomes()).toEqual(new Set([200, 500]))
    expect((await destinationOf(console)).delivery.state).toBe('active')
    expect(running.errors()).toBe('')
  })

  it('ends on Ctrl-C right after a delivery, and leaves no process', async () => {
    if (running === undefined) throw new Error('not started')
    const console = await ready(running)
    const edited = { provider: 'generic', level: 'enhanced', requireTls: false }
    expect((await console.put('/api/sources/demo-generic', edited)).status).toBe(200)
    expect((await console.remove('/api/sources/demo-mailgun')).status).toBe(200)
    // A containment that has ended leaves the source as it was.
    const contained = await console.post('/api/sources/demo-sendgrid/contain', {
      action: 'pause',
      seconds: 600,
    })
    const { id } = jsonOf(contained) as { id: string }
    expect((await console.remove(`/api/containments/${id}`)).status).toBe(200)
    taken = await deliverOne(console)
    signal(running, 'SIGINT')
    await running.ended
    expect(await leftOf(running)).toEqual([])
    expect(running.errors()).toBe('')
    await expect(console.get('/api/sources')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })

  it('keeps its state over a restart, goes on with a source that was edited, and makes none that was removed', async () => {
    const before = start(ITSELF, { DEMO: '0' })
    running = before
    const quiet = await ready(before)
    const [sources, events, suppressions] = [
      await sourcesOf(quiet),
      await eventsOf(quiet),
      await suppressionsOf(quiet),
    ]
    expect(sources).toHaveLength(6)
    expect(events.length).toBeGreaterThan(10)
    expect(events.filter(({ message_id }) => message_id === taken)).toHaveLength(1)
    expect(suppressions.length).toBeGreaterThan(0)
    signal(before, 'SIGTERM')
    expect(await before.ended).toBe(0)
    expect(await leftOf(before)).toEqual([])

    const startedAt = new Date().toISOString()
    running = start(ITSELF)
    const console = await ready(running)
    expect(running.lines().join('\n')).toContain('left alone: demo-mailgun.')
    const generic = jsonOf(await console.get('/api/sources/demo-generic'))
    expect(generic).toMatchObject({ level: 'enhanced' })
    const known = new Set(events.map(({ id }) => id))
    const fresh = async () => (await eventsOf(console)).filter(({ id }) => !known.has(id))
    const playing = new Set([...sources.filter((name) => name.startsWith('demo-')), BY_QUEUE])
    await until(
      async () => new Set((await fresh()).map(({ source }) => source)).size === playing.size,
      60_000,
    )
    expect(new Set((await fresh()).map(({ source }) => source))).toEqual(playing)
    expect(await suppressionsOf(console)).toEqual(expect.arrayContaining(suppressions.slice(-5)))
    const successOf = async () => (await destinationOf(console)).delivery.last_success_at ?? ''
    await until(async () => (await successOf()) > startedAt, 60_000)
    expect((await successOf()) > startedAt).toBe(true)
    signal(running, 'SIGINT')
    expect(await running.ended).toBe(0)
    expect(await leftOf(running)).toEqual([])
  })

  it.each([
    ['PORT', PORT],
    ['CONSOLE_PORT', CONSOLE_PORT],
  ])('says when %s is taken, and exits with 1', async (variable, port) => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve))
    const started = start(ITSELF)
    expect(await started.ended).toBe(1)
    expect(started.errors()).toBe(
      `Port ${port} is taken by another program: stop it, or set ${variable} to another port.\n`,
    )
    expect(started.lines()).toEqual([])
    expect(await leftOf(started)).toEqual([])
    await new Promise((resolve) => other.close(resolve))
  })
})

const NONE = new Uint8Array(0)
