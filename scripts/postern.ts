#!/usr/bin/env node
/** The command line of Postern; `npx postern help` lists the commands. */
import { spawn } from 'node:child_process'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { main } from '../src/cli/index.ts'
import { type ExitCode, codeOf } from '../src/cli/exits.ts'
import { terminalOn } from '../src/cli/terminal.ts'
import { CHECKOUT } from './checkout.ts'

// The reader may close the pipe early: `postern events list --all | head`.
process.stdout.on('error', (cause: NodeJS.ErrnoException) => {
  if (cause.code === 'EPIPE') process.exit(0)
  throw cause
})

/**
 * Only for a command that asks for it. Any other ends on Ctrl-C as every program does. A second Ctrl-C does not wait. The listeners
 * stay: without one, a library of Wrangler ends the process before anything is cleaned up.
 */
function endedByPerson(): AbortSignal {
  const ended = new AbortController()
  const end = () => {
    if (ended.signal.aborted) process.exit(codeOf('interrupted'))
    ended.abort()
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, end)
  return ended.signal
}

/** A bug. Its message may quote the input, so it is printed only with POSTERN_DEBUG=1. */
function failed(cause: unknown): ExitCode {
  if (process.env['POSTERN_DEBUG'] === '1') console.error(cause)
  else
    console.error(
      `Internal error (${cause instanceof Error ? cause.name : typeof cause}); POSTERN_DEBUG=1 shows where.`,
    )
  return codeOf('failed')
}

/** Opens a page in the browser of this machine. Where there is none, its address was printed. */
function browse(url: string): void {
  const program =
    process.platform === 'darwin' ? 'open' : process.platform === 'win32' ? 'explorer' : 'xdg-open'
  const child = spawn(program, [url], { stdio: 'ignore', detached: true })
  child.on('error', () => undefined)
  child.unref()
}

process.exitCode = await main(
  process.argv.slice(2),
  {
    stdin: () => buffer(process.stdin),
    stdinParts: () => process.stdin,
    print: (output) => process.stdout.write(typeof output === 'string' ? `${output}\n` : output),
    browse,
    terminal: terminalOn({ input: process.stdin, output: process.stdout, errors: process.stderr }),
    environment: process.env,
    checkout: CHECKOUT,
    nowSeconds: Math.floor(Date.now() / 1_000),
    nowMs: Date.now,
    sleep: (ms) => sleep(ms),
    endedByPerson,
  },
  (line) => console.error(line),
).catch(failed)
