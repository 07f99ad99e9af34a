/** Storage of a Durable Object that belongs to one test. */
import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'

/** Each call has a new object. No alarm is left behind. */
export const inObject = <T>(work: (state: DurableObjectState) => T | Promise<T>): Promise<T> =>
  runInDurableObject(env.EMPTY.getByName(crypto.randomUUID()), async (_, state) => {
    const result = await work(state)
    await state.storage.deleteAlarm()
    return result
  })
