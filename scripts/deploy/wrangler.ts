/** Runs Wrangler. */
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { ROOT } from '../workers.ts'

export interface WranglerResult {
  readonly ok: boolean
  /** Standard output and standard error, in the order of arrival. */
  readonly text: string
  /** The lines of its output file: what it did, for programs. */
  readonly did: readonly Readonly<Record<string, unknown>>[]
}

/** @param variables beside those of this process */
export type Wrangler = (
  parameters: readonly string[],
  variables?: Readonly<Record<string, string>>,
) => Promise<WranglerResult>

const BIN = `${ROOT}node_modules/wrangler/bin/wrangler.js`

/** Runs Wrangler in the root of the repository, without prompts and colors. */
export const wrangler: Wrangler = async (parameters, variables = {}) => {
  const folder = await mkdtemp(join(tmpdir(), 'postern-'))
  const output = join(folder, 'output.ndjson')
  try {
    const { ok, text } = await run(parameters, { ...variables, WRANGLER_OUTPUT_FILE_PATH: output })
    const lines = (await readFile(output, 'utf8').catch(() => '')).split('\n').filter((line) => line !== '')
    return { ok, text, did: lines.map((line) => JSON.parse(line) as Record<string, unknown>) }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const run = (parameters: readonly string[], variables: Readonly<Record<string, string>>) =>
  new Promise<{ ok: boolean; text: string }>((resolve, reject) => {
    const child = spawn(process.execPath, [BIN, ...parameters], {
      cwd: ROOT,
      env: {
        ...process.env,
        ...variables,
        NO_COLOR: '1',
        FORCE_COLOR: '0',
        WRANGLER_SEND_METRICS: 'false',
        WRANGLER_LOG: 'log',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const parts: Buffer[] = []
    child.stdout.on('data', (part: Buffer) => parts.push(part))
    child.stderr.on('data', (part: Buffer) => parts.push(part))
    child.once('error', reject)
    child.once('close', (code) =>
      resolve({ ok: code === 0, text: stripVTControlCharacters(Buffer.concat(parts).toString('utf8')) }),
    )
  })
