/** Deploys: first checks the prerequisites, then applies the store's migrations, then deploys the Workers in their order. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EMAIL_SERVICE_QUEUE, ROOT, STORE, WORKERS, type WorkerFile } from '../workers.ts'
import { DeployProblem } from './problem.ts'
import { type SecretName, missingSecrets, valuesFor } from './secrets.ts'
import type { Wrangler } from './wrangler.ts'

/** The placeholder in the configurations until the operator has created a database. */
const NO_DATABASE = '00000000-0000-0000-0000-000000000000'

/** Queues that only the platform writes, so that no deployment creates them. */
export const QUEUES = ['postern-dead', EMAIL_SERVICE_QUEUE, `${EMAIL_SERVICE_QUEUE}-dead`]

/** @throws {DeployProblem} at the first step that fails; another run continues from there */
export async function deploy(
  wrangler: Wrangler,
  environment: Readonly<Record<string, string | undefined>>,
  print: (line: string) => void,
): Promise<void> {
  await requireLogin(wrangler)
  await requireDatabase()
  for (const queue of QUEUES) await createQueue(wrangler, queue)
  const missing = await missingSecrets(wrangler)
  const values = await valuesFor(missing, environment, print)

  const store = WORKERS.find(({ name }) => name === STORE.migratedFrom)
  // The console and the consumer use the migrated tables, so migrations run first.
  if (store !== undefined)
    await step(
      wrangler,
      'migrations',
      'd1',
      'migrations',
      'apply',
      STORE.binding,
      '--remote',
      '-c',
      store.config,
    )
  print('The store is up to date.')
  for (const worker of WORKERS) {
    await deployOne(wrangler, worker, missing[worker.name], values)
    print(`The ${worker.name} is deployed.`)
  }
}

/** Uploads new secrets with the deployment, since a Worker that requires a secret cannot be deployed without it. */
async function deployOne(
  wrangler: Wrangler,
  { name, config }: WorkerFile,
  missing: readonly SecretName[],
  values: Readonly<Partial<Record<SecretName, string>>>,
): Promise<void> {
  if (missing.length === 0) return step(wrangler, name, 'deploy', '-c', config)
  const folder = await mkdtemp(join(tmpdir(), 'postern-'))
  try {
    const file = join(folder, 'secrets.json')
    const secrets = Object.fromEntries(missing.map((secret) => [secret, values[secret]]))
    await writeFile(file, JSON.stringify(secrets), { mode: 0o600 })
    await step(wrangler, name, 'deploy', '-c', config, '--secrets-file', file)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function step(wrangler: Wrangler, what: string, ...parameters: string[]): Promise<void> {
  const { ok, text } = await wrangler(...parameters)
  if (!ok) throw new DeployProblem(`The ${what} did not deploy:\n${text.trim()}`)
}

async function requireLogin(wrangler: Wrangler): Promise<void> {
  const { ok } = await wrangler('whoami', '--json')
  if (!ok) throw new DeployProblem('Log in first: run "npx wrangler login", or set CLOUDFLARE_API_TOKEN.')
}

async function requireDatabase(): Promise<void> {
  for (const { config } of WORKERS) {
    if (!(await readFile(join(ROOT, config), 'utf8')).includes(NO_DATABASE)) continue
    throw new DeployProblem(
      `${config} names no database yet: run "npx wrangler d1 create postern-store" once, and put its id into ` +
        'src/consumer/wrangler.toml and src/console/wrangler.toml.',
    )
  }
}

async function createQueue(wrangler: Wrangler, queue: string): Promise<void> {
  const { ok, text } = await wrangler('queues', 'create', queue)
  if (!ok && !/already (?:exists|taken)/i.test(text))
    throw new DeployProblem(`The queue ${queue} could not be created:\n${text.trim()}`)
}
