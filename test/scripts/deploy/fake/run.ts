/** Runs the commands of a deployment against the fake: as they are, with the real Wrangler, or in this process without it. */
import { spawn } from 'node:child_process'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cloudflareApi } from '../../../../scripts/deploy/account/api.ts'
import { logIn } from '../../../../scripts/deploy/account/login.ts'
import { back } from '../../../../scripts/deploy/back.ts'
import type { Deps } from '../../../../scripts/deploy/deps.ts'
import { deploy } from '../../../../scripts/deploy/deploy.ts'
import { configurations } from '../../../../scripts/deploy/configuration/write.ts'
import { deployOptions, rotateOptions } from '../../../../scripts/deploy/options.ts'
import { DeployProblem } from '../../../../scripts/deploy/problem.ts'
import { rotate } from '../../../../scripts/deploy/rotate/rotate.ts'
import type { Person } from '../../../../scripts/deploy/terminal.ts'
import { ROOT } from '../../../../scripts/workers.ts'
import { apiAt } from '../../../../src/cli/connection/api.ts'
import { fetchFrom } from './hosts-of-workers.ts'
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

/** A person who is not at a terminal, and what was printed. */
export function nobody(): Person & { readonly printed: string[] } {
  const printed: string[] = []
  return {
    printed,
    print: (line) => void printed.push(line),
    show: () => undefined,
    ask: undefined,
    askHidden: async () => '',
  }
}

const NO_WRANGLER: Deps['wrangler'] = () => Promise.reject(new Error('Wrangler is not needed'))

/** Dependencies of commands in this process: the account of the fake, nobody at the terminal, and no Wrangler. */
export const depsOf = (fake: Fake, change: Partial<Deps> = {}): Deps => ({
  api: cloudflareApi(fake.url, { authorization: `Bearer ${TOKEN}` }).inAccount(ACCOUNT_ID),
  wrangler: NO_WRANGLER,
  person: nobody(),
  variables: {},
  nowMs: () => 0,
  pause: async () => undefined,
  ...change,
})

const here = (fake: Fake, variables: Readonly<Record<string, string | undefined>>) => ({
  CLOUDFLARE_API_BASE_URL: fake.url,
  CLOUDFLARE_API_TOKEN: TOKEN,
  CLOUDFLARE_ACCOUNT_ID: ACCOUNT_ID,
  ...variables,
})

/** Runs a command in this process. What a program would print and its exit code. */
async function ranHere(fake: Fake, command: (person: Person) => Promise<unknown>): Promise<Ran> {
  const person = nobody()
  const out = () => person.printed.map((line) => `${line}\n`).join('')
  fake.requests.length = 0
  try {
    await command(person)
    return { code: 0, out: out() }
  } catch (cause) {
    if (!(cause instanceof DeployProblem)) throw cause
    return { code: 1, out: `${out()}${cause.message}\n` }
  }
}

/** `npm run deploy` in this process, up to where it would need Wrangler: plans, going back, and refusals. */
export const inProcess = (
  fake: Fake,
  parameters: readonly string[],
  given: Readonly<Record<string, string | undefined>> = KEYS,
): Promise<Ran> =>
  ranHere(fake, async (person) => {
    const variables = here(fake, given)
    const options = deployOptions(parameters, variables)
    const api = await logIn(variables, NO_WRANGLER)
    if (api === undefined) throw new Error('nobody is logged in')
    const deps = depsOf(fake, { api, person, variables, nowMs: Date.now })
    return options.back ? back(deps, options) : deploy(deps, options)
  })

/** `npm run rotate-master-key` in this process. Only what is killed needs one of its own. */
export const rotateInProcess = (
  fake: Fake,
  parameters: readonly string[],
  given: Readonly<Record<string, string | undefined>>,
): Promise<Ran> =>
  ranHere(fake, async (person) => {
    const variables = here(fake, given)
    const { environment, ...options } = rotateOptions(parameters, variables)
    const all = await configurations(environment, {})
    const deps = {
      ...depsOf(fake, { person, variables, nowMs: Date.now }),
      consoleAt: async (url: string) => apiAt(new URL(url), given['ADMIN_TOKEN'] ?? '', {}),
    }
    const names = new Map([...all].map(([worker, { name }]) => [worker, name]))
    const realFetch = globalThis.fetch
    globalThis.fetch = fetchFrom(fake.hosts, realFetch)
    await rotate(deps, { ...options, names }).finally(() => (globalThis.fetch = realFetch))
  })

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
      FAKE_HOSTS: fake.hosts,
      NODE_OPTIONS: `--import ${join(import.meta.dirname, 'hosts.ts')}`,
      ...here(fake, variables),
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
