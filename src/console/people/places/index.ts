/**
 * The only list of places where something rests. Plans, certificates and the answer to "what is known of her" are made from it. A test walks
 * all tables, objects, buckets and queues, and another one SECURITY.md. To add a place, add a file and a row here.
 */
import { attempts } from './attempts.ts'
import {
  archive,
  backups,
  captures,
  erasures,
  holds,
  keptAnswers,
  onTheirWay,
  telling,
  waiting,
} from './ending.ts'
import { IMPERSONAL } from './impersonal.ts'
import { incidents } from './incidents.ts'
import type { Place } from './place.ts'
import { deadLetters, events, evidence, keys, quarantine, suppressions } from './store.ts'

export const PLACES: readonly Place[] = [
  keys,
  events,
  suppressions,
  evidence,
  quarantine,
  deadLetters,
  attempts,
  incidents,
  onTheirWay,
  archive,
  backups,
  captures,
  keptAnswers,
  waiting,
  telling,
  erasures,
  holds,
  ...IMPERSONAL,
]
