/** Which events a destination or a replay asks for: by type, by source, and by conditions on the event's fields. */
import * as v from 'valibot'
import { setting } from '../../platform/settings.ts'
import { RESOURCE_NAME } from '../../platform/resource-name.ts'
import { EVENT_TYPES, type MailEvent } from '../mail-event.ts'
import { conditionOf } from './conditions.ts'

/** As long as a source's name may be, in the same letters. */
export const SOURCES_MAX = 100

/** The outside form. It says nothing of the conditions: `filterProblems` checks a whole document. */
export const FilterSchema = v.strictObject({
  types: setting(
    v.optional(v.pipe(v.array(v.picklist(EVENT_TYPES)), v.minLength(1))),
    'Types',
    'Only events of these types.',
    { unset: 'all', flag: 'types' },
  ),
  sources: setting(
    v.optional(
      v.pipe(v.array(v.pipe(v.string(), v.regex(RESOURCE_NAME))), v.minLength(1), v.maxLength(SOURCES_MAX)),
    ),
    'Sources',
    'Only events of these sources.',
    { unset: 'all, also those that are added later', flag: 'sources' },
  ),
  where: setting(
    v.optional(v.record(v.string(), v.unknown())),
    'Conditions',
    'Conditions on the fields of the event, all of which must hold. Nested objects reach into metadata. A list contains a value. ' +
      'Operators: $eq, $neq, $gt, $gte, $lt, $lte, $in, $nin, $startsWith, $endsWith, $exist, $not, $or, $and.',
    { unset: 'none', flag: 'where', example: '{"bounce_type": "hard"}' },
  ),
})
export type Filter = v.InferOutput<typeof FilterSchema>

/**
 * Compiles a filter without problems into the test that an event must pass. An empty filter lets every event pass. The test never throws;
 * its work is bounded by the number of conditions times the size of the event.
 *
 * The filter sees the whole event. It runs inside Postern, before a destination's `personal` setting removes anything, so a
 * condition may name the recipient even if the destination is not told who it is.
 *
 * @throws Error for an operator that this version does not know: a later version saved the filter. To guess would send too much or skip.
 */
export function eventFilter({ types, sources, where }: Filter): (event: MailEvent) => boolean {
  const wantedTypes = types && new Set<string>(types)
  const wantedSources = sources && new Set(sources)
  const holds = where && conditionOf(where)
  return (event) =>
    wantedTypes?.has(event.type) !== false &&
    wantedSources?.has(event.source) !== false &&
    holds?.(event) !== false
}
