/** Carries a conversation on with a server in memory, as the engine does with the real one. */
import {
  type Account,
  type ApiRequest,
  type Conversation,
  type Driver,
  UNREADABLE,
} from '../../src/drivers/driver.ts'
import { parseJsonText } from '../../src/platform/json.ts'

export type Talked<Result> =
  | { readonly ok: true; readonly result: Result; readonly requests: readonly ApiRequest[] }
  | { readonly ok: false; readonly code: string; readonly requests: readonly ApiRequest[] }

/** More requests than any conversation needs. */
const REQUESTS_MAX = 100

export async function converse<Result>(
  driver: Driver,
  account: Account,
  conversation: Conversation<Result>,
  answer: (request: ApiRequest) => Response | Promise<Response>,
): Promise<Talked<Result>> {
  const requests: ApiRequest[] = []
  const refused = (code: string): Talked<Result> => ({ ok: false, code, requests })
  let step = conversation.next()
  while (step.done !== true) {
    if (requests.length === REQUESTS_MAX) return refused('too_many_requests')
    const request = (await driver.sign?.(step.value, account)) ?? step.value
    requests.push(request)
    const response = await answer(request)
    const { status } = response
    if (!response.ok && request.alsoRead?.includes(status) !== true)
      return refused(REFUSED[status] ?? (status >= 500 ? 'unavailable' : 'refused'))
    const text = await response.text()
    step = conversation.next({ status, text, json: parseJsonText(text) })
  }
  return step.value === UNREADABLE ? refused(UNREADABLE) : { ok: true, result: step.value, requests }
}

const REFUSED: Readonly<Record<number, string>> = {
  401: 'key_refused',
  403: 'key_too_weak',
  404: 'not_found',
  429: 'rate_limited',
}
