/** Retention as the API and the command show it: the document, since when each thing is kept, and what goes next. */
import type { RetentionAnswer, SavedRetention } from '../../api/retention.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS, instantOrNull, toInstant } from '../../platform/time.ts'
import type { Hold } from '../../registry/retention/document.ts'
import { type RetentionSetting, SETTING_NAMES } from '../../registry/retention/kinds.ts'
import type { KindRun, RetentionState } from '../../registry/retention/table.ts'
import { may } from '../access/actor.ts'
import { type RequestContext, answered } from '../request-context.ts'
import { limitsOf } from './enforce.ts'
import { KINDS } from './index.ts'
import { type Held, type Kind, type Part, heldBy, isHeld } from './kind.ts'

type KindAnswer = RetentionAnswer['kinds'][number]

/** As in `wrangler.toml`: 02:17 UTC. */
const NIGHT_MS = 2 * HOUR_MS + 17 * MINUTE_MS

/** The next run of the nightly task. */
export const nextNightMs = (nowMs: number): number =>
  Math.floor((nowMs - NIGHT_MS) / DAY_MS) * DAY_MS + DAY_MS + NIGHT_MS

/** The document, without a look at what is stored. */
export const savedAnswer = (
  { actor }: Pick<RequestContext, 'actor'>,
  { version, updatedAtMs, settings, holds }: RetentionState,
): SavedRetention => ({
  version,
  updated_at: instantOrNull(updatedAtMs),
  document: { ...settings, holds: holds.map((hold) => holdAnswer(hold, may(actor, 'operator'))) },
})

/** Operators alone see a person and a reason, which may name one. */
const holdAnswer = ({ source, person, reason, sinceMs }: Hold, isShown: boolean) => ({
  ...(source === null ? { person: isShown ? person : null } : { source }),
  reason: isShown ? reason : null,
  since: toInstant(sinceMs),
})

/**
 * The document, and the effect of the next night under it.
 *
 * @param only the settings that are counted and answered
 */
export async function retentionAnswer(
  context: RequestContext,
  state: RetentionState,
  only: readonly RetentionSetting[] = SETTING_NAMES,
): Promise<RetentionAnswer> {
  const held = await heldBy(state.holds, context.store)
  const kinds = KINDS.map((kind) => ({
    kind,
    parts: kind.parts.filter(({ setting }) => only.includes(setting)),
  }))
  return {
    ...savedAnswer(context, state),
    kinds: await Promise.all(
      kinds.flatMap(({ kind, parts }) =>
        parts.length === 0 ? [] : [kindAnswer(context, kind, parts, state, held)],
      ),
    ),
  }
}

/** Settings whose things another document judges in another way. */
export const changedSettings = (one: RetentionState, other: RetentionState): readonly RetentionSetting[] =>
  SETTING_NAMES.filter((setting) => judged(one, setting) !== judged(other, setting))

const judged = ({ settings, holds }: RetentionState, setting: RetentionSetting): string =>
  JSON.stringify([
    settings[setting],
    setting === 'events' && settings.events_by_type,
    holds.map(({ source, person }) => [source, person]),
  ])

async function kindAnswer(
  context: RequestContext,
  kind: Kind,
  parts: readonly Part[],
  state: RetentionState,
  held: Held,
): Promise<KindAnswer> {
  return {
    kind: kind.kind,
    settings: await Promise.all(parts.map((part) => settingAnswer(context, kind, part, state, held))),
    is_held: isHeld(kind, held),
    last_run: runAnswer(state.runs[kind.kind]),
  }
}

async function settingAnswer(
  context: RequestContext,
  kind: Kind,
  part: Part,
  state: RetentionState,
  held: Held,
): Promise<KindAnswer['settings'][number]> {
  const { settings, version } = state
  const { setting } = part
  const atMs = nextNightMs(context.nowMs)
  const limits = limitsOf(kind, part, state, held, atMs) ?? { atMs, beforeMs: 0, held, settings, version }
  const seen = await answered(context, `retention of ${setting}`, () => part.look(context, limits))
  return {
    setting,
    days: settings[setting],
    kept_since: instantOrNull(seen?.oldestMs ?? null),
    next:
      seen === undefined
        ? null
        : { count: seen.count, is_more: seen.isMore, is_estimate: setting === 'events' },
  }
}

const runAnswer = (run: KindRun | undefined): KindAnswer['last_run'] =>
  run === undefined
    ? null
    : { at: toInstant(run.atMs), removed: run.removed, is_more: run.isMore, fault: run.fault }
