/** Whether the store will be full, and whether the archive keeps up, in words and with what to do. */
import type { GrowthProblem } from '../../api/health.ts'
import { toInstant } from '../../platform/time.ts'
import { type ArchiveBacklog, isArchiveLate } from '../../store/archive-backlog.ts'
import { type Growth, growthWords } from '../../store/size.ts'

const ROOM = 'docs/deploying.md says how, under "If the store takes nothing".'

/** Problems of the store's size; empty if it has room, or if what is old is removed in time. */
export function growthProblems(
  growth: Growth,
  archive: ArchiveBacklog | null,
  nowMs: number,
): GrowthProblem[] {
  const late = archive !== null && isArchiveLate(archive, nowMs) ? [behind(archive)] : []
  if (growth.level === 'fits') return late
  const says = `It is ${growthWords(growth)}.`
  const size: GrowthProblem =
    growth.level === 'nearly full'
      ? { problem: 'nearly_full', level: 'wrong', says, todo: `Make room now: ${ROOM}` }
      : {
          problem: 'filling',
          level: 'note',
          says,
          todo: `${archive === null ? 'Bind the archive bucket, or keep fewer days' : 'See why the archive is behind'}: ${ROOM}`,
        }
  return [size, ...late]
}

const behind = ({ events, oldestMs }: ArchiveBacklog): GrowthProblem => ({
  problem: 'archive_behind',
  level: 'wrong',
  says: `${events} events wait for the archive, the oldest since ${toInstant(oldestMs ?? 0)}. Until it has them, nothing old is removed.`,
  todo: 'npx wrangler tail postern-consumer shows reader_failed of the reader archive, with the fault. If the bucket is new, it catches up by itself.',
})
