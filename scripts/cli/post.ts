/** What `postern sign` sends: to this machine, or over https to where the operator says. */
import { send } from '../local/http.ts'
import { loopback } from '../simulator/post.ts'
import type { OutgoingRequest } from '../simulator/sender.ts'
import { UsageError } from './stop.ts'

const TIMEOUT_MS = 30_000

/** The status, or `undefined` where nobody answered. @throws {UsageError} for http to another machine */
export async function postTo(target: string, request: OutgoingRequest): Promise<number | undefined> {
  const { method, headers, body } = request
  const url = checked(target)
  // The ESP adds its own query to the one that it was given.
  if (request.query !== '') url.search += (url.search === '' ? '' : '&') + request.query.slice(1)
  try {
    if (url.protocol === 'http:') return (await send(url, { method, headers, body })).status
    return await statusOf(url, { method, headers, body: method === 'GET' ? null : Uint8Array.from(body) })
  } catch {
    return undefined
  }
}

/** @throws {UsageError} without the console's token, and for http to another machine */
export async function putSource(
  target: string,
  document: object,
  token: string | undefined,
): Promise<number | undefined> {
  const url = checked(target)
  if (token === undefined || token === '') throw new UsageError('--put needs ADMIN_TOKEN in the environment.')
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  return statusOf(url, { method: 'PUT', headers, body: JSON.stringify(document) }).catch(() => undefined)
}

/** A redirect is not followed: it would carry secrets elsewhere. */
async function statusOf(url: URL, init: RequestInit): Promise<number> {
  const answer = await fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) })
  await answer.body?.cancel()
  return answer.status
}

function checked(target: string): URL {
  try {
    const url = new URL(target)
    return url.protocol === 'https:' ? url : loopback(target)
  } catch {
    throw new UsageError('The URL must be https, or http to this machine.')
  }
}
