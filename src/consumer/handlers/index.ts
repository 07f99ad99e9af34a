/** The only list of handlers. A new one is a file and a row here. */
import { announceSpamReport } from './announce-spam-report.ts'
import { eventStore } from './event-store.ts'
import type { OutsideHandler, StoreHandler } from './handler.ts'
import { hourlyCounters } from './hourly-counters.ts'
import { suppressionList } from './suppression-list.ts'

/** Run in this order inside one transaction: the events first, since the others read them. */
export const STORE_HANDLERS: readonly StoreHandler[] = [eventStore, hourlyCounters, suppressionList]

/** Run after the commit, for the events they apply to. */
export const OUTSIDE_HANDLERS: readonly OutsideHandler[] = [announceSpamReport]
