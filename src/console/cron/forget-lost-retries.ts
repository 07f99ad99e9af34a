/** Forgets retries of messages that the queue no longer has: somebody purged it, or the two weeks are over for which it keeps them. */
import { forgetLostRetries } from '../../store/retrying.ts'
import type { Job } from './job.ts'

export const forgetRetries: Job = {
  name: 'forget_lost_retries',
  run: ({ store, nowMs }) => forgetLostRetries(store, nowMs),
}
