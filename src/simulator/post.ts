/** Posts as an ESP does, with retries after temporary failures. It posts to this machine only. */
import { type Received, send } from './http.ts'
import type { OutgoingRequest } from './sender.ts'

/** The delays before the retries of an ESP, in seconds. After the last one it gives up. */
const RETRY_AFTER_SECONDS = [1, 2, 4, 8, 16] as const

/** @throws {TypeError} for any other host: simulated mail must not leave the machine */
export function loopback(text: string): URL {
  const url = new URL(text)
  if (!isLoopback(url) || url.protocol !== 'http:')
    throw new TypeError(`the simulator posts to loopback only, not to ${url.hostname}`)
  return url
}

/** Whether the URL's host is a loopback name or address. It does no DNS lookup. */
export const isLoopback = ({ hostname }: URL): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname)

export interface PostOptions {
  /** Waits this many seconds; false if the simulation ends meanwhile. */
  readonly wait: (seconds: number) => Promise<boolean>
}

/** Posts until an answer is no temporary failure, the ESP gives up, or the simulation ends. */
export async function post(
  target: string,
  request: OutgoingRequest,
  { wait }: PostOptions,
): Promise<Received | undefined> {
  const url = loopback(target + request.query)
  let answer = await attempted(url, request)
  for (const seconds of RETRY_AFTER_SECONDS) {
    if (answer !== undefined && !isTemporary(answer.status)) break
    if (!(await wait(seconds))) break
    answer = await attempted(url, request)
  }
  return answer
}

/** The answer, or undefined if there was no connection. */
const attempted = (url: URL, request: OutgoingRequest): Promise<Received | undefined> =>
  send(url, request).catch(() => undefined)

const isTemporary = (status: number): boolean => status >= 500 || status === 429
