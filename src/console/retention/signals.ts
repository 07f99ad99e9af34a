/** Signals of sources: the minutes and hours that the watch keeps for charts. What is usual at a source stays known. */
import { WATCHER_NAMES } from '../../watch/watchers/watcher-of.ts'
import { removedByObjects } from './steps.ts'

export const signals = removedByObjects('signals', async ({ watchers }) =>
  WATCHER_NAMES.map((name) => watchers.getByName(name)),
)
