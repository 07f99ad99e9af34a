/** Sends prepared requests, a number of them at once, and measures the time. */
import { type Sent, send } from '../src/simulator/http.ts'
import { runtimeCpuMs } from './cpu.ts'
import { at } from './spread.ts'

export interface Shot extends Sent {
  readonly url: URL
}

export interface Volley {
  readonly perSecond: number
  /** Microseconds of processor time that all runtimes spent, for each request. NaN if the system does not report it. */
  readonly cpuUs: number
  readonly p50Ms: number
  readonly p99Ms: number
}

const TAKEN: readonly number[] = [200]

/** @throws {Error} if an answer is not the expected one: only correct code is measured */
export const fire = async (shots: readonly Shot[], atOnce: number, expected = TAKEN): Promise<Volley> =>
  volleyOf([await shoot(shots, atOnce, expected)])

/**
 * Sends a volley to each contestant in turns of some shots, so that other load on the machine affects all of them alike.
 *
 * @throws {Error} like {@link fire}
 */
export async function fireInTurns<const Volleys extends readonly (readonly Shot[])[]>(
  volleys: Volleys,
  atOnce: number,
  shotsATurn: number,
): Promise<{ [Each in keyof Volleys]: Volley }> {
  const fired = volleys.map((): Fired[] => [])
  const longest = Math.max(...volleys.map(({ length }) => length))
  for (let from = 0; from < longest; from += shotsATurn)
    for (const [i, shots] of volleys.entries())
      fired[i]?.push(await shoot(shots.slice(from, from + shotsATurn), atOnce, TAKEN))
  return fired.map(volleyOf) as { [Each in keyof Volleys]: Volley }
}

interface Fired {
  readonly latenciesMs: readonly number[]
  readonly tookMs: number
  readonly cpuMs: number
}

async function shoot(shots: readonly Shot[], atOnce: number, expected: readonly number[]): Promise<Fired> {
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
  const startCpuMs = await cpuMs()
  const startMs = performance.now()
  await Promise.all(Array.from({ length: atOnce }, shooter))
  const tookMs = performance.now() - startMs
  return { latenciesMs, tookMs, cpuMs: (await cpuMs()) - startCpuMs }
}

const cpuMs = async (): Promise<number> => (await runtimeCpuMs()) ?? Number.NaN

function volleyOf(fired: readonly Fired[]): Volley {
  const latenciesMs = fired.flatMap((one) => one.latenciesMs).toSorted((a, b) => a - b)
  const sum = (of: (one: Fired) => number): number => fired.reduce((total, one) => total + of(one), 0)
  return {
    perSecond: latenciesMs.length / (sum(({ tookMs }) => tookMs) / 1_000),
    cpuUs: (sum(({ cpuMs }) => cpuMs) * 1_000) / latenciesMs.length,
    p50Ms: at(latenciesMs, 0.5),
    p99Ms: at(latenciesMs, 0.99),
  }
}
