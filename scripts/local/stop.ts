/** The end of `npm start`: nothing more is accepted, and everything that was accepted is stored. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { LocalRuntime } from './runtime.ts'
import { STOP_HEADER, type StopAnswer } from './stop-answer.ts'

/** Locally the queue is in memory: what it holds when the Workers end is lost. @returns whether all of it was stored in time */
export async function settle(runtime: LocalRuntime, token: string, withinMs: number): Promise<boolean> {
  const untilMs = performance.now() + withinMs
  const running = async (worker: 'gateway' | 'consumer'): Promise<number> =>
    ((await runtime.ask(worker, { [STOP_HEADER]: token })) as StopAnswer).running
  while ((await running('gateway')) > 0) {
    if (performance.now() > untilMs) return false
    await sleep(20)
  }
  for (;;) {
    if (!(await runtime.drained(untilMs - performance.now()))) return false
    // A batch that fails puts messages back, so the queues are looked at again.
    if ((await running('consumer')) === 0 && (await runtime.drained(0))) return true
    if (performance.now() > untilMs) return false
    await sleep(20)
  }
}
