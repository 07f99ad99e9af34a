/** The only list of groups, in the order in which they run. */
import type { Group } from '../group.ts'
import { archive } from './archive.ts'
import { backfill } from './backfill.ts'
import { batch } from './batch.ts'
import { consumer } from './consumer.ts'
import { destinations } from './destinations.ts'
import { floor } from './floor.ts'
import { guard } from './guard.ts'
import { hot } from './hot.ts'
import { pages } from './pages.ts'
import { refusals } from './refusals.ts'
import { schemes } from './schemes.ts'
import { sources } from './sources.ts'
import { start } from './start.ts'
import { statements } from './statements.ts'
import { watch } from './watch.ts'

export const GROUPS: readonly Group[] = [
  floor,
  schemes,
  guard,
  batch,
  consumer,
  archive,
  hot,
  statements,
  destinations,
  sources,
  refusals,
  pages,
  start,
  watch,
  backfill,
]
