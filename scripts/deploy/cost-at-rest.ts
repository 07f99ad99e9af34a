/** Cost of a deployment that receives nothing. */
import { PLAN_DOLLARS, PRICES } from '../../bench/cost/prices.ts'

/**
 * Calls of objects in a minute without an event, counted in the code and not measured. The watch: its alarm, the refusals of the
 * minute, the lists of sources and destinations, containments, and 16 source watchers, which are called if they have a source.
 */
const OF_THE_WATCH = 21
/** Its alarm. */
const OF_THE_ARCHIVE = 1
/** Its alarm, its settings, and the watch's look at it. */
const OF_A_DESTINATION = 3

const MINUTES_A_MONTH = 30 * 24 * 60

/** Dollars a month, the plan included. */
export function costAtRest(destinations: number): number {
  const { dollarsAMillion, included } = PRICES.object_calls
  const calls = (OF_THE_WATCH + OF_THE_ARCHIVE + OF_A_DESTINATION * destinations) * MINUTES_A_MONTH
  return PLAN_DOLLARS + (Math.max(0, calls - included) / 1_000_000) * dollarsAMillion
}

export const costLine = (): string =>
  `$${costAtRest(0).toFixed(2)} a month at rest: the Workers Paid plan, which includes what Postern does by itself. ` +
  `With 10 destinations $${costAtRest(10).toFixed(2)}, with 100 $${costAtRest(100).toFixed(2)}: each is called every minute.`
