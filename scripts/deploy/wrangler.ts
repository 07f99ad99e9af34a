/** Runs Wrangler and returns its output. */
import { spawn } from 'node:child_process'
import { stripVTControlCharacters } from 'node:util'
import { ROOT } from '../workers.ts'

export interface WranglerResult {
  readonly ok: boolean
  /** Standard output and standard error, in the order of arrival. */
  readonly text: string
}

export type Wrangler = (...parameters: string[]) => Promise<WranglerResult>

const BIN = `${ROOT}node_modules/wrangler/bin/wrangler.js`

/** Runs Wrangler in the root of the repository, without prompts and colors. */
export const wrangler: Wrangler = (...parameters) =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [BIN, ...parameters], {
      cwd: ROOT,
      env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0', WRANGLER_SEND_METRICS: 'false' },
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
