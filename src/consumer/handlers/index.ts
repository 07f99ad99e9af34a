/** The only list of handlers. To add one, add a file and a row here. */
import { announceSpamReport } from './announce-spam-report.ts'
import { eventStore } from './event-store.ts'
import type { OutsideHandler, StoreHandler } from './handler.ts'
import { hourlyCounters } from './hourly-counters.ts'
import { suppressionList } from './suppression-list.ts'

/** They run in this order in one transaction. Events are first, since the others read them. */
export const STORE_HANDLERS: readonly StoreHandler[] = [eventStore, hourlyCounters, suppressionList]

/** They run after the commit, for the events that they apply to. */
export const OUTSIDE_HANDLERS: readonly OutsideHandler[] = [announceSpamReport]
