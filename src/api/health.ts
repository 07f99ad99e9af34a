/** Health: whether all that the console stands on is there, and what waits. */
import * as v from 'valibot'
import { OPENED } from '../platform/key-state.ts'
import { QUEUE_NAMES } from '../platform/queues.ts'
import { DEAD_REASONS } from '../store/dead-letters.ts'
import { COUNTED_MAX } from '../store/state.ts'
import { SEVERITIES } from '../watch/severity.ts'
import { route } from './route.ts'

export const PARTS = ['registry', 'refusals', 'store', 'queues', 'large', 'backups', 'incidents'] as const
/** The Workers that need the master key. */
export const KEY_HOLDERS = ['gateway', 'consumer', 'console'] as const

const counted = v.pipe(
  v.nullable(v.number()),
  v.description(`At most ${COUNTED_MAX}; null where the store is down.`),
)

/** A finding needs somebody, unless it is an info or somebody takes care of its incident. */
export const FINDING_LEVELS = ['note', 'wrong'] as const

/** Findings of one answer. */
export const FINDINGS_MAX = 500

const FindingSchema = v.object({
  kind: v.pipe(
    v.string(),
    v.description('Kind of the incident: queue_backlog. Some kinds make no incident: source_quiet.'),
  ),
  title: v.pipe(v.string(), v.description('The kind, as people read it.')),
  subject: v.pipe(v.nullable(v.string()), v.description('Null if the source says it all.')),
  source: v.pipe(
    v.nullable(v.string()),
    v.description('Null if it is about the whole installation, or about several.'),
  ),
  severity: v.picklist(SEVERITIES),
  level: v.pipe(
    v.picklist(FINDING_LEVELS),
    v.description(
      'wrong: it needs somebody. note: it is an info, or somebody has acknowledged or contained its incident.',
    ),
  ),
  since: v.string(),
  says: v.pipe(v.string(), v.description('One sentence with numbers, without a full stop.')),
  todo: v.pipe(v.array(v.string()), v.description('What to do, most urgent first.')),
  incident: v.pipe(v.nullable(v.number()), v.description('Number of the incident that tells it.')),
})
export type Finding = v.InferOutput<typeof FindingSchema>

const WatchSchema = v.object({
  minute: v.pipe(
    v.nullable(v.string()),
    v.description('The latest minute that was watched; null before the first.'),
  ),
  minutes_behind: v.number(),
  missed: v.pipe(
    v.number(),
    v.description('Events that were removed from the store before they were watched.'),
  ),
  open_incidents: v.number(),
  failing: v.nullable(v.object({ fault: v.string(), since: v.string() })),
  skipped: v.pipe(
    v.nullable(v.object({ from: v.string(), until: v.string() })),
    v.description('The latest minutes that were left out, because the watch had stood still for hours.'),
  ),
})
export type Watch = v.InferOutput<typeof WatchSchema>

const GrowthSchema = v.object({
  bytes: v.pipe(v.number(), v.description('Size of the database.')),
  limit_bytes: v.pipe(v.number(), v.description('Its largest size, on the Paid plan.')),
  events: v.pipe(
    v.number(),
    v.description('Events that are stored; fewer if some were removed between others.'),
  ),
  events_ever: v.pipe(v.number(), v.description('Events that were ever stored.')),
  events_a_day: v.pipe(v.number(), v.description('Mean of the last seven days.')),
  full_at: v.pipe(
    v.nullable(v.string()),
    v.description(
      'When the database will be full, if it goes on like this. Null if it does not grow, or if what is old is removed in time.',
    ),
  ),
  archive: v.pipe(
    v.nullable(v.object({ events_waiting: v.number(), waiting_since: v.nullable(v.string()) })),
    v.description('Events that are in no file of the archive yet. Null without an archive.'),
  ),
})
export type StoreGrowth = v.InferOutput<typeof GrowthSchema>

const DrillsSchema = v.object({
  last_restore_at: v.pipe(
    v.nullable(v.string()),
    v.description('When a restore drill last passed. Null if none ever did.'),
  ),
  due_at: v.pipe(
    v.string(),
    v.description('When the next one is due: ninety days after the last, or after the deployment began.'),
  ),
})
export type Drills = v.InferOutput<typeof DrillsSchema>

const HealthSchema = v.object({
  now: v.pipe(v.string(), v.description('By the clock of the Worker.')),
  gateway_url: v.pipe(v.string(), v.description('Empty where it is not set.')),
  release: v.pipe(
    v.nullable(
      v.object({
        version: v.string(),
        commit: v.nullable(v.string()),
        environment: v.pipe(
          v.nullable(v.string()),
          v.description('production, or the name given with --env. Null before 0.4.0.'),
        ),
        deployed_at: v.string(),
      }),
    ),
    v.description('Of the console, as npm run deploy has made it. Null elsewhere.'),
  ),
  parts: v.array(
    v.object({
      part: v.picklist(PARTS),
      fault: v.pipe(
        v.nullable(v.string()),
        v.description(
          'Null where it answers and takes what is written. `DatabaseFull` of a store at its largest size.',
        ),
      ),
      bytes: v.pipe(
        v.nullish(v.number()),
        v.description(
          'Stored by the registry, of 10 GB at most; most is its audit log. Null for other parts.',
        ),
      ),
    }),
  ),
  master_keys: v.pipe(
    v.array(
      v.object({
        worker: v.picklist(KEY_HOLDERS),
        keys: v.pipe(
          v.nullable(v.array(v.string())),
          v.description(
            'Version and hash of each, like v1:1a2b3c4d. The first seals. Null if the Worker does not say.',
          ),
        ),
        unreadable: v.pipe(
          v.array(v.picklist(OPENED)),
          v.description('What these keys do not open. A few of each are tried.'),
        ),
      }),
    ),
    v.description('Of each Worker. All need the same.'),
  ),
  missing_migrations: v.nullable(v.array(v.string())),
  queues: v.pipe(
    v.nullable(
      v.array(
        v.object({
          queue: v.picklist(QUEUE_NAMES),
          backlog: v.number(),
          oldest_at: v.nullable(v.string()),
        }),
      ),
    ),
    v.description(
      'What waits in each queue; null where one does not answer. In the dead letter queues is what the store refused for a day.',
    ),
  ),
  retrying: v.pipe(
    v.nullable(
      v.array(
        v.object({
          source: v.nullable(v.string()),
          reason: v.picklist(DEAD_REASONS),
          fault: v.pipe(v.nullable(v.string()), v.description('Class name of the error.')),
          messages: v.number(),
          since: v.pipe(v.string(), v.description('First failure of the oldest.')),
        }),
      ),
    ),
    v.description(
      `Messages that failed and wait for their next attempt; the backlog may not count them. Largest group first, of at most ${COUNTED_MAX} messages; null where the store is down.`,
    ),
  ),
  watch: v.pipe(
    v.nullable(WatchSchema),
    v.description('Null where the object that keeps incidents is down.'),
  ),
  growth: v.pipe(
    v.nullable(GrowthSchema),
    v.description('Of the store. Null where it is down, or lacks migrations.'),
  ),
  drills: v.pipe(v.nullable(DrillsSchema), v.description('Restore drills. Null where the registry is down.')),
  dead_letters: counted,
  quarantined: counted,
  findings: v.pipe(
    v.array(FindingSchema),
    v.description(
      `What is wrong, the most severe first, at most ${FINDINGS_MAX}. Incidents, the first page and \`postern doctor\` say the same.`,
    ),
  ),
  findings_left_out: v.pipe(v.number(), v.description('Findings beyond those.')),
})
export type Health = v.InferOutput<typeof HealthSchema>

export const healthRoutes = {
  getHealth: route({
    method: 'GET',
    path: '/api/health',
    summary: 'Whether all that Postern stands on is there, and what waits for a person.',
    role: 'viewer',
    answer: HealthSchema,
  }),
} as const
