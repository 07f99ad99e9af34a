/** Sends the request that sets a secret, and interprets the answer. */
import type { ApiRequest } from '../../drivers/driver.ts'
import { request } from '../../platform/bounded-request.ts'
import type { InstallProblem } from '../rotation/secret-version.ts'

/** An operator waits for the first try. */
const TIMEOUT_MS = 5_000

/** Only the status of an answer is used. */
const ANSWER_MAX_BYTES = 64 * 1_024

const PROBLEMS: ReadonlyMap<number, InstallProblem> = new Map([
  [401, 'credential_refused'],
  [403, 'credential_refused'],
  [404, 'webhook_unknown'],
])

/** Null when the ESP has accepted the secret. A redirect counts as a refusal: the credential is sent to no other host. */
export async function sendTo(
  fetcher: typeof fetch,
  { url, ...init }: ApiRequest,
  timeoutMs = TIMEOUT_MS,
): Promise<InstallProblem | null> {
  const answer = await request(fetcher, url, init, ANSWER_MAX_BYTES, timeoutMs)
  if (answer.kind === 'unavailable') return 'unavailable'
  if (answer.kind === 'too_large') return 'refused'
  if (answer.status >= 200 && answer.status < 300) return null
  return PROBLEMS.get(answer.status) ?? 'refused'
}
