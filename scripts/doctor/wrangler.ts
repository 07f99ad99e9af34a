/** Findings that only the account can show: whether every queue of an environment exists, and every secret is set. Asked through Wrangler. */
import { type WorkerConfiguration, readCommitted } from '../deploy/configuration/committed.ts'
import { resourcesOf } from '../deploy/configuration/resources.ts'
import type { Environment } from '../deploy/environment.ts'
import type { Wrangler } from '../deploy/wrangler.ts'
import { type Finding, ok, unseen, wrong } from '../../src/cli/doctor/finding.ts'

export async function wranglerFindings(wrangler: Wrangler, environment: Environment): Promise<Finding[]> {
  const { ok: loggedIn } = await wrangler(['whoami', '--json'])
  if (!loggedIn)
    return [
      unseen('account', 'Wrangler is not logged in.', 'npx wrangler login, or set CLOUDFLARE_API_TOKEN.'),
    ]
  const workers = await readCommitted()
  const { queues } = resourcesOf(new Map(workers.map(({ worker, configuration }) => [worker, configuration])))
  const findings: Finding[] = []
  for (const queue of queues.map(environment.named)) {
    const { ok: isThere } = await wrangler(['queues', 'info', queue])
    findings.push(
      isThere
        ? ok(`queue ${queue}`, 'It is there.')
        : wrong(
            `queue ${queue}`,
            'It is not there, or was not found.',
            'npm run deploy makes it: what fails for good has nowhere to go without.',
          ),
    )
  }
  return [...findings, ...(await secretFindings(wrangler, environment, workers))]
}

async function secretFindings(
  wrangler: Wrangler,
  { named }: Environment,
  workers: readonly WorkerConfiguration[],
): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const { worker, path, configuration } of workers) {
    const { ok: listed, text } = await wrangler(
      `secret list -c ${path} --name ${named(configuration.name)} --format json`.split(' '),
    )
    const present = listed ? namesIn(text) : /10007/.test(text) ? [] : undefined
    if (present === undefined) return [unseen('secrets', 'Wrangler could not list them.')]
    const missing = (configuration.secrets?.required ?? []).filter((name) => !present.includes(name))
    findings.push(
      missing.length === 0
        ? ok(`secrets of the ${worker}`, 'All are set.')
        : wrong(`secrets of the ${worker}`, `Not set: ${missing.join(', ')}.`, 'npm run deploy sets them.'),
    )
  }
  return findings
}

/** The names in Wrangler's JSON, which may have lines of text before it. */
const namesIn = (text: string): string[] =>
  (JSON.parse(text.slice(Math.max(0, text.indexOf('[')))) as { name: string }[]).map(({ name }) => name)
