/** How busy a sender of mail is over a week. The past of the demo and what the simulator sends follow the same curve. */

const DAY = 1440

/** By the hour, a sender swings by this part around its mean; it is busiest at two in the afternoon, UTC. */
const SWING = 0.3
const MEAN_HOUR = 8

/** Weekends are calmer; the mean of a week stays 1. */
const WEEKDAY = 1.08
const WEEKEND = 0.8

/** The Unix epoch began on a Thursday; Sunday is day 0. */
const EPOCH_WEEKDAY = 4

/** How busy a Unix minute is against the mean of its week. */
export function busynessAt(minute: number): number {
  const hour = (minute % DAY) / 60
  const weekday = (Math.floor(minute / DAY) + EPOCH_WEEKDAY) % 7
  const ofDay = 1 + SWING * Math.sin(((hour - MEAN_HOUR) / 24) * 2 * Math.PI)
  return ofDay * (weekday === 0 || weekday === 6 ? WEEKEND : WEEKDAY)
}
