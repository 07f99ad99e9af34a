/** The archive, by whole days. Objects go before their rows: if the task dies between, the rows still name them. */
import { COUNTED_MAX } from '../../api/retention.ts'
import { countOldFiles, oldFiles, removeFileRows } from '../../store/archive-retention.ts'
import type { KindTask } from './kind.ts'

/** R2 deletes a thousand at once. */
const STEP_FILES = 500

export const archive: KindTask = {
  kind: 'archive',
  holds: 'any stops',
  async look({ store }, { beforeMs }) {
    const { count, oldestMs } = await countOldFiles(store, beforeMs)
    return { count: Math.min(count, COUNTED_MAX), isMore: count > COUNTED_MAX, oldestMs }
  },
  async *forget({ store, archive: bucket }, { beforeMs }) {
    if (bucket === undefined) return
    for (let files = STEP_FILES; files >= STEP_FILES;) {
      const old = await oldFiles(store, beforeMs, STEP_FILES)
      files = old.length
      if (files === 0) return
      const keys = old.map(({ key }) => key)
      await bucket.delete(keys)
      await removeFileRows(store, keys)
      yield old.reduce((sum, { events }) => sum + events, 0)
    }
  },
}
