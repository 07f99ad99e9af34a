/** The table of kinds, in the order of the nightly task. */
import { archive } from './archive.ts'
import { events } from './events.ts'
import { figures } from './figures.ts'
import type { Kind } from './kind.ts'
import { records } from './records.ts'
import { traces } from './traces.ts'
import { unread } from './unread.ts'

export const KINDS: readonly Kind[] = [events, archive, unread, traces, records, figures]
