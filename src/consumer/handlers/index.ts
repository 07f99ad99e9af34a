/** The only list of handlers. To add one, add a file and a row here. */
import { eventStore } from './event-store.ts'
import type { StoreHandler } from './handler.ts'
import { hourlyCounters } from './hourly-counters.ts'
import { suppressionList } from './suppression-list.ts'

/** Handlers, run in this order in one transaction. Events are first, since the others read them. */
export const STORE_HANDLERS: readonly StoreHandler[] = [eventStore, hourlyCounters, suppressionList]
