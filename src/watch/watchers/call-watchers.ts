/** Calls the objects that watch sources. Objects without a source are not called. */
import type { MinuteSignals } from '../signals/signals.ts'
import type { SourceChange, SourceWatcherApi, WatchedSource } from './api.ts'
import { watcherOf } from './watcher-of.ts'

export interface Watchers<Calls extends keyof SourceWatcherApi> {
  getByName(name: string): Pick<SourceWatcherApi, Calls>
}

/**
 * Lets all sources be watched for one minute. The same minute again returns the same.
 *
 * @throws what a call throws, once all calls have ended: then the minute has to be repeated
 */
export async function watchSources(
  watchers: Watchers<'watch'>,
  minute: number,
  sources: readonly WatchedSource[],
  signals: ReadonlyMap<string, Partial<MinuteSignals>>,
  isStoreDown = false,
): Promise<SourceChange[]> {
  const byWatcher = Map.groupBy(sources, ({ name }) => watcherOf(name))
  const calls = [...byWatcher].map(([watcher, own]) => {
    const ofOwn: Record<string, Partial<MinuteSignals>> = {}
    for (const { name } of own) {
      const of = signals.get(name)
      if (of !== undefined) ofOwn[name] = of
    }
    return watchers.getByName(watcher).watch(minute, own, ofOwn, isStoreDown)
  })
  const answers = await Promise.allSettled(calls)
  return answers.flatMap((answer) => {
    if (answer.status === 'rejected') throw answer.reason
    return answer.value
  })
}
