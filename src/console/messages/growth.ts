/** Whether the store will be full, in words and with what to do. */
import type { GrowthProblem } from '../../api/health.ts'
import { type Growth, growthWords } from '../../store/size.ts'

const ROOM = 'docs/deploying.md says how to make room, under "If the store takes nothing".'

/** Problems of the store's size; empty if it has room, or if what is old is removed in time. */
export function growthProblems(growth: Growth): GrowthProblem[] {
  if (growth.level === 'fits') return []
  const says = `It is ${growthWords(growth)}.`
  return growth.level === 'filling'
    ? [
        {
          problem: 'filling',
          level: 'note',
          says,
          todo: `Bind the archive bucket, or keep fewer days: ${ROOM}`,
        },
      ]
    : [{ problem: 'nearly_full', level: 'wrong', says, todo: `Make room now: ${ROOM}` }]
}
