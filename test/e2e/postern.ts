/** All three Workers as deployed, and helpers for sending to them and inspecting them from outside. */
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect } from 'vitest'
import { type Console, consoleAt, problemOf } from '../../src/simulator/console.ts'
import { type Received, jsonOf, send } from '../../src/simulator/http.ts'
import { network, outboundFor } from '../../scripts/local/served-urls.ts'
import { type LocalRuntime, type RuntimeOptions, startRuntime } from '../../scripts/local/runtime.ts'
import type { Account, SimulatedEvent, OutgoingRequest } from '../../src/simulator/sender.ts'
import { senderNamed } from '../../src/simulator/senders/index.ts'
import type { MailEvent } from '../../src/event/mail-event.ts'
import type { MovedClock } from '../../scripts/local/moved-clock.ts'

export interface Postern {
  readonly runtime: LocalRuntime
  readonly console: Console
  readonly secrets: { readonly MASTER_KEY: string; readonly ADMIN_TOKEN: string }
  /** Environment of a command line that talks to this console as its administrator. */
  readonly reach: Readonly<Record<'POSTERN_URL' | 'POSTERN_TOKEN', string>>
  /** Every line that any Worker has logged. */
  readonly logs: string[]
  /** A new account at the ESP, and its source. */
  readonly source: (provider: string, name?: string, settings?: object) => Promise<TestSource>
  readonly events: (source: string) => Promise<MailEvent[]>
  /** Waits until the source has so many events, and long enough after that to see whether more come. */
  readonly settledAt: (source: string, count: number) => Promise<MailEvent[]>
}

export interface TestSource {
  readonly name: string
  readonly account: Account
  readonly deliver: (request: OutgoingRequest) => Promise<Received>
}

/** The longest wait for the queue. */
const PATIENCE_MS = 30_000

const MINUTE_MS = 60_000

/** From the end of a minute, and a little more than the watch waits. */
const WATCHED_AFTER_MS = 10_500

interface PosternOptions extends Partial<RuntimeOptions> {
  /** Files that ESPs serve, by URL, where several deployments hear from one account. */
  readonly certificates?: Map<string, string>
  /** The real one if absent. */
  readonly clock?: MovedClock
}

/** With destinations on this machine, and nothing else of the network. */
export const WITH_DESTINATIONS = {
  bindings: { PRIVATE_DESTINATIONS: 'allowed' },
  outbound: outboundFor(new Map(), (request) =>
    new URL(request.url).hostname === '127.0.0.1' ? network(request) : undefined,
  ),
} satisfies Partial<RuntimeOptions>

/** The installation of a test file: it starts before the file's tests, and closes after them. */
export function withInstallation(options: PosternOptions = {}): Postern {
  const started = {} as Postern
  beforeAll(async () => void Object.assign(started, await startPostern(options)))
  afterAll(() => started.runtime?.close())
  return started
}

export async function startPostern({
  certificates = new Map<string, string>(),
  clock,
  ...options
}: PosternOptions = {}): Promise<Postern> {
  const secrets = {
    MASTER_KEY: `v1:${randomBytes(32).toString('base64')}`,
    ADMIN_TOKEN: randomBytes(24).toString('base64url'),
  }
  const logs: string[] = []
  const runtime = await startRuntime({
    ports: { gateway: 0, console: 0 },
    onLog: ({ message }) => logs.push(message),
    outbound: outboundFor(certificates, () => undefined),
    queueWaitSeconds: 0.1,
    ...(clock !== undefined && { modules: (name, entry) => clock.modules(name, entry) }),
    ...options,
    bindings: { ...secrets, GATEWAY_URL: 'http://localhost:8787', ...options.bindings },
  })
  await clock?.attach(runtime)
  const console = consoleAt(runtime.url('console'), secrets.ADMIN_TOKEN)
  const reach = { POSTERN_URL: runtime.url('console').href, POSTERN_TOKEN: secrets.ADMIN_TOKEN }

  const source = async (provider: string, name = provider, settings = {}): Promise<TestSource> => {
    const account = await senderNamed(provider)?.open()
    if (account === undefined) throw new Error(`no simulated ${provider}`)
    for (const [url, text] of Object.entries(account.serves ?? {})) certificates.set(url, text)
    const put = await console.put(`/api/sources/${name}`, { ...account.document, ...settings })
    if (put.status !== 201) throw new Error(`${name} was not saved: ${problemOf(put)} ${put.body.toString()}`)
    const deliver = (request: OutgoingRequest) =>
      send(new URL(`/hooks/${name}${request.query}`, runtime.url('gateway')), request)
    return { name, account, deliver }
  }

  const events = async (name: string): Promise<MailEvent[]> => {
    const found: MailEvent[] = []
    let cursor: string | null = null
    do {
      const query = new URLSearchParams({
        source: name,
        limit: '500',
        ...(cursor === null ? {} : { cursor }),
      })
      const answer: Received = await console.get(`/api/events?${query.toString()}`)
      if (answer.status !== 200) throw new Error(problemOf(answer))
      const page = jsonOf(answer) as { events: MailEvent[]; next_cursor: string | null }
      found.push(...page.events)
      cursor = page.next_cursor
    } while (cursor !== null)
    return found
  }

  const settledAt = async (name: string, count: number): Promise<MailEvent[]> => {
    await until(async () => (await events(name)).length >= count)
    // A second copy of a message would be stored by then.
    expect(await runtime.drained(PATIENCE_MS)).toBe(true)
    return events(name)
  }

  return { runtime, console, secrets, reach, logs, source, events, settledAt }
}

/** Lets minutes pass until the watch has made the condition hold. Each step ends when one more minute may be watched. */
export const untilWatched = (clock: MovedClock, holds: () => Promise<boolean>): Promise<void> =>
  untilForwarded(clock, holds, () => MINUTE_MS - ((clock.nowMs() - WATCHED_AFTER_MS) % MINUTE_MS))

/** Lets time pass until the condition holds, step by step. */
export const untilForwarded = (
  clock: MovedClock,
  holds: () => Promise<boolean>,
  stepMs: () => number,
): Promise<void> =>
  until(async () => {
    if (!(await holds())) await clock.forward(stepMs())
    return holds()
  }, 120_000)

/** Waits until the condition holds. After the timeout it returns, so that the next assertion shows what is wrong. */
export async function until(holds: () => Promise<boolean>, patienceMs = PATIENCE_MS): Promise<void> {
  const untilMs = performance.now() + patienceMs
  while (!(await holds()) && performance.now() < untilMs) await sleep(100)
}

let counter = 0

/** A new event of a new message and a new recipient. */
export function simulated(change: Partial<SimulatedEvent> = {}): SimulatedEvent {
  const n = ++counter
  return {
    kind: 'email.delivered',
    messageId: `e2e-${n}-${randomBytes(6).toString('hex')}`,
    recipient: `person.${n}@example.com`,
    occurredAtSeconds: nowSeconds(),
    ...change,
  }
}

export const nowSeconds = (): number => Math.floor(Date.now() / 1_000)
