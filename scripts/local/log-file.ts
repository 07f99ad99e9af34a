/** Writes the logs of the local Workers to a file, so that `postern tail` can follow them. At its maximum size it starts over. */
import { closeSync, openSync, writeSync } from 'node:fs'
import { logPath } from '../../src/cli/local-state.ts'
import type { LogLine } from './runtime.ts'

/** Several days of logs with little traffic. */
const MAX_BYTES = 16 * 1024 * 1024

export interface LogFile {
  readonly write: (line: LogLine) => void
  readonly close: () => void
}

/**
 * Creates a new file; the log of an earlier run is discarded. Lines are written synchronously: when the file starts over, pending
 * writes of a stream would overwrite its new beginning.
 */
export function logFile(stateDir: string, nowMs: () => number, maxBytes = MAX_BYTES): LogFile {
  const path = logPath(stateDir)
  let file = opened(path)
  let bytes = 0
  return {
    write({ level, message }) {
      const line = `${JSON.stringify({ at: new Date(nowMs()).toISOString(), level, message })}\n`
      bytes += Buffer.byteLength(line)
      if (bytes > maxBytes) {
        close(file)
        file = opened(path)
        bytes = Buffer.byteLength(line)
      }
      ignoringErrors(() => file !== undefined && writeSync(file, line))
    },
    close() {
      close(file)
      file = undefined
    },
  }
}

const opened = (path: string): number | undefined => ignoringErrors(() => openSync(path, 'w', 0o600))

const close = (file: number | undefined): void => {
  if (file !== undefined) ignoringErrors(() => closeSync(file))
}

/** Ignores errors: a full disk must not stop the Workers, since the log is only a convenience. */
function ignoringErrors<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}
