#!/usr/bin/env node
/** The command line of Postern; `npx postern help` says what it can. */
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { main } from './cli/index.ts'
import { processTerminal } from './cli/terminal.ts'

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

process.exitCode = await main(
  process.argv.slice(2),
  {
    stdin: () => buffer(process.stdin),
    stdinParts: () => process.stdin,
    print: (output) => process.stdout.write(typeof output === 'string' ? `${output}\n` : output),
    terminal: processTerminal,
    environment: process.env,
    nowSeconds: Math.floor(Date.now() / 1_000),
    nowMs: Date.now,
    sleep: (ms) => sleep(ms),
    endedByPerson,
  },
  (line) => console.error(line),
)
