/** Posts a delivery: to this machine, or over https to where the operator says. */
import { send } from '../../simulator/http.ts'
import { loopback } from '../../simulator/post.ts'
import type { OutgoingRequest } from '../../simulator/sender.ts'
import { UsageError } from '../stop.ts'

const TIMEOUT_MS = 30_000

/** The status; null if nobody answered. @throws {UsageError} for http to another machine */
export async function postTo(target: string, request: OutgoingRequest): Promise<number | null> {
  const { method, headers, body } = request
  const url = checked(target)
  // The ESP adds its own query to the one that it was given.
  if (request.query !== '') url.search += (url.search === '' ? '' : '&') + request.query.slice(1)
  try {
    if (url.protocol === 'http:') return (await send(url, { method, headers, body })).status
    return await statusOf(url, { method, headers, body: method === 'GET' ? null : Uint8Array.from(body) })
  } catch {
    return null
  }
}

/** A redirect is not followed: it would carry secrets elsewhere. */
async function statusOf(url: URL, init: RequestInit): Promise<number> {
  const answer = await fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) })
  await answer.body?.cancel()
  return answer.status
}

/** @throws {UsageError} for what is neither https nor http to this machine */
export function checked(target: string): URL {
  try {
    const url = new URL(target)
    return url.protocol === 'https:' ? url : loopback(target)
  } catch {
    throw new UsageError('The URL must be https, or http to this machine.')
  }
}
