/**
 * The nightly task of retention: kind by kind, in steps. What a step removed is noted in the registry after it, so one line of the audit
 * log has all of it, also if the task dies and another night ends the work.
 */
import { faultName } from '../../platform/log.ts'
import { DAY_MS, MINUTE_MS } from '../../platform/time.ts'
import type { RetentionKind } from '../../registry/retention/kinds.ts'
import type { KindRun, RetentionState } from '../../registry/retention/table.ts'
import type { RequestContext } from '../request-context.ts'
import { heldBy, isStopped } from './held.ts'
import { KIND_TASKS } from './index.ts'
import type { Held, KindTask, Limits } from './kind.ts'

/** A night's time, and that of one kind. Cloudflare ends a scheduled run after 15 minutes. */
const RUN_MS = 5 * MINUTE_MS
const KIND_MS = MINUTE_MS

/**
 * A night's steps of one kind: a run may make a thousand statements, and the backup needs half of them at most. A step of events takes
 * seven of them, and one of each other kind in the database eight together.
 */
const STEPS_MAX = 30

export interface Enforced {
  readonly removed: number
  /** Kinds that a fault ended. */
  readonly failed: readonly RetentionKind[]
}

/** @param tasks others in tests */
export async function enforce(
  context: RequestContext,
  tasks: readonly KindTask[] = KIND_TASKS,
): Promise<Enforced> {
  const { registry, store, nowMs } = context
  const failed: RetentionKind[] = []
  const endMs = context.live.nowMs() + RUN_MS
  for (const task of tasks) {
    // Each time: somebody may have placed a hold a moment ago.
    const state = await registry.retention.read()
    const held = await heldBy(state.holds, store)
    const limits = limitsOf(task, state, held, nowMs)
    if (limits !== null && !(await enforceKind(task, context, limits, endMs))) failed.push(task.kind)
  }
  return { removed: await registry.retention.endRun(context.who), failed }
}

/** Null if nothing of the kind is ever too old, or a hold stops it. */
export function limitsOf(
  task: Pick<KindTask, 'kind' | 'holds' | 'removesInPart'>,
  { settings, version }: Pick<RetentionState, 'settings' | 'version'>,
  held: Held,
  atMs: number,
): Limits | null {
  // Types of events have days of their own.
  const days = task.kind === 'events' ? 0 : settings[task.kind]
  if ((days === null && !task.removesInPart) || isStopped(task, held)) return null
  return { atMs, beforeMs: days === null ? 0 : atMs - days * DAY_MS, held, settings, version }
}

/** @returns whether no fault ended it */
async function enforceKind(
  task: KindTask,
  context: RequestContext,
  limits: Limits,
  endMs: number,
): Promise<boolean> {
  const { registry, log, live } = context
  const untilMs = Math.min(endMs, live.nowMs() + KIND_MS)
  let run: KindRun = { atMs: limits.atMs, removed: 0, isMore: false, fault: null }
  const note = (change: Partial<KindRun>, added: number) => {
    run = { ...run, ...change }
    return registry.retention.note(task.kind, run, added)
  }
  try {
    await note({}, 0)
    let steps = 0
    for await (const added of task.forget(context, limits)) {
      steps++
      const isOver = steps >= STEPS_MAX || live.nowMs() >= untilMs
      const version = await note({ removed: run.removed + added, isMore: isOver }, added)
      if (isOver) break
      if (version === limits.version) continue
      await note({ isMore: true }, 0)
      break
    }
  } catch (cause) {
    const fault = faultName(cause)
    log({ event: 'retention_failed', handler: task.kind, fault })
    await note({ isMore: true, fault }, 0)
    return false
  }
  if (run.removed > 0) log({ event: 'retention_enforced', handler: task.kind, count: run.removed })
  return true
}
