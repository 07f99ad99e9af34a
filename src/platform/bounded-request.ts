/** Requests to other servers: bounded in time and size, and redirects are not followed. */
import { type Bytes, concat } from './bytes.ts'

/** ESPs wait 5 s and more for an answer; a dependency that takes longer than this counts as down. */
export const OUTBOUND_TIMEOUT_MS = 3_000

export type Answer =
  | { readonly kind: 'answer'; readonly status: number; readonly body: Bytes }
  | { readonly kind: 'too_large' }
  /** No answer in time, or one that says that the server is in trouble (429, 5xx). */
  | { readonly kind: 'unavailable' }

/** Sends one request. A redirect is an answer like any other and is not followed. */
export async function request(
  fetcher: typeof fetch,
  url: string,
  init: RequestInit,
  maxBytes: number,
  timeoutMs: number = OUTBOUND_TIMEOUT_MS,
): Promise<Answer> {
  const abort = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  const timeout = new Promise<Answer>((resolve) => {
    timer = setTimeout(() => {
      resolve({ kind: 'unavailable' })
      abort.abort()
    }, timeoutMs)
  })
  const answer = exchange(fetcher, url, { ...init, redirect: 'manual', signal: abort.signal }, maxBytes)
  try {
    return await Promise.race([answer, timeout])
  } finally {
    clearTimeout(timer)
  }
}

async function exchange(
  fetcher: typeof fetch,
  url: string,
  init: RequestInit,
  maxBytes: number,
): Promise<Answer> {
  try {
    const response = await fetcher(url, init)
    if (response.status === 429 || response.status >= 500) {
      await response.body?.cancel()
      return { kind: 'unavailable' }
    }
    const body = await readCapped(response, maxBytes)
    return body === undefined ? { kind: 'too_large' } : { kind: 'answer', status: response.status, body }
  } catch {
    return { kind: 'unavailable' }
  }
}

/** Counts while reading: an announced length proves nothing. */
async function readCapped(response: Response, maxBytes: number): Promise<Bytes | undefined> {
  const parts: Uint8Array[] = []
  let total = 0
  if (response.body === null) return new Uint8Array(0)
  const reader = response.body.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return concat(parts)
    total += value.byteLength
    if (total > maxBytes) {
      await reader.cancel()
      return undefined
    }
    parts.push(value)
  }
}
