/** Incidents that are over, by the time of their last change. Those that last stay. */
import type { KindTask } from './kind.ts'

export const incidents: KindTask = {
  kind: 'incidents',
  holds: 'any stops',
  look: (context, { beforeMs }) => context.incidents.forget(beforeMs, true),
  async *forget(context, { beforeMs }) {
    yield (await context.incidents.forget(beforeMs, false)).count
  },
}
