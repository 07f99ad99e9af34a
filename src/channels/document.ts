/** The channel document, as an operator sends it to `/api/channels/<name>`. Names are those of the outside. */
import * as v from 'valibot'
import { CHANNEL_KINDS, type ChannelKind, adapterOf } from './index.ts'
import { RESOURCE_NAME } from '../platform/resource-name.ts'
import { SEVERITIES } from '../watch/severity.ts'
import { isTimeZone } from './quiet-hours.ts'

const seconds = (max: number) => v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(max))

const DAY = 86_400

const wallTime = v.pipe(
  v.string(),
  v.regex(/^(?:[01][0-9]|2[0-3]):[0-5][0-9]$/, 'Must be a time such as 22:00.'),
)

const QuietHoursSchema = v.strictObject({
  from: wallTime,
  to: v.pipe(wallTime, v.description('On the next day, if it is before from.')),
  time_zone: v.pipe(
    v.string(),
    v.check(isTimeZone, 'Must be the name of a time zone such as Europe/Berlin.'),
  ),
  except: v.pipe(
    v.optional(v.picklist(SEVERITIES), 'critical'),
    v.description('The least severity that is sent all the same.'),
  ),
})

/** The settings that all kinds have, with their defaults. */
export const COMMON = {
  minimum_severity: v.pipe(
    v.optional(v.picklist(SEVERITIES), 'warning'),
    v.description('Incidents below it are not sent.'),
  ),
  grouping_seconds: v.pipe(
    v.optional(seconds(3_600), 30),
    v.description('How long a new incident waits for others. They are sent together.'),
  ),
  reminder_seconds: v.pipe(
    v.optional(seconds(7 * DAY), 14_400),
    v.description('When an open incident that nobody has acknowledged is sent again. 0: never.'),
  ),
  quiet_hours: v.pipe(
    v.optional(QuietHoursSchema),
    v.description('What is due in these hours is sent after them, unless it is over by then.'),
  ),
  paused: v.pipe(
    v.optional(v.boolean(), false),
    v.description('Whether it is sent nothing. What is still open when it is resumed is sent then.'),
  ),
  sources: v.pipe(
    v.optional(
      v.pipe(
        v.array(v.pipe(v.string(), v.regex(RESOURCE_NAME, 'Must be the name of a source.'))),
        v.minLength(1),
        v.maxLength(1_000),
      ),
    ),
    v.description('Only incidents of these sources. With none: all, and those of the whole installation.'),
  ),
}

const CommonSchema = v.strictObject(COMMON)
export type CommonSettings = v.InferOutput<typeof CommonSchema>

/** All settings except secrets. Those of its kind are beside these, see the kind's file. */
export type ChannelConfig = CommonSettings & { readonly kind: ChannelKind }

/** The form of a document of one kind. `secrets` is checked on its own, see `read-document.ts`. */
export const formOf = (kind: ChannelKind) =>
  v.strictObject({
    kind: v.literal(kind),
    ...COMMON,
    ...adapterOf(kind).entries,
    secrets: v.optional(v.unknown()),
  })

const stored = v.strictObject({ stored: v.literal(true) })

/** A whole document, for readers. */
export const ChannelDocumentSchema = v.union(
  CHANNEL_KINDS.map((kind) =>
    v.strictObject({
      ...formOf(kind).entries,
      secrets: v.optional(
        v.strictObject(
          Object.fromEntries(
            Object.entries(adapterOf(kind).secrets).map(([slot, { description }]) => [
              slot,
              v.pipe(v.optional(v.union([v.string(), stored])), v.description(description)),
            ]),
          ),
        ),
      ),
    }),
  ),
)
