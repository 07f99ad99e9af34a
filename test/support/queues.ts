/** Stands in for the backlogs of the queues. */
import { type MeasuredQueues, QUEUE_BINDINGS } from '../../src/platform/queues.ts'

/** @param waiting messages in each queue, asked anew for each call */
export const queuesWith = (
  waiting: (binding: keyof MeasuredQueues) => { readonly messages: number; readonly oldestMs: number } | null,
): MeasuredQueues =>
  Object.fromEntries(
    QUEUE_BINDINGS.map((binding) => [
      binding,
      {
        async metrics() {
          const one = waiting(binding)
          return {
            backlogCount: one?.messages ?? 0,
            backlogBytes: 0,
            oldestMessageTimestamp: new Date(one?.oldestMs ?? 0),
          }
        },
      },
    ]),
  ) as unknown as MeasuredQueues

export const EMPTY_QUEUES = queuesWith(() => null)
