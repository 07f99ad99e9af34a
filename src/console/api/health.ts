/** Health: whether all that the console stands on is there, and what waits. */
import * as v from 'valibot'
import { OPENED } from '../../platform/key-state.ts'
import { QUEUE_NAMES } from '../../platform/queues.ts'
import { toInstant } from '../../platform/time.ts'
import { DEAD_REASONS } from '../../store/dead-letters.ts'
import { COUNTED_MAX } from '../../store/state.ts'
import type { WatchStatus } from '../../watch/incidents/api.ts'
import { KEY_HOLDERS, PARTS, health as looked } from '../health.ts'
import { WATCH_PROBLEMS, watchProblems } from '../messages/watch.ts'
import { type Route, answer, route } from './route.ts'

const counted = v.pipe(
  v.nullable(v.number()),
  v.description(`At most ${COUNTED_MAX}; null where the store is down.`),
)

const WatchAnswer = v.object({
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
  problems: v.pipe(
    v.array(
      v.object({
        problem: v.picklist(WATCH_PROBLEMS),
        level: v.picklist(['note', 'wrong']),
        says: v.string(),
        todo: v.string(),
      }),
    ),
    v.description('Empty if the watch does its work.'),
  ),
})

const MINUTE_MS = 60_000
const minuteAt = (minute: number): string => toInstant(minute * MINUTE_MS)

const watchAnswer = (status: WatchStatus, nowMs: number): v.InferOutput<typeof WatchAnswer> => ({
  minute: status.minute === null ? null : minuteAt(status.minute),
  minutes_behind: status.minutesBehind,
  missed: status.missed,
  open_incidents: status.openIncidents,
  failing:
    status.failing === null
      ? null
      : { fault: status.failing.fault, since: toInstant(status.failing.sinceMs) },
  skipped:
    status.skipped === null
      ? null
      : { from: minuteAt(status.skipped.fromMinute), until: minuteAt(status.skipped.untilMinute) },
  problems: watchProblems(status, nowMs),
})

export const health: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/health',
    id: 'getHealth',
    summary: 'Whether all that Postern stands on is there, and what waits for a person.',
    role: 'viewer',
    answer: v.object({
      now: v.pipe(v.string(), v.description('By the clock of the Worker.')),
      gateway_url: v.pipe(v.string(), v.description('Empty where it is not set.')),
      parts: v.array(
        v.object({
          part: v.picklist(PARTS),
          fault: v.pipe(
            v.nullable(v.string()),
            v.description(
              'Null where it answers and takes what is written. `DatabaseFull` of a store at its largest size.',
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
        v.nullable(WatchAnswer),
        v.description('Null where the object that keeps incidents is down.'),
      ),
      dead_letters: counted,
      quarantined: counted,
    }),
    async handler(_input, context) {
      const { faults, store, backlogs, watching, keys } = await looked(context)
      return answer({
        now: toInstant(context.nowMs),
        gateway_url: context.gatewayUrl,
        parts: PARTS.map((part) => ({ part, fault: faults[part] ?? null })),
        master_keys: KEY_HOLDERS.map((worker) => ({
          worker,
          keys: keys[worker] === null ? null : [...keys[worker].keys],
          unreadable: [...(keys[worker]?.unreadable ?? [])],
        })),
        missing_migrations: store === null ? null : [...store.missing],
        queues:
          backlogs?.map(({ queue, messages, oldestMs }) => ({
            queue,
            backlog: messages,
            oldest_at: oldestMs === null ? null : toInstant(oldestMs),
          })) ?? null,
        retrying:
          store?.retrying.map(({ sinceMs, ...group }) => ({ ...group, since: toInstant(sinceMs) })) ?? null,
        watch: watching === null ? null : watchAnswer(watching, context.nowMs),
        dead_letters: store?.deadLetters ?? null,
        quarantined: store?.quarantined ?? null,
      })
    },
  }),
]
