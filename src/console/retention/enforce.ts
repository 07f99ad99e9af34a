/**
 * The nightly task of retention: kind by kind, in steps. What a step removed is noted in the registry after it, so one line of the audit
 * log has all of it, also if the task dies and another night ends the work.
 */
import { faultName } from '../../platform/log.ts'
import { DAY_MS, MINUTE_MS } from '../../platform/time.ts'
import type { RetentionKind } from '../../registry/retention/kinds.ts'
import type { KindRun, RetentionState } from '../../registry/retention/table.ts'
import type { RequestContext } from '../request-context.ts'
import { KINDS } from './index.ts'
import { type Held, type Kind, type Limits, type Part, heldBy, isStopped } from './kind.ts'

/** A night's time, and that of one part of a kind. Cloudflare ends a scheduled run after 15 minutes. */
const RUN_MS = 5 * MINUTE_MS
const PART_MS = MINUTE_MS

/**
 * A night's steps of one part: a run may make a thousand statements, and the backup needs half of them at most. A step of events takes
 * seven of them, and one of each other part in the database eight together.
 */
const STEPS_MAX = 30

export interface Enforced {
  readonly removed: number
  /** Kinds of which a fault ended a part. */
  readonly failed: readonly RetentionKind[]
}

/** @param kinds others in tests */
export async function enforce(context: RequestContext, kinds: readonly Kind[] = KINDS): Promise<Enforced> {
  const { registry, store, nowMs } = context
  const failed: RetentionKind[] = []
  const endMs = context.live.nowMs() + RUN_MS
  for (const kind of kinds) {
    // Each time: somebody may have placed a hold a moment ago.
    const state = await registry.retention.read()
    const held = await heldBy(state.holds, store)
    const due = kind.parts.flatMap((part) => {
      const limits = limitsOf(kind, part, state, held, nowMs)
      return limits === null ? [] : [{ part, limits }]
    })
    if (due.length > 0 && !(await enforceKind(kind, due, context, endMs))) failed.push(kind.kind)
  }
  return { removed: await registry.retention.endRun(context.who), failed }
}

/** Null if nothing of the part is ever too old, or a hold stops it. */
export function limitsOf(
  kind: Pick<Kind, 'holds'>,
  { setting, removesInPart }: Pick<Part, 'setting' | 'removesInPart'>,
  { settings, version }: Pick<RetentionState, 'settings' | 'version'>,
  held: Held,
  atMs: number,
): Limits | null {
  // Types of events have days of their own.
  const days = setting === 'events' ? 0 : settings[setting]
  if ((days === null && !removesInPart) || isStopped(kind, held)) return null
  return { atMs, beforeMs: days === null ? 0 : atMs - days * DAY_MS, held, settings, version }
}

/** Removes part by part; if one fails, the others still go. @returns whether none failed */
async function enforceKind(
  { kind }: Kind,
  due: readonly { readonly part: Part; readonly limits: Limits }[],
  context: RequestContext,
  endMs: number,
): Promise<boolean> {
  const { registry, log, live, nowMs } = context
  let run: KindRun = { atMs: nowMs, removed: 0, isMore: false, fault: null }
  const note = (change: Partial<KindRun>, added: number) => {
    run = { ...run, ...change }
    return registry.retention.note(kind, run, added)
  }
  /** @returns whether the document is as it was */
  const forget = async ({ forget: stepsOf }: Part, limits: Limits): Promise<boolean> => {
    const untilMs = Math.min(endMs, live.nowMs() + PART_MS)
    let steps = 0
    for await (const added of stepsOf(context, limits)) {
      steps++
      const isOver = steps >= STEPS_MAX || live.nowMs() >= untilMs
      const version = await note({ removed: run.removed + added, isMore: run.isMore || isOver }, added)
      if (isOver) return true
      if (version === limits.version) continue
      await note({ isMore: true }, 0)
      return false
    }
    return true
  }
  await note({}, 0)
  for (const { part, limits } of due) {
    try {
      if (!(await forget(part, limits))) break
    } catch (cause) {
      const fault = faultName(cause)
      log({ event: 'retention_failed', handler: part.setting, fault })
      await note({ isMore: true, fault }, 0)
    }
  }
  if (run.removed > 0) log({ event: 'retention_enforced', handler: kind, count: run.removed })
  return run.fault === null
}
