/** Stands in for the objects that watch sources, which live in the consumer. `test/e2e` has the real ones. */
import type { ConsoleWatchers } from '../../src/console/env.ts'
import { NOTHING_FORGOTTEN } from '../../src/platform/forgotten.ts'
import { type ShownSignals, shownOf } from '../../src/watch/signals/signals.ts'
import type { SignalPoint } from '../../src/watch/watchers/api.ts'

export interface WatcherObjects extends ConsoleWatchers {
  /** In order: the object, the source, the minutes and the step of each call. */
  readonly calls: (readonly [watcher: string, source: string, since: number, until: number, by: string])[]
}

/** @param history what the objects know of each source; null if they do not answer */
export function watcherObjects(history: readonly SignalPoint[] | null = []): WatcherObjects {
  const calls: WatcherObjects['calls'] = []
  return {
    calls,
    getByName: (watcher) => ({
      async history(source, since, until, by) {
        calls.push([watcher, source, since, until, by])
        if (history === null) throw new Error('down')
        return [...history]
      },
      forget: async () => NOTHING_FORGOTTEN,
    }),
  }
}

export const point = (
  minute: number,
  signals: Partial<ShownSignals>,
  change: Partial<SignalPoint> = {},
): SignalPoint => ({ minute, minutes: 1, signals: { ...shownOf({}), ...signals }, score: null, ...change })
