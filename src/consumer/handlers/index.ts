/** The only list of handlers. To add one, add a file and a row here. */
import { bounces } from './bounces.ts'
import { deliverability } from './deliverability.ts'
import type { StoreHandler } from './handler.ts'
import { hourlyCounters } from './hourly-counters.ts'
import { suppressionList } from './suppression-list.ts'

/** Run in this order, in the transaction that stores the events, after them. */
export const STORE_HANDLERS: readonly StoreHandler[] = [
  hourlyCounters,
  deliverability,
  bounces,
  suppressionList,
]
