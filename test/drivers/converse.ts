/** Carries a conversation on by the real engine, with a server in memory in the place of the ESP. */
import type { Account, ApiRequest, Conversation, Driver } from '../../src/drivers/driver.ts'
import { converser } from '../../src/esp-accounts/converse.ts'
import { Deadlines } from '../../src/outbound/deadlines.ts'

export type Talked<Result> =
  | { readonly ok: true; readonly result: Result; readonly requests: readonly ApiRequest[] }
  | {
      readonly ok: false
      readonly code: string
      readonly untilMs: number | null
      readonly requests: readonly ApiRequest[]
    }

/** A fault of a driver fails the test, although the engine would survive it. */
export async function converse<Result>(
  driver: Driver,
  account: Account,
  conversation: Conversation<Result>,
  answer: (request: ApiRequest) => Response | Promise<Response>,
): Promise<Talked<Result>> {
  const requests: ApiRequest[] = []
  const faults: unknown[] = []
  const kept = new Map<string, unknown>()
  const { nowMs } = account
  const talk = converser({
    storage: {
      kv: {
        get: (name: string) => kept.get(name),
        put: (name: string, value: unknown) => kept.set(name, value),
      } as unknown as DurableObjectStorage['kv'],
    },
    async fetch(input, init) {
      const request: ApiRequest = {
        method: (init?.method ?? 'GET') as ApiRequest['method'],
        url: input as string,
        headers: init?.headers as Record<string, string>,
        ...(typeof init?.body === 'string' ? { body: init.body } : {}),
      }
      requests.push(request)
      return answer(request)
    },
    deadlines: new Deadlines(() => nowMs),
    nowMs: () => nowMs,
    pause: async () => undefined,
  })
  const watched = function* (): Conversation<Result> {
    try {
      return yield* conversation
    } catch (cause) {
      faults.push(cause)
      throw cause
    }
  }
  const talked = await talk({ driver, open: async () => account }, watched)
  if (faults.length > 0) throw faults[0]
  return talked.ok
    ? { ...talked, requests }
    : { ok: false, code: talked.code, untilMs: talked.untilMs, requests }
}
