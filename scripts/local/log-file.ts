/** Keeps what the Workers of this machine log, so that `postern tail` can follow it. Bounded: past its size it begins anew. */
import { type WriteStream, createWriteStream } from 'node:fs'
import { once } from 'node:events'
import { join } from 'node:path'
import type { LogLine } from './runtime.ts'

/** Days of a quiet machine. */
const MAX_BYTES = 16 * 1024 * 1024

export const logPath = (stateDir: string): string => join(stateDir, 'log.jsonl')

export interface LogFile {
  readonly write: (line: LogLine) => void
  readonly close: () => Promise<void>
}

/** A new file: what an earlier run logged is gone. */
export function logFile(stateDir: string, nowMs: () => number, maxBytes = MAX_BYTES): LogFile {
  const path = logPath(stateDir)
  let stream = opened(path)
  let bytes = 0
  return {
    write({ level, message }) {
      const line = `${JSON.stringify({ at: new Date(nowMs()).toISOString(), level, message })}\n`
      bytes += Buffer.byteLength(line)
      if (bytes > maxBytes) {
        stream.end()
        stream = opened(path)
        bytes = Buffer.byteLength(line)
      }
      stream.write(line)
    },
    async close() {
      stream.end()
      await once(stream, 'close')
    },
  }
}

function opened(path: string): WriteStream {
  const stream = createWriteStream(path, { flags: 'w', mode: 0o600 })
  // The log is for looking: a full disk must not end the Workers.
  stream.on('error', () => undefined)
  return stream
}
