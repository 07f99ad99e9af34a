/** Keeps what the Workers of this machine log, so that `postern tail` can follow it. Bounded: past its size it begins anew. */
import { closeSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { LogLine } from './runtime.ts'

/** Days of a quiet machine. */
const MAX_BYTES = 16 * 1024 * 1024

export const logPath = (stateDir: string): string => join(stateDir, 'log.jsonl')

export interface LogFile {
  readonly write: (line: LogLine) => void
  readonly close: () => void
}

/**
 * A new file: what an earlier run logged is gone. Written at once and not by streams: what one still had to write when the file
 * begins anew would lie over the new beginning.
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
      quietly(() => file !== undefined && writeSync(file, line))
    },
    close() {
      close(file)
      file = undefined
    },
  }
}

const opened = (path: string): number | undefined => quietly(() => openSync(path, 'w', 0o600))

const close = (file: number | undefined): void => {
  if (file !== undefined) quietly(() => closeSync(file))
}

/** The log is for looking: a full disk must not end the Workers. */
function quietly<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}
