/** Retention as the API and the command show it: the document, since when each kind is kept, and what goes next. */
import type { RetentionAnswer, RetentionKindAnswer } from '../../api/retention.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS, instantOrNull, toInstant } from '../../platform/time.ts'
import type { Hold } from '../../registry/retention/document.ts'
import type { KindRun, RetentionState } from '../../registry/retention/table.ts'
import { may } from '../access/actor.ts'
import { type RequestContext, answered } from '../request-context.ts'
import { limitsOf } from './enforce.ts'
import { heldBy, isHeld } from './held.ts'
import { KIND_TASKS } from './index.ts'
import type { Held, KindTask } from './kind.ts'

/** As in `wrangler.toml`: 02:17 UTC. */
const NIGHT_MS = 2 * HOUR_MS + 17 * MINUTE_MS

/** The next run of the nightly task. */
export const nextNightMs = (nowMs: number): number =>
  Math.floor((nowMs - NIGHT_MS) / DAY_MS) * DAY_MS + DAY_MS + NIGHT_MS

/** The state, and the effect of the next night under it. */
export async function retentionAnswer(
  context: RequestContext,
  state: RetentionState,
): Promise<RetentionAnswer> {
  const held = await heldBy(state.holds, context.store)
  const { version, updatedAtMs, settings, holds } = state
  return {
    version,
    updated_at: instantOrNull(updatedAtMs),
    document: { ...settings, holds: holds.map((hold) => holdAnswer(hold, may(context.actor, 'operator'))) },
    kinds: await Promise.all(KIND_TASKS.map((task) => kindAnswer(context, task, state, held))),
  }
}

/** Operators alone see a person and a reason, which may name one. */
const holdAnswer = ({ source, person, reason, sinceMs }: Hold, isShown: boolean) => ({
  ...(source === null ? { person: isShown ? person : null } : { source }),
  reason: isShown ? reason : null,
  since: toInstant(sinceMs),
})

async function kindAnswer(
  context: RequestContext,
  task: KindTask,
  state: RetentionState,
  held: Held,
): Promise<RetentionKindAnswer> {
  const { settings, version } = state
  const atMs = nextNightMs(context.nowMs)
  const limits = limitsOf(task, state, held, atMs) ?? { atMs, beforeMs: 0, held, settings, version }
  const seen = await answered(context, `retention of ${task.kind}`, () => task.look(context, limits))
  return {
    kind: task.kind,
    days: settings[task.kind],
    kept_since: instantOrNull(seen?.oldestMs ?? null),
    next:
      seen === undefined
        ? null
        : { count: seen.count, is_more: seen.isMore, is_estimate: task.kind === 'events' },
    is_held: isHeld(task, held),
    last_run: runAnswer(state.runs[task.kind]),
  }
}

const runAnswer = (run: KindRun | undefined): RetentionKindAnswer['last_run'] =>
  run === undefined
    ? null
    : { at: toInstant(run.atMs), removed: run.removed, is_more: run.isMore, fault: run.fault }
