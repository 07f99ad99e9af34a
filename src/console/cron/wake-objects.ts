/**
 * Wakes the objects that run by alarms and that no other job calls: the platform may have lost an alarm (cloudflare/cloudflare-docs#18324,
 * 2024). Without one, a destination to which nothing new comes never makes its retries and probes.
 */
import { concurrently } from '../../platform/concurrently.ts'
import type { Job } from './job.ts'

const AT_ONCE = 6

export const wakeObjects: Job = {
  name: 'wake_objects',
  async run({ registry, refusalLog, destinations }) {
    const faults: unknown[] = []
    const wake = async (work: () => Promise<unknown>) => {
      await work().catch((cause: unknown) => faults.push(cause))
      return true
    }
    // Any call makes the refusal log set the alarm for what it has to delete.
    await wake(() => refusalLog.latest({ limit: 1 }))
    const all = await registry.destinations.list()
    await concurrently(all, AT_ONCE, ({ name }) => wake(() => destinations.getByName(name).wake()))
    if (faults.length > 0) throw faults[0]
    return all.length + 1
  },
}
