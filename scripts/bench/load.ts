/** Fires requests that were made beforehand, so many at once, and looks at the clock. */
import { type Sent, send } from '../local/http.ts'
import { at } from './spread.ts'

export interface Shot extends Sent {
  readonly url: URL
}

export interface Volley {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/** @throws {Error} when an answer is not the expected one: what is fast and wrong is not to be measured */
export async function fire(shots: readonly Shot[], atOnce: number, expected = [200]): Promise<Volley> {
  const latenciesMs: number[] = []
  let next = 0
  const shooter = async (): Promise<void> => {
    for (let shot = shots[next++]; shot !== undefined; shot = shots[next++]) {
      const startMs = performance.now()
      const { status, body } = await send(shot.url, shot)
      latenciesMs.push(performance.now() - startMs)
      if (!expected.includes(status)) throw new Error(`${status}: ${body.toString()}`)
    }
  }
  const startMs = performance.now()
  await Promise.all(Array.from({ length: atOnce }, shooter))
  const seconds = (performance.now() - startMs) / 1_000
  latenciesMs.sort((a, b) => a - b)
  return { perSecond: shots.length / seconds, p50Ms: at(latenciesMs, 0.5), p99Ms: at(latenciesMs, 0.99) }
}
