/** Progress of long work, beside the output. */
import type { Terminal } from '../command.ts'

/** Seldom enough that the work does not wait for the terminal. */
const EVERY_MS = 200

/** Prints how far the work is, at most a few times a second. @param nowMs a clock that only grows */
export function progress(
  terminal: Terminal,
  what: string,
  nowMs: () => number = performance.now.bind(performance),
) {
  let printedMs = -Infinity
  return {
    at: (count: number, more = ''): void => {
      if (nowMs() - printedMs < EVERY_MS) return
      printedMs = nowMs()
      terminal.progress(`${what}: ${count}${more}`)
    },
    done: (): void => terminal.progress(''),
  }
}
