/** A clock of all Workers that is set forward, so that nobody waits until a minute has ended and was watched. For tests and pictures. */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ROOT } from '../workers.ts'
import type { WorkerName } from '../../src/platform/worker-names.ts'
import { bundle } from './bundle.ts'
import type { LocalRuntime, Module } from './runtime.ts'

/** The clock of an isolate: real time, and what it was set forward. */
const STAND_IN = new Map([
  [`${ROOT}src/platform/clock.ts`, join(import.meta.dirname, 'entries/forwarded-clock.ts')],
])
const HEADER = 'x-forwarded-ms'

/** Real time before each step, in which events and reports arrive. */
const ARRIVAL_MS = 300

export class MovedClock {
  #forwardedMs: number
  #runtime: LocalRuntime | undefined
  #last: Promise<void> = Promise.resolve()

  /** @param startMs the time at which it begins; the real one if absent */
  constructor(startMs = Date.now()) {
    this.#forwardedMs = startMs - Date.now()
  }

  nowMs(): number {
    return Date.now() + this.#forwardedMs
  }

  nowSeconds(): number {
    return Math.floor(this.nowMs() / 1_000)
  }

  /** The modules of a Worker: as deployed, but for its clock. */
  async modules(name: WorkerName, entry: string): Promise<Module[]> {
    return [
      {
        name: `${name}.js`,
        text: `import code from './${name}-code.js'
export * from './${name}-code.js'
export default {
  async fetch(request, env, ctx) {
    const ms = request.headers.get('${HEADER}')
    if (ms === null) return code.fetch(request, env, ctx)
    globalThis.forwardedMs = Number(ms)
    // The watch's alarm would come in real time.
    if (Number(ms) > 0) await env.INCIDENTS?.getByName('incidents').channelsChanged()
    return Response.json({})
  },
  queue: (batch, env, ctx) => code.queue(batch, env, ctx),
  scheduled: (controller, env, ctx) => code.scheduled(controller, env, ctx),
}`,
      },
      { name: `${name}-code.js`, text: await bundle(entry, STAND_IN) },
    ]
  }

  /** Sets the clocks of an installation that has started, also again over the same state. */
  async attach(runtime: LocalRuntime): Promise<void> {
    this.#runtime = runtime
    await this.#set()
  }

  /** Lets so much time pass, one call after the other. The watch judges the minutes that are over then. */
  async forward(ms: number): Promise<void> {
    this.#last = this.#last.then(() => this.#forward(ms))
    return this.#last
  }

  async #forward(ms: number): Promise<void> {
    await sleep(ARRIVAL_MS)
    this.#forwardedMs += ms
    await this.#set()
  }

  async #set(): Promise<void> {
    // The consumer last: it reads what the others have dated.
    for (const name of ['gateway', 'console', 'consumer'] as const)
      await this.#runtime?.ask(name, { [HEADER]: String(this.#forwardedMs) })
  }
}
