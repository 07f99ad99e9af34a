/** What only the account knows: whether every queue is there, and every secret set. Asked through Wrangler. */
import { QUEUES } from '../../deploy/real.ts'
import { missingSecrets } from '../../deploy/secrets.ts'
import type { Wrangler } from '../../deploy/wrangler.ts'
import { DeployProblem } from '../../deploy/problem.ts'
import { type Finding, note, ok, wrong } from './finding.ts'

const EVENTS_QUEUE = 'postern-events'

export async function accountFindings(wrangler: Wrangler): Promise<Finding[]> {
  const { ok: loggedIn } = await wrangler('whoami', '--json')
  if (!loggedIn)
    return [
      note(
        'account',
        'Not looked at: Wrangler is not logged in.',
        'npx wrangler login, or set CLOUDFLARE_API_TOKEN.',
      ),
    ]
  const findings: Finding[] = []
  for (const queue of [EVENTS_QUEUE, ...QUEUES]) {
    const { ok: isThere } = await wrangler('queues', 'info', queue)
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
  return [...findings, ...(await secretFindings(wrangler))]
}

async function secretFindings(wrangler: Wrangler): Promise<Finding[]> {
  try {
    const missing = await missingSecrets(wrangler)
    return Object.entries(missing).map(([worker, names]) =>
      names.length === 0
        ? ok(`secrets of the ${worker}`, 'All are set.')
        : wrong(`secrets of the ${worker}`, `Not set: ${names.join(', ')}.`, 'npm run deploy sets them.'),
    )
  } catch (cause) {
    if (!(cause instanceof DeployProblem)) throw cause
    return [note('secrets', 'Not looked at: Wrangler could not list them.')]
  }
}
