#!/usr/bin/env node
/** The command line of Postern; `npx postern help` says what it can. */
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { main } from './cli/index.ts'
import { type ExitCode, codeOf } from './cli/exits.ts'
import { terminalOn } from './cli/terminal.ts'

// Whoever reads the output may have seen enough: `postern events list --all | head`.
process.stdout.on('error', (cause: NodeJS.ErrnoException) => {
  if (cause.code === 'EPIPE') process.exit(0)
  throw cause
})

/** Only for a command that asks: any other ends as every program does. */
function endedByPerson(): AbortSignal {
  const ended = new AbortController()
  process.once('SIGINT', () => ended.abort())
  return ended.signal
}

/** A fault of ours: its words may quote what was handed in, and stay out unless they are asked for. */
function failed(cause: unknown): ExitCode {
  if (process.env['POSTERN_DEBUG'] === '1') console.error(cause)
  else
    console.error(
      `Something of ours failed (${cause instanceof Error ? cause.name : typeof cause}); POSTERN_DEBUG=1 shows where.`,
    )
  return codeOf('failed')
}

process.exitCode = await main(
  process.argv.slice(2),
  {
    stdin: () => buffer(process.stdin),
    stdinParts: () => process.stdin,
    print: (output) => process.stdout.write(typeof output === 'string' ? `${output}\n` : output),
    terminal: terminalOn({ input: process.stdin, output: process.stdout, errors: process.stderr }),
    environment: process.env,
    nowSeconds: Math.floor(Date.now() / 1_000),
    nowMs: Date.now,
    sleep: (ms) => sleep(ms),
    endedByPerson,
  },
  (line) => console.error(line),
).catch(failed)
