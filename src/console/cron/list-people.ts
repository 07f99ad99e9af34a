/** Searches what came to quarantine and dead letters for people: an erasure then finds them by a list, and who was erased before goes. */
import { MINUTE_MS } from '../../platform/time.ts'
import { erasureDeps } from '../people/deps.ts'
import { listPeople } from '../../store/erasures/places/people-column.ts'
import { PEOPLE_COLUMNS } from '../../store/erasures/places/index.ts'
import type { Job } from './job.ts'

/** Of one run for each table. */
const RUN_MS = MINUTE_MS
/** A call lists a thousand entries at most. D1 takes 1,000 statements of an invocation, and a call makes some eighty. */
const RUN_CALLS = 5
const CALL_MAX_BYTES = 50_000_000

export const listNamed: Job = {
  name: 'list_people',
  async run(context) {
    let listed = 0
    for (const column of PEOPLE_COLUMNS) {
      const untilMs = context.live.nowMs() + RUN_MS
      const mayGoOn = () => context.live.nowMs() < untilMs
      for (let calls = 0; calls < RUN_CALLS && mayGoOn(); calls++) {
        const some = await listPeople(erasureDeps(context), column, CALL_MAX_BYTES, mayGoOn)
        if (some === 0) break
        listed += some
      }
    }
    return listed
  },
}
