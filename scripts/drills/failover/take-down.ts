/** One part of the deployment is down for a while under load, and what that costs is measured. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Console, problemOf } from '../../../src/simulator/console.ts'
import { senderNamed } from '../../../src/simulator/senders/index.ts'
import type { LocalRuntime } from '../../local/runtime.ts'
import { OUTAGE_HEADER, OVER, type Outage, type Switched } from '../../local/outage/switch.ts'
import { WORKERS } from '../../workers.ts'
import { type Account, acceptedOf, accountOf } from './account.ts'
import { Load, type LoadedSource } from './load.ts'
import { countOf, faultsOf, storedOf } from './look.ts'
import type { Part, SourceKind } from './parts.ts'
import type { Receiver } from './receiver.ts'

export interface World {
  readonly runtime: LocalRuntime
  readonly console: Console
  readonly receiver: Receiver
  readonly downSeconds: number
  readonly perSecond: number
  /** How long the drill waits after an outage until everything is accepted, stored and delivered. */
  readonly patienceMs: number
  readonly nowMs: () => number
  readonly onProgress: (line: string) => void
  readonly ended: AbortSignal
}

export interface Outcome extends Account {
  readonly part: Part
  readonly downMs: number
  /** Calls that got an error meanwhile. */
  readonly failedCalls: number
  /** From the end of the outage until all that was accepted was stored; null if that did not happen in time. */
  readonly storedAfterMs: number | null
  /** The same until the destination had all of it. */
  readonly deliveredAfterMs: number | null
  readonly forged: number
  readonly forgedAccepted: number
  /** Parts that `/api/health` called faulty during the outage; null if the console did not answer. */
  readonly faults: readonly string[] | null
}

/** Time before the outage, in which the gateway caches the sources. */
const WARM_MS = 3_000
/** The first part of an outage, in which calls do their work and their answers are lost. */
const ANSWERS_LOST_MS = 2_000
/** How long the load goes on after the outage. */
const AFTER_MS = 2_000
const POLL_MS = 250

export async function takeDown(part: Part, world: World): Promise<Outcome> {
  const { runtime, receiver, nowMs, perSecond, patienceMs, onProgress } = world
  const { warm, cold } = await makeSources(part, world)
  const names = [...warm, cold].map(({ name }) => name)
  const load = new Load(nowMs)
  try {
    onProgress(`${part.title}: load`)
    load.start(warm, perSecond)
    await pause(WARM_MS, world)
    onProgress(`${part.title}: down`)
    const outage = await outageOf(part, names, world, () => load.start([...warm, cold], perSecond))
    onProgress(`${part.title}: back`)
    await pause(AFTER_MS, world)
    await load.stop(patienceMs)
    const { endedMs } = outage
    const storedAfterMs = await since(
      endedMs,
      world,
      async () => (await countOf(world, names)) >= acceptedOf(load.sent).length,
    )
    const first = [...(await storedOf(world, names)).keys()]
    const hasAll = async () => first.every((recipient) => receiver.received.has(recipient))
    const deliveredAfterMs = await since(endedMs, world, hasAll)
    // A second copy of a message would be stored by then.
    await runtime.drained(patienceMs)
    const stored = await storedOf(world, names)
    const { sent, forged, forgedAccepted } = load
    return {
      part,
      ...outage,
      ...accountOf({ sent, stored, received: receiver.received }),
      storedAfterMs,
      deliveredAfterMs,
      forged,
      forgedAccepted,
    }
  } finally {
    await load.stop(0)
  }
}

/** Takes the part down, and brings it back. @param onBegun is called as soon as it is down */
async function outageOf(
  { bindings, evicts }: Part,
  names: readonly string[],
  world: World,
  onBegun: () => void,
): Promise<Pick<Outcome, 'downMs' | 'failedCalls' | 'faults'> & { readonly endedMs: number }> {
  const { runtime, downSeconds, nowMs } = world
  const beganMs = nowMs()
  let failedCalls = 0
  let faults: Outcome['faults']
  try {
    await setOutage(runtime, { bindings, kind: 'answers_lost' })
    onBegun()
    await pause(ANSWERS_LOST_MS, world)
    failedCalls += await setOutage(runtime, { bindings, kind: 'down' })
    const objects = evicts === 'Guard' ? names.map((name) => `${name}#0`) : ['registry']
    if (evicts !== undefined) for (const name of objects) await runtime.evict(evicts, name)
    const asked = faultsOf(world)
    await pause(downSeconds * 1_000 - (nowMs() - beganMs), world)
    faults = await asked
  } finally {
    failedCalls += await setOutage(runtime, undefined)
  }
  const endedMs = nowMs()
  return { downMs: endedMs - beganMs, endedMs, failedCalls, faults }
}

/** Tells all Workers. @returns the calls that have failed since the last time */
async function setOutage(runtime: LocalRuntime, outage: Outage | undefined): Promise<number> {
  const headers = { [OUTAGE_HEADER]: outage === undefined ? OVER : JSON.stringify(outage) }
  const answers = await Promise.all(WORKERS.map(({ name }) => runtime.ask(name, headers)))
  return answers.reduce<number>((sum, answer) => sum + (answer as Switched).failedCalls, 0)
}

interface NamedSource extends LoadedSource {
  readonly name: string
}

/** The cold source is used only from the outage on: its settings are in no cache. */
async function makeSources({ name }: Part, { console, runtime }: World) {
  const make = async (kind: SourceKind, provider: string): Promise<NamedSource> => {
    const sender = senderNamed(provider)
    if (sender === undefined) throw new Error(`no simulated ${provider}`)
    const source = `${name}-${kind}`
    const account = await sender.open()
    await saved(console, `/api/sources/${source}`, account.document)
    const url = new URL(`/hooks/${source}`, runtime.url('gateway'))
    return { name: source, url, account, forger: await sender.open(), kind }
  }
  return {
    warm: [await make('signed', 'sendgrid'), await make('token', 'mailgun'), await make('large', 'generic')],
    cold: await make('new', 'generic'),
  }
}

export async function saved(console: Console, path: string, document: object): Promise<void> {
  const answer = await console.put(path, document)
  if (answer.status !== 201) throw new Error(`${path} was not saved: ${problemOf(answer)}`)
}

/** Waits until it holds. Milliseconds since the end of the outage; null if the time was over before. */
async function since(endedMs: number, world: World, holds: () => Promise<boolean>): Promise<number | null> {
  const untilMs = performance.now() + world.patienceMs
  while (!(await holds())) {
    if (performance.now() > untilMs) return null
    await pause(POLL_MS, world)
  }
  return world.nowMs() - endedMs
}

/** @throws if the drill is ended meanwhile */
const pause = (ms: number, { ended }: World): Promise<void> =>
  sleep(Math.max(0, ms), undefined, { signal: ended })
