/** Posts a delivery: to this machine, or over https to where the operator says. */
import { jsonOf, send } from '../../simulator/http.ts'
import { loopback } from '../../simulator/post.ts'
import type { OutgoingRequest } from '../../simulator/sender.ts'
import { PROBE_HEADER } from '../../platform/probe-header.ts'
import { UsageError } from '../stop.ts'

const TIMEOUT_MS = 30_000

/** The status; null if nobody answered. @throws {UsageError} for http to another machine */
export const postTo = async (target: string, request: OutgoingRequest): Promise<number | null> =>
  (await answerTo(target, request))?.status ?? null

export interface PostAnswer {
  readonly status: number
  /** Undefined if it is no JSON. */
  readonly json: unknown
}

/** Null if nobody answered. @throws {UsageError} for http to another machine */
export async function answerTo(target: string, request: OutgoingRequest): Promise<PostAnswer | null> {
  const { method, body } = request
  const headers = { ...request.headers, [PROBE_HEADER]: 'postern' }
  const url = checked(target)
  // The ESP adds its own query to the one that it was given.
  if (request.query !== '') url.search += (url.search === '' ? '' : '&') + request.query.slice(1)
  try {
    if (url.protocol === 'http:') {
      const answer = await send(url, { method, headers, body })
      return { status: answer.status, json: jsonOf(answer) }
    }
    return await fetched(url, { method, headers, body: method === 'GET' ? null : Uint8Array.from(body) })
  } catch {
    return null
  }
}

/** A redirect is not followed: it would carry secrets elsewhere. */
async function fetched(url: URL, init: RequestInit): Promise<PostAnswer> {
  const answer = await fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) })
  return { status: answer.status, json: await answer.json().catch(() => undefined) }
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
