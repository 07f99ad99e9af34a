/** The table of kinds, in the order of the nightly task. */
import { archive } from './archive.ts'
import { attempts } from './attempts.ts'
import { audit } from './audit.ts'
import { backups } from './backups.ts'
import { deadLetters } from './dead-letters.ts'
import { events } from './events.ts'
import { figures } from './figures.ts'
import { incidents } from './incidents.ts'
import type { KindTask } from './kind.ts'
import { quarantine } from './quarantine.ts'
import { refusals } from './refusals.ts'
import { signals } from './signals.ts'

export const KIND_TASKS: readonly KindTask[] = [
  events,
  archive,
  quarantine,
  deadLetters,
  refusals,
  attempts,
  incidents,
  signals,
  audit,
  backups,
  figures,
]
