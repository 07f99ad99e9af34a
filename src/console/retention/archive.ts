/** The archive, by whole days. Objects go before their rows: if the task dies between, the rows still name them. */
import { COUNTED_MAX } from '../../api/retention.ts'
import { ARCHIVE_FOLDER } from '../../store/archive-files.ts'
import { countOldFiles, oldFiles, removeFileRows, unknownDays } from '../../store/archive-retention.ts'
import type { Store } from '../../store/store.ts'
import type { Kind, Part } from './kind.ts'

/** R2 deletes a thousand at once. */
const STEP_FILES = 500

const part: Part = {
  setting: 'archive',
  async look({ store }, { beforeMs }) {
    const { count, oldestMs } = await countOldFiles(store, beforeMs)
    return { count: Math.min(count, COUNTED_MAX), isMore: count > COUNTED_MAX, oldestMs }
  },
  async *forget({ store, archive: bucket }, { beforeMs }) {
    if (bucket === undefined) return
    for (let files = STEP_FILES; files >= STEP_FILES;) {
      const old = await oldFiles(store, beforeMs, STEP_FILES)
      files = old.length
      if (files === 0) break
      const keys = old.map(({ key }) => key)
      await bucket.delete(keys)
      await removeFileRows(store, keys)
      yield old.reduce((sum, { events }) => sum + events, 0)
    }
    await deleteUnknown(store, bucket, beforeMs)
  },
}

export const archive: Kind = { kind: 'archive', holds: 'any stops', parts: [part] }

const DAY = /^events\/v1\/dt=(\d{4}-\d\d-\d\d)\//

/** After a restore of the database, the bucket can have files of which no row tells. A list begins with the oldest day. */
async function deleteUnknown(store: Store, bucket: R2Bucket, beforeMs: number): Promise<void> {
  const { objects } = await bucket.list({ prefix: ARCHIVE_FOLDER })
  const dayOf = (key: string): string => DAY.exec(key)?.[1] ?? ''
  const days = await unknownDays(
    store,
    objects.map(({ key }) => dayOf(key)),
    beforeMs,
  )
  const keys = objects.map(({ key }) => key).filter((key) => dayOf(key) !== '' && days.has(dayOf(key)))
  if (keys.length > 0) await bucket.delete(keys)
}
