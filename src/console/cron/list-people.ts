/** Searches what came to quarantine and dead letters for people: an erasure then finds them by a list, and who was erased before goes. */
import { MINUTE_MS } from '../../platform/time.ts'
import { erasureDeps } from '../people/deps.ts'
import { listPeople } from '../../store/erasures/places/people-column.ts'
import { PEOPLE_COLUMNS } from '../../store/erasures/places/index.ts'
import type { Job } from './job.ts'

/** Of one run for each table. */
const RUN_MS = MINUTE_MS
const RUN_MAX_BYTES = 50_000_000

export const listNamed: Job = {
  name: 'list_people',
  async run(context) {
    const untilMs = context.live.nowMs() + RUN_MS * PEOPLE_COLUMNS.length
    let listed = 0
    for (const column of PEOPLE_COLUMNS)
      listed += await listPeople(
        erasureDeps(context),
        column,
        RUN_MAX_BYTES,
        () => context.live.nowMs() < untilMs,
      )
    return listed
  },
}
