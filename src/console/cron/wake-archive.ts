/** Wakes the object that writes the archive if it does not run: no event may have come yet, or the platform has lost its alarm. */
import type { Job } from './job.ts'

export const wakeArchive: Job = {
  name: 'wake_archive',
  async run({ archiver }) {
    await archiver?.wake()
    return archiver === undefined ? 0 : 1
  },
}
