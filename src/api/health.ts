/** Health: whether all that the console stands on is there, and what waits. */
import * as v from 'valibot'
import { described } from '../platform/described.ts'
import { OPENED } from '../platform/key-state.ts'
import { QUEUE_NAMES } from '../platform/queues.ts'
import { DEAD_REASONS } from '../store/dead-letters.ts'
import { COUNTED_MAX } from '../store/state.ts'
import { SEVERITIES } from '../watch/severity.ts'
import { route } from './route.ts'

export const PARTS = ['registry', 'refusals', 'store', 'queues', 'large', 'backups', 'incidents'] as const
/** The Workers that need the master key. */
export const KEY_HOLDERS = ['gateway', 'consumer', 'console'] as const

const counted = described(v.nullable(v.number()), `At most ${COUNTED_MAX}; null where the store is down.`)

/** A finding needs somebody, unless it is an info or somebody takes care of its incident. */
export const FINDING_LEVELS = ['note', 'wrong'] as const

/** Findings of one answer. */
export const FINDINGS_MAX = 500

const FindingSchema = v.object({
  kind: described(
    v.string(),
    'Kind of the incident: queue_backlog. Some kinds make no incident: source_quiet.',
  ),
  title: described(v.string(), 'The kind, as people read it.'),
  subject: described(v.nullable(v.string()), 'Null if the source says it all.'),
  source: described(v.nullable(v.string()), 'Null if it is about the whole installation, or about several.'),
  severity: v.picklist(SEVERITIES),
  level: described(
    v.picklist(FINDING_LEVELS),
    'wrong: it needs somebody. note: it is an info, or somebody has acknowledged or contained its incident.',
  ),
  since: v.string(),
  says: described(v.string(), 'One sentence with numbers, without a full stop.'),
  todo: described(v.array(v.string()), 'What to do, most urgent first.'),
  incident: described(v.nullable(v.number()), 'Number of the incident that tells it.'),
})
export type Finding = v.InferOutput<typeof FindingSchema>

const WatchSchema = v.object({
  minute: described(v.nullable(v.string()), 'The latest minute that was watched; null before the first.'),
  minutes_behind: v.number(),
  missed: described(v.number(), 'Events that were removed from the store before they were watched.'),
  open_incidents: v.number(),
  failing: v.nullable(v.object({ fault: v.string(), since: v.string() })),
  skipped: described(
    v.nullable(v.object({ from: v.string(), until: v.string() })),
    'The latest minutes that were left out, because the watch had stood still for hours.',
  ),
})
export type Watch = v.InferOutput<typeof WatchSchema>

const GrowthSchema = v.object({
  bytes: described(v.number(), 'Size of the database.'),
  limit_bytes: described(v.number(), 'Its largest size, on the Paid plan.'),
  events: described(v.number(), 'Events that are stored; fewer if some were removed between others.'),
  events_ever: described(v.number(), 'Events that were ever stored.'),
  events_a_day: described(v.number(), 'Mean of the last seven days.'),
  full_at: described(
    v.nullable(v.string()),
    'When the database will be full, if it goes on like this. Null if it does not grow, or if what is old is removed in time.',
  ),
  archive: described(
    v.nullable(v.object({ events_waiting: v.number(), waiting_since: v.nullable(v.string()) })),
    'Events that are in no file of the archive yet. Null without an archive.',
  ),
})
export type StoreGrowth = v.InferOutput<typeof GrowthSchema>

const DrillsSchema = v.object({
  last_restore_at: described(
    v.nullable(v.string()),
    'When a restore drill last passed. Null if none ever did.',
  ),
  due_at: described(
    v.string(),
    'When the next one is due: ninety days after the last, or after the deployment began.',
  ),
})
export type Drills = v.InferOutput<typeof DrillsSchema>

const HealthSchema = v.object({
  now: described(v.string(), 'By the clock of the Worker.'),
  gateway_url: described(v.string(), 'Empty where it is not set.'),
  release: described(
    v.nullable(
      v.object({
        version: v.string(),
        commit: v.nullable(v.string()),
        environment: described(
          v.nullable(v.string()),
          'production, or the name given with --env. Null before 0.4.0.',
        ),
        deployed_at: v.string(),
      }),
    ),
    'Of the console, as npm run deploy has made it. Null elsewhere.',
  ),
  parts: v.array(
    v.object({
      part: v.picklist(PARTS),
      fault: described(
        v.nullable(v.string()),
        'Null where it answers and takes what is written. `DatabaseFull` of a store at its largest size.',
      ),
      bytes: described(
        v.nullish(v.number()),
        'Stored by the registry, of 10 GB at most; most is its audit log. Null for other parts.',
      ),
    }),
  ),
  master_keys: described(
    v.array(
      v.object({
        worker: v.picklist(KEY_HOLDERS),
        keys: described(
          v.nullable(v.array(v.string())),
          'Version and hash of each, like v1:1a2b3c4d. The first seals. Null if the Worker does not say.',
        ),
        unreadable: described(
          v.array(v.picklist(OPENED)),
          'What these keys do not open. A few of each are tried.',
        ),
      }),
    ),
    'Of each Worker. All need the same.',
  ),
  missing_migrations: v.nullable(v.array(v.string())),
  queues: described(
    v.nullable(
      v.array(
        v.object({
          queue: v.picklist(QUEUE_NAMES),
          backlog: v.number(),
          oldest_at: v.nullable(v.string()),
        }),
      ),
    ),
    'What waits in each queue; null where one does not answer. In the dead letter queues is what the store refused for a day.',
  ),
  retrying: described(
    v.nullable(
      v.array(
        v.object({
          source: v.nullable(v.string()),
          reason: v.picklist(DEAD_REASONS),
          fault: described(v.nullable(v.string()), 'Class name of the error.'),
          messages: v.number(),
          since: described(v.string(), 'First failure of the oldest.'),
        }),
      ),
    ),
    `Messages that failed and wait for their next attempt; the backlog may not count them. Largest group first, of at most ${COUNTED_MAX} messages; null where the store is down.`,
  ),
  watch: described(v.nullable(WatchSchema), 'Null where the object that keeps incidents is down.'),
  growth: described(v.nullable(GrowthSchema), 'Of the store. Null where it is down, or lacks migrations.'),
  drills: described(v.nullable(DrillsSchema), 'Restore drills. Null where the registry is down.'),
  dead_letters: counted,
  quarantined: counted,
  findings: described(
    v.array(FindingSchema),
    `What is wrong, the most severe first, at most ${FINDINGS_MAX}. Incidents, the first page and \`postern doctor\` say the same.`,
  ),
  findings_left_out: described(v.number(), 'Findings beyond those.'),
})
export type Health = v.InferOutput<typeof HealthSchema>

export const healthRoutes = {
  getHealth: route('GET', '/api/health', 'viewer', {
    summary: 'Whether all that Postern stands on is there, and what waits for a person.',
    answer: HealthSchema,
  }),
} as const
