/** Who deploys, and into which account. */
import { DeployProblem } from '../problem.ts'
import type { Wrangler } from '../wrangler.ts'
import { type AccountApi, cloudflareApi } from './api.ts'

type Variables = Readonly<Record<string, string | undefined>>

const BASE = 'https://api.cloudflare.com/client/v4'
const LOG_IN = 'Log in first: run "npx wrangler login", or set CLOUDFLARE_API_TOKEN.'

/** @throws {DeployProblem} without a log-in, or if it is not clear which account is meant */
export async function logIn(variables: Variables, wrangler: Wrangler): Promise<AccountApi> {
  const base = (variables['CLOUDFLARE_API_BASE_URL'] || BASE).replace(/\/+$/, '')
  const api = cloudflareApi(base, await credentials(variables, wrangler))
  const chosen = variables['CLOUDFLARE_ACCOUNT_ID']
  if (chosen) return api.inAccount(chosen)
  const accounts = await api.get<readonly { id: string; name: string }[]>('/accounts?per_page=50')
  const [only, ...others] = accounts
  if (only === undefined)
    throw new DeployProblem('This log-in has no account: set CLOUDFLARE_ACCOUNT_ID to the id of yours.')
  if (others.length > 0)
    throw new DeployProblem(
      `This log-in has ${accounts.length} accounts. Set CLOUDFLARE_ACCOUNT_ID to one of them: ` +
        `${accounts.map(({ id, name }) => `${id} (${name})`).join(', ')}.`,
    )
  return api.inAccount(only.id)
}

async function credentials(variables: Variables, wrangler: Wrangler): Promise<Record<string, string>> {
  const given = variables['CLOUDFLARE_API_TOKEN']
  if (given) return { authorization: `Bearer ${given}` }
  const { ok, text } = await wrangler(['auth', 'token', '--json'])
  const json = /\{[^]*\}/.exec(text)?.[0]
  if (!ok || json === undefined) throw new DeployProblem(LOG_IN)
  const { token, key, email } = JSON.parse(json) as { token?: string; key?: string; email?: string }
  if (token !== undefined) return { authorization: `Bearer ${token}` }
  if (key !== undefined && email !== undefined) return { 'x-auth-key': key, 'x-auth-email': email }
  throw new DeployProblem(LOG_IN)
}
