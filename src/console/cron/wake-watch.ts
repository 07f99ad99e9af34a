/** Wakes the watch if it does not run: no event may have come yet, or the platform has lost its alarm. */
import type { Job } from './job.ts'

export const wakeWatch: Job = {
  name: 'wake_watch',
  async run({ incidents }) {
    await incidents.wake()
    return 1
  },
}
