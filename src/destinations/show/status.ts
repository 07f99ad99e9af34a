/** A destination's state in words and numbers. */
import { instantOrNull, toInstant } from '../../platform/time.ts'
import type { Reading } from '../../readers/positions.ts'
import type { ArrivalPosition } from '../../store/arrival.ts'
import type { DeliveryState, DeliveryStatus } from '../api.ts'
import type { Health } from '../pace/health.ts'
import type { Memory } from '../memory/memory.ts'
import { REPLAY, SOURCE_WAITING_MAX } from '../readers.ts'
import { WAITING_MAX } from '../retries.ts'
import { type DestinationState, isOfLastDay } from '../memory/state.ts'

export interface StatusInput {
  readonly isPaused: boolean
  readonly memory: Pick<Memory, 'state' | 'positions' | 'waiting'>
  /** Undefined before the first run. */
  readonly main: Reading | undefined
  /** Sources of which nothing new is sent, since so much of them waits. */
  readonly fullSources: ReadonlySet<string>
  readonly end: ArrivalPosition
  /** When the oldest event of the backlog was stored. */
  readonly oldestMs: number | null
  readonly nowMs: number
}

/** Old events may be removed from the store, whether they were sent or not. */
const BACKLOG_WARN_MS = 86_400_000

export function statusOf({
  isPaused,
  memory,
  main,
  fullSources,
  end,
  oldestMs,
  nowMs,
}: StatusInput): DeliveryStatus {
  const { health, replay, missed, filtered, hours } = memory.state
  const { waiting, dead, blockedSinceMs } = memory.waiting.counts()
  const replaying = memory.positions.find(REPLAY)
  return {
    ...stateOf(memory.state, isPaused),
    backlog: main === undefined ? 0 : Math.max(0, end.number - main.position.number),
    backlog_since: instantOrNull(oldestMs),
    waiting,
    given_up: dead,
    missed: missed + (main?.missed ?? 0),
    filtered,
    store_restored_at: instantOrNull(memory.state.storeRestoredAtMs),
    last_success_at: instantOrNull(health.lastSuccessAtMs),
    failing_since: instantOrNull(health.failingSinceMs),
    blocked_since: instantOrNull(blockedSinceMs),
    replay:
      replay === null || replaying?.until === null || replaying === undefined
        ? null
        : {
            events: replay.events,
            left: Math.max(0, replaying.until.number - replaying.position.number),
            since: toInstant(replay.sinceMs),
            until: toInstant(replay.untilMs),
            running: true,
          },
    hours: hours
      .filter((hour) => isOfLastDay(hour, nowMs))
      .map(({ atMs, ...counts }) => ({ at: toInstant(atMs), ...counts })),
    warning: warningOf(health, waiting, fullSources, oldestMs, nowMs),
  }
}

function stateOf({ health, breaker }: DestinationState, isPaused: boolean): DeliveryState {
  if (health.disabled !== null)
    return { state: 'disabled', reason: health.disabled.reason, since: toInstant(health.disabled.atMs) }
  if (isPaused) return { state: 'paused', reason: 'paused', since: null }
  if (breaker.open !== null && breaker.open.failedProbes > 0)
    return { state: 'circuit_open', reason: 'failing', since: toInstant(breaker.open.sinceMs) }
  return { state: 'active', reason: null, since: null }
}

function warningOf(
  health: Health,
  waiting: number,
  fullSources: ReadonlySet<string>,
  oldestMs: number | null,
  nowMs: number,
): string | null {
  if (health.disabled === null && health.isWarned)
    return 'No delivery has succeeded for a day. After five days the destination is disabled.'
  if (oldestMs !== null && nowMs - oldestMs >= BACKLOG_WARN_MS)
    return 'Events wait for more than a day. Those that are removed from the store before they are sent are lost to this destination.'
  if (waiting >= WAITING_MAX)
    return `${WAITING_MAX} failed deliveries wait, so new events are not sent until some of them succeed.`
  if (fullSources.size > 0)
    return `${SOURCE_WAITING_MAX} failed deliveries wait of ${[...fullSources].join(', ')}: nothing new of it is sent until some of them are settled. Other sources go on.`
  return null
}
