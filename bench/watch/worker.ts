/** The objects of the watch in one Worker, with sources that were watched for a while. */
import { bundle } from '../../scripts/local/bundle.ts'
import { ENTRIES } from '../bench-world.ts'
import type { WatchedMinute } from '../entries/watch.ts'
import { type Single, openSingle } from '../single.ts'

export interface WatchWorker extends Single {
  /** The next minute. @param isAsleep whether all objects have lost their memory before it */
  readonly minute: (isAsleep: boolean) => Promise<WatchedMinute>
}

const OBJECTS = { WATCHERS: 'Watcher', COLLECTORS: 'Collector', REFUSALS: 'RefusalLog', MINUTES: 'Minutes' }

/** @param learned minutes for which each source was watched */
export async function openWatch(sources: number, learned: number): Promise<WatchWorker> {
  const code = await bundle(`${ENTRIES}watch.ts`)
  const worker = await openSingle([{ name: 'watch-bench.js', code }], OBJECTS, true)
  try {
    await worker.ask({ do: 'learn', sources, learned })
  } catch (cause) {
    await worker.close()
    throw cause
  }
  return {
    ...worker,
    minute: (isAsleep) => worker.ask<WatchedMinute>({ do: 'minute', asleep: isAsleep ? 1 : 0 }),
  }
}
