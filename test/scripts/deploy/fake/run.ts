/** Runs `npm run deploy` and `npm run destroy` as they are, with the real Wrangler, against the fake. */
import { spawn } from 'node:child_process'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ROOT } from '../../../../scripts/workers.ts'
import { ACCOUNT_ID, type Fake, TOKEN } from './index.ts'

export interface Ran {
  /** Null if it was killed. */
  readonly code: number | null
  readonly out: string
}

export const KEYS = {
  MASTER_KEY: `v1:${Buffer.alloc(32, 9).toString('base64')}`,
  ADMIN_TOKEN: 'the-admin-token-of-these-tests',
} as const

/** Home and temporary folder of all runs. */
export const home = mkdtemp(join(tmpdir(), 'postern-deploy-'))

/** @param script in `scripts/` */
export async function run(
  fake: Fake,
  script: 'deploy' | 'destroy' | 'rotate-master-key',
  parameters: readonly string[] = [],
  variables: Readonly<Record<string, string | undefined>> = KEYS,
  /** Reader of the output; one that leaves does so after the first part, as `head` does. */
  reader: 'stays' | 'leaves' = 'stays',
): Promise<Ran> {
  const folder = await home
  fake.requests.length = 0
  return new Promise((resolve, reject) => {
    const env: Record<string, string | undefined> = {
      PATH: process.env['PATH'],
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
      HOME: folder,
      XDG_CONFIG_HOME: folder,
      TMPDIR: folder,
      CI: '1',
      CLOUDFLARE_API_BASE_URL: fake.url,
      CLOUDFLARE_API_TOKEN: TOKEN,
      CLOUDFLARE_ACCOUNT_ID: ACCOUNT_ID,
      FAKE_HOSTS: fake.hosts,
      NODE_OPTIONS: `--import ${join(import.meta.dirname, 'hosts.ts')}`,
      ...variables,
    }
    const child = spawn(process.execPath, [`${ROOT}scripts/${script}.ts`, ...parameters], {
      cwd: ROOT,
      env,
      // A group of its own, so that a crash takes Wrangler along.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    fake.onCut = () => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    }
    const parts: Buffer[] = []
    child.stdout.on('data', (part: Buffer) => {
      parts.push(part)
      if (reader === 'leaves') child.stdout.destroy()
    })
    child.stderr.on('data', (part: Buffer) => parts.push(part))
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, out: Buffer.concat(parts).toString('utf8') }))
  })
}
