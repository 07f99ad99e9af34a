/** Removes what crashes have left behind. Nothing of it is needed by anybody, so no hold keeps it. */
import { DAY_MS } from '../../platform/time.ts'
import { removeLostParts, removeOldMarks, unnamedObjects } from '../../store/left-behind.ts'
import { removeOldRequests } from '../../store/requests.ts'
import type { RequestContext } from '../request-context.ts'
import { repeated } from './steps.ts'

/** A message lives for a day in the first queue and for 14 days in the other. */
const MESSAGE_MS = 20 * DAY_MS

/** A consumer that writes an entry after its parts does so within seconds. */
const LOST_MS = DAY_MS

const STEP_ROWS = 500

/** Steps of one night for each table and bucket. */
const STEPS_MAX = 10

type Context = Pick<RequestContext, 'store' | 'large' | 'nowMs'>

/** @returns how many rows and objects were removed */
export async function sweep(context: Context): Promise<number> {
  const { store, nowMs } = context
  const parts = await summed(() => removeLostParts(store, nowMs - LOST_MS, STEP_ROWS))
  const marks = await summed(() => removeOldMarks(store, nowMs - MESSAGE_MS, STEP_ROWS))
  const requests = await summed(() => removeOldRequests(store, nowMs - MESSAGE_MS, STEP_ROWS))
  return parts + marks + requests + (await sweepLarge(context))
}

async function summed(step: () => Promise<number>): Promise<number> {
  let [sum, steps] = [0, 0]
  for await (const count of repeated(STEP_ROWS, step)) {
    sum += count
    if (++steps === STEPS_MAX) break
  }
  return sum
}

/**
 * Objects of large deliveries that no message points to. A redrive writes an object again before it removes the dead letter, so an
 * object that is still old after the dead letters were read belongs to none.
 */
async function sweepLarge({ store, large, nowMs }: Context): Promise<number> {
  let count = 0
  let cursor: string | undefined
  for (let i = 0; i < STEPS_MAX; i++) {
    const page = await large.list({ prefix: 'large/', ...(cursor === undefined ? {} : { cursor }) })
    const isOld = (object: R2Object | null): boolean =>
      object !== null && object.uploaded.getTime() < nowMs - MESSAGE_MS
    const old = page.objects.filter(isOld).map(({ key }) => key)
    for (const key of old.length === 0 ? [] : await unnamedObjects(store, old)) {
      if (!isOld(await large.head(key))) continue
      await large.delete(key)
      count++
    }
    if (!page.truncated) break
    cursor = page.cursor
  }
  return count
}
