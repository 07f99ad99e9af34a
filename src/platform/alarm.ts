/**
 * Alarms of Durable Objects, set in a way that Cloudflare fires. A local runtime fires every alarm at once, so only a double of the
 * storage shows the difference.
 */

export type AlarmStorage = Pick<DurableObjectStorage, 'getAlarm' | 'setAlarm'>

/** An alarm that is late by more than this is not coming any more: one stood in the past for days (cloudflare/cloudflare-docs#18324, 2024). */
const OVERDUE_MS = 60_000

/** Whether an alarm is set and may still fire. */
export const isComing = (alarmMs: number | null, nowMs: number): alarmMs is number =>
  alarmMs !== null && alarmMs >= nowMs - OVERDUE_MS

/**
 * Sets the alarm, unless an earlier one is coming. That one stays: it costs a run that finds nothing, and setting it anew costs a row.
 *
 * An alarm for the present, set from within `alarm()`, may not fire for tens of seconds (cloudflare/workerd#6866, July 2026). So the
 * alarm is at least a millisecond ahead.
 */
export async function wakeWithin(storage: AlarmStorage, waitMs: number, nowMs: number): Promise<void> {
  const set = await storage.getAlarm()
  const atMs = nowMs + Math.max(1, waitMs)
  if (!isComing(set, nowMs) || set > atMs) await storage.setAlarm(atMs)
}
