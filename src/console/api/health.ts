/** Health: whether all that the console stands on is there, and what waits. */
import * as v from 'valibot'
import { toInstant } from '../../platform/time.ts'
import { DEAD_REASONS } from '../../store/dead-letters.ts'
import { COUNTED_MAX } from '../../store/state.ts'
import { PARTS, health as looked } from '../health.ts'
import { type Route, answer, route } from './route.ts'

const counted = v.pipe(
  v.nullable(v.number()),
  v.description(`At most ${COUNTED_MAX}; null where the store is down.`),
)

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
          fault: v.pipe(v.nullable(v.string()), v.description('Null where it answers.')),
        }),
      ),
      master_key_versions: v.pipe(v.array(v.number()), v.description('Newest first.')),
      missing_migrations: v.nullable(v.array(v.string())),
      queue: v.nullable(v.object({ backlog: v.number(), oldest_at: v.nullable(v.string()) })),
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
      dead_letters: counted,
      quarantined: counted,
    }),
    async handler(_input, context) {
      const { faults, store, backlog } = await looked(context)
      return answer({
        now: toInstant(context.nowMs),
        gateway_url: context.gatewayUrl,
        parts: PARTS.map((part) => ({ part, fault: faults[part] ?? null })),
        master_key_versions: [...context.inspected.masterVersions],
        missing_migrations: store === null ? null : [...store.missing],
        queue:
          backlog === null
            ? null
            : {
                backlog: backlog.count,
                oldest_at: backlog.oldestAtMs === null ? null : toInstant(backlog.oldestAtMs),
              },
        retrying:
          store?.retrying.map(({ sinceMs, ...group }) => ({ ...group, since: toInstant(sinceMs) })) ?? null,
        dead_letters: store?.deadLetters ?? null,
        quarantined: store?.quarantined ?? null,
      })
    },
  }),
]
