/** Checks which records a custom domain would replace. Wrangler asks only at a terminal, and replaces it without a word elsewhere. */
import { type AccountApi, found } from '../account/api.ts'
import { DeployProblem } from '../problem.ts'

const NO_WORKER = 10007

/** Whether a DNS record has this name. Undefined if nobody can say: Cloudflare answers only for a Worker that exists. */
export async function hasRecord(
  api: AccountApi,
  worker: string,
  domain: string,
): Promise<boolean | undefined> {
  const changes = await found(
    api.post<{ conflicting?: readonly unknown[] }>(
      `/workers/scripts/${worker}/domains/changeset?replace_state=true`,
      [{ hostname: domain }],
    ),
    NO_WORKER,
  )
  return changes === undefined ? undefined : (changes.conflicting ?? []).length > 0
}

export const recordTaken = (domain: string, what: string): DeployProblem =>
  new DeployProblem(
    `There is a DNS record of ${domain}, which the custom domain would replace. ${what} Remove the record, or run again ` +
      'with --take-domain.',
  )
