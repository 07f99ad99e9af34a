/** Decides which lines of the Workers a person at the terminal should see. */
import type { LogLine } from './runtime.ts'

/** Faults and whatever the runtime calls an error; everything when verbose. */
export const logPrinter =
  (verbose: boolean) =>
  ({ level, message }: LogLine): void => {
    if (verbose || level === 'error' || level === 'warn' || isFault(message)) console.error(message)
  }

/** A structured line of ours that names a fault, or an incomplete setup. */
function isFault(message: string): boolean {
  try {
    const line = JSON.parse(message) as { fault?: unknown; event?: unknown } | null
    return line?.fault !== undefined || line?.event === 'setup_incomplete'
  } catch {
    return false
  }
}
