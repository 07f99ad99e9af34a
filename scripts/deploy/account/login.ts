/** Identity of the person who deploys, and the account. */
import { DeployProblem } from '../problem.ts'
import type { Wrangler } from '../wrangler.ts'
import { type AccountApi, ApiError, cloudflareApi } from './api.ts'

type Variables = Readonly<Record<string, string | undefined>>

const NEW_TOKEN = 'Tokens are made at https://dash.cloudflare.com/profile/api-tokens.'
/** Invalid request headers; invalid format for the Authorization header. */
const MALFORMED = new Set([6003, 6111])
const BASE = 'https://api.cloudflare.com/client/v4'
export const LOG_IN = 'Log in first: run "npx wrangler login", or set CLOUDFLARE_API_TOKEN.'

/**
 * Undefined without a log-in.
 *
 * @throws {DeployProblem} if the token is not valid, or it is not clear which account is meant
 */
export async function logIn(variables: Variables, wrangler: Wrangler): Promise<AccountApi | undefined> {
  const base = (variables['CLOUDFLARE_API_BASE_URL'] || BASE).replace(/\/+$/, '')
  const known = await credentials(variables, wrangler)
  if (known === undefined) return undefined
  const api = cloudflareApi(base, known)
  const chosen = variables['CLOUDFLARE_ACCOUNT_ID']
  if (variables['CLOUDFLARE_API_TOKEN']) await checkToken(api, chosen)
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

/** A token of an account is unknown to the route for those of users. */
async function checkToken({ get }: Cloudflare, accountId: string | undefined): Promise<void> {
  const paths = ['/user/tokens/verify', accountId ? `/accounts/${accountId}/tokens/verify` : '/accounts']
  for (const path of paths) {
    try {
      const { status = 'active' } = await get<{ status?: string }>(path)
      if (status === 'active') return
      throw new DeployProblem(`CLOUDFLARE_API_TOKEN is ${status}. ${NEW_TOKEN}`)
    } catch (cause) {
      if (!(cause instanceof ApiError) || (cause.permission === undefined && !MALFORMED.has(cause.code)))
        throw cause
    }
  }
  throw new DeployProblem(
    'CLOUDFLARE_API_TOKEN is not valid: it is mistyped, was deleted, or is the token of another account than ' +
      `CLOUDFLARE_ACCOUNT_ID. ${NEW_TOKEN}`,
  )
}

type Cloudflare = ReturnType<typeof cloudflareApi>

async function credentials(
  variables: Variables,
  wrangler: Wrangler,
): Promise<Record<string, string> | undefined> {
  const given = variables['CLOUDFLARE_API_TOKEN']
  if (given) return { authorization: `Bearer ${given}` }
  const { ok, text } = await wrangler(['auth', 'token', '--json'])
  const json = /\{[^]*\}/.exec(text)?.[0]
  if (!ok || json === undefined) return undefined
  const { token, key, email } = JSON.parse(json) as { token?: string; key?: string; email?: string }
  if (token !== undefined) return { authorization: `Bearer ${token}` }
  if (key !== undefined && email !== undefined) return { 'x-auth-key': key, 'x-auth-email': email }
  return undefined
}
