/** Refusals: the samples and the counts that the refusal log keeps. */
import type { KindTask } from './kind.ts'

export const refusals: KindTask = {
  kind: 'refusals',
  holds: 'any stops',
  look: ({ refusalLog }, { beforeMs }) => refusalLog.forget(beforeMs, true),
  async *forget({ refusalLog }, { beforeMs }) {
    yield (await refusalLog.forget(beforeMs, false)).count
  },
}
