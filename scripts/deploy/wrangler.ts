/** Runs Wrangler. */
import { spawn } from 'node:child_process'
import { mkdir, readFile, rm } from 'node:fs/promises'
import type { Writable } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import { buildClient } from '../local/client.ts'
import { ROOT } from '../workers.ts'
import { withSecretsFile } from './steps/secrets-file.ts'

export interface WranglerResult {
  readonly ok: boolean
  /** Standard output and standard error, in the order of arrival. */
  readonly text: string
  /** The lines of its output file: what it did, for programs. */
  readonly did: readonly Readonly<Record<string, unknown>>[]
}

/** @param secrets what an upload gives to the Worker, by name */
export type Wrangler = (
  parameters: readonly string[],
  secrets?: ReadonlyMap<string, string>,
) => Promise<WranglerResult>

const BIN = `${ROOT}node_modules/wrangler/bin/wrangler.js`
/** Where Wrangler says what it did. In the checkout, so that runs that were killed leave nothing elsewhere. */
const OUTPUTS = `${ROOT}.wrangler/outputs`

/** Runs Wrangler in the root of the repository, without prompts and colors. */
export const wrangler: Wrangler = async (parameters, secrets = new Map()) => {
  await Promise.all([mkdir(OUTPUTS, { recursive: true }), buildClient()])
  const output = `${OUTPUTS}/${process.pid}.ndjson`
  try {
    const { ok, text } = await run([process.execPath, BIN, ...parameters], secrets, output)
    const lines = (await readFile(output, 'utf8').catch(() => '')).split('\n').filter((line) => line !== '')
    return { ok, text, did: lines.map((line) => JSON.parse(line) as Record<string, unknown>) }
  } finally {
    await rm(output, { force: true })
  }
}

async function run(command: readonly string[], secrets: ReadonlyMap<string, string>, output: string) {
  if (secrets.size === 0) return ended(command, output)
  const json = JSON.stringify(Object.fromEntries(secrets))
  if (process.platform === 'win32')
    return withSecretsFile(json, (file) => ended([...command, '--secrets-file', file], output))
  // Wrangler takes the secrets of an upload from a file only. A pipe is one, and nothing is left of it, however a run ends.
  // A shell makes it: what Node gives a child is a socket, which cannot be opened by name.
  const piped = ['/bin/sh', '-c', 'cat <&3 | "$@" 3<&-', 'sh', ...command]
  return ended([...piped, '--secrets-file', '/dev/stdin'], output, json)
}

/** @param secrets written to file descriptor 3 */
const ended = ([program = '', ...parameters]: readonly string[], output: string, secrets?: string) =>
  new Promise<{ ok: boolean; text: string }>((resolve, reject) => {
    const child = spawn(program, parameters, {
      cwd: ROOT,
      env: {
        ...process.env,
        NO_COLOR: '1',
        FORCE_COLOR: '0',
        WRANGLER_SEND_METRICS: 'false',
        WRANGLER_LOG: 'log',
        WRANGLER_OUTPUT_FILE_PATH: output,
      },
      stdio: ['ignore', 'pipe', 'pipe', ...(secrets === undefined ? [] : ['pipe' as const])],
    })
    const parts: Buffer[] = []
    child.stdout?.on('data', (part: Buffer) => parts.push(part))
    child.stderr?.on('data', (part: Buffer) => parts.push(part))
    child.once('error', reject)
    child.once('close', (code) =>
      resolve({ ok: code === 0, text: stripVTControlCharacters(Buffer.concat(parts).toString('utf8')) }),
    )
    const pipe = child.stdio[3] as Writable | null | undefined
    // Wrangler that ends before it has read says why itself.
    pipe?.on('error', () => undefined)
    pipe?.end(secrets)
  })
