/** The API of Cloudflare for what Wrangler has no command, or only printed text: reads, and resources by name. */
import { setTimeout as sleep } from 'node:timers/promises'
import { DeployProblem } from '../problem.ts'
import { missingPermissions, permissionFor } from './permissions.ts'

export interface AccountApi {
  readonly accountId: string
  /** Paths begin below the account: `/queues`. The result alone. @throws {ApiError} */
  readonly get: <T>(path: string, headers?: Headers) => Promise<T>
  /** Paths begin below all zones: `/<id>/bot_management`. @throws {ApiError} */
  readonly getZone: <T>(path: string) => Promise<T>
  readonly post: <T>(path: string, body: unknown, headers?: Headers) => Promise<T>
  readonly patch: (path: string, body: unknown) => Promise<void>
  readonly put: (path: string, body: unknown) => Promise<void>
  readonly remove: (path: string, body?: unknown, headers?: Headers) => Promise<void>
}

type Headers = Readonly<Record<string, string>>

/** An answer of the API that is no success. The message is a sentence for the operator. */
export class ApiError extends DeployProblem {
  readonly code: number
  /** The permission that is missing, if that is the reason. */
  readonly permission: string | undefined
  constructor(message: string, code: number, permission?: string) {
    super(message)
    this.code = code
    this.permission = permission
  }
}

/** Authentication error; unauthorized to access this resource. */
const NOT_ALLOWED = new Set([10000, 9109])
const R2_NOT_ENABLED = 10042
const DEADLINE_MS = 60_000
/** Waits before a request is repeated. */
const AGAIN_MS = [500, 2_000] as const
const WAIT_MAX_MS = 60_000

interface Envelope {
  readonly success: boolean
  readonly errors?: readonly { readonly code: number; readonly message: string }[]
  readonly result: unknown
}

/** @param base without a slash at the end */
export function cloudflareApi(base: string, credentials: Headers) {
  async function call(method: string, path: string, body?: unknown, more: Headers = {}): Promise<unknown> {
    for (const waitMs of [...AGAIN_MS, undefined]) {
      const answer = await fetch(base + path, {
        method,
        headers: { ...credentials, ...more, 'content-type': 'application/json' },
        body: body === undefined ? null : JSON.stringify(body),
        signal: AbortSignal.timeout(DEADLINE_MS),
      }).catch(() => undefined)
      const isOver = waitMs === undefined || !mayRepeat(method, answer?.status)
      if (isOver) return resultOf(method, path, answer)
      const askedMs = Number(answer?.headers.get('retry-after') ?? 0) * 1_000
      await sleep(Math.min(Math.max(waitMs, askedMs || 0), WAIT_MAX_MS))
    }
    throw new Error('unreachable')
  }
  const inAccount = (accountId: string): AccountApi => ({
    accountId,
    get: async <T>(path: string, headers?: Headers) =>
      (await call('GET', `/accounts/${accountId}${path}`, undefined, headers)) as T,
    getZone: async <T>(path: string) => (await call('GET', `/zones${path}`)) as T,
    post: async <T>(path: string, body: unknown, headers?: Headers) =>
      (await call('POST', `/accounts/${accountId}${path}`, body, headers)) as T,
    patch: async (path, body) => {
      await call('PATCH', `/accounts/${accountId}${path}`, body)
    },
    put: async (path, body) => {
      await call('PUT', `/accounts/${accountId}${path}`, body)
    },
    remove: async (path, body, headers) => {
      await call('DELETE', `/accounts/${accountId}${path}`, body, headers)
    },
  })
  return { get: <T>(path: string) => call('GET', path) as Promise<T>, inAccount }
}

/**
 * Tells whether a request may be repeated. A resource that was created without an answer is found by the next run, so a POST is repeated
 * only if it was certainly not done.
 */
const mayRepeat = (method: string, status: number | undefined): boolean =>
  status === 429 || (method === 'GET' && (status === undefined || status >= 500))

async function resultOf(method: string, path: string, answer: Response | undefined): Promise<unknown> {
  const what = `${method} ${path.replace(/^\/accounts\/[^/]+/, '').replace(/\?.*$/, '')}`
  if (answer === undefined)
    throw new ApiError(
      `The API of Cloudflare did not answer (${what}): check the network, and run the same command again.`,
      0,
    )
  const { success, errors, result } = (await answer.json().catch(() => ({ success: false }))) as Envelope
  if (success) return result
  const { code = 0, message = '' } = errors?.[0] ?? {}
  if (NOT_ALLOWED.has(code) || answer.status === 401 || (answer.status === 403 && code !== R2_NOT_ENABLED)) {
    const permission = permissionFor(path)
    throw new ApiError(missingPermissions([permission]), code, permission)
  }
  if (code === R2_NOT_ENABLED)
    throw new ApiError(
      'R2 is not enabled in this account, also not on the Free plan: enable it at https://dash.cloudflare.com/?to=/:account/r2, ' +
        'and run again.',
      code,
    )
  const again = answer.status === 429 || answer.status >= 500 ? ' Run the same command again.' : ''
  throw new ApiError(
    `The API of Cloudflare refused ${what}: HTTP ${answer.status}, code ${code}${message === '' ? '' : `, ${message}`}.${again}`,
    code,
  )
}

/** The result, or undefined if the API says by one of these codes that there is none. */
export async function found<T>(asked: Promise<T>, ...codes: readonly number[]): Promise<T | undefined> {
  try {
    return await asked
  } catch (cause) {
    if (cause instanceof ApiError && codes.includes(cause.code)) return undefined
    throw cause
  }
}
