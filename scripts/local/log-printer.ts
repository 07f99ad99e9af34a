/** Decides which log lines of the Workers are printed in the terminal. */
import type { LogLine } from './runtime.ts'

/** Prints faults and lines that the runtime marks as warning or error; with `verbose`, all lines. */
export const logPrinter =
  (verbose: boolean) =>
  ({ level, message }: LogLine): void => {
    if (verbose || level === 'error' || level === 'warn' || isFault(message)) console.error(message)
  }

/** Whether one of Postern's structured lines reports a fault or an incomplete setup. */
function isFault(message: string): boolean {
  try {
    const line = JSON.parse(message) as { fault?: unknown; event?: unknown } | null
    return line?.fault !== undefined || line?.event === 'setup_incomplete'
  } catch {
    return false
  }
}
