/** The channel document, as an operator sends it to `/api/channels/<name>`. Names are those of the outside. */
import * as v from 'valibot'
import { CHANNEL_KINDS, type ChannelKind, adapterOf } from './index.ts'
import { type Setting, setting, settingsIn } from '../platform/settings.ts'
import { RESOURCE_NAME } from '../platform/resource-name.ts'
import { SEVERITIES } from '../watch/severity.ts'
import { isTimeZone } from './quiet-hours.ts'

const seconds = (max: number) => v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(max))

const DAY = 86_400

const wallTime = v.pipe(
  v.string(),
  v.regex(/^(?:[01][0-9]|2[0-3]):[0-5][0-9]$/, 'Must be a time such as 22:00.'),
)

const QUIET = { group: 'Quiet hours' }
const zone = v.pipe(v.string(), v.check(isTimeZone, 'Must be the name of a time zone such as Europe/Berlin.'))
const sourceNames = v.array(v.pipe(v.string(), v.regex(RESOURCE_NAME, 'Must be the name of a source.')))

const QuietHoursSchema = v.strictObject({
  from: setting(
    wallTime,
    'Quiet from',
    'Beginning of the quiet hours. What is due in them is sent after them, unless it is over by then.',
    { ...QUIET, unset: 'no quiet hours', example: '22:00' },
  ),
  to: setting(
    wallTime,
    'Quiet to',
    'End of the quiet hours; on the next day, if it is before the beginning.',
    { ...QUIET, example: '07:00' },
  ),
  time_zone: setting(zone, 'Time zone', 'Time zone of the quiet hours.', {
    ...QUIET,
    example: 'Europe/Berlin',
  }),
  except: setting(
    v.optional(v.picklist(SEVERITIES), 'critical'),
    'Not quiet from',
    'The minimum severity that is sent in quiet hours all the same.',
    QUIET,
  ),
})

/** The settings that all kinds have, with their defaults. */
export const COMMON = {
  minimum_severity: setting(
    v.optional(v.picklist(SEVERITIES), 'warning'),
    'Minimum severity',
    'Incidents below it are not sent.',
  ),
  grouping_seconds: setting(
    v.optional(seconds(3_600), 30),
    'Wait for others',
    'How long a new incident waits for others. They are sent together.',
    { offered: [0, 30, 60, 300, 900, 3_600], values: { 0: 'not at all' } },
  ),
  reminder_seconds: setting(
    v.optional(seconds(7 * DAY), 14_400),
    'Remind',
    'When an open incident that nobody has acknowledged is sent again. 0: never.',
    { offered: [0, 900, 3_600, 14_400, 43_200, DAY], values: { 0: 'never' } },
  ),
  quiet_hours: v.optional(QuietHoursSchema),
  paused: setting(
    v.optional(v.boolean(), false),
    'Paused',
    'Whether it is sent nothing. What is still open when it is resumed is sent then.',
  ),
  sources: setting(
    v.optional(v.pipe(sourceNames, v.minLength(1), v.maxLength(1_000))),
    'Sources',
    'Only incidents of these sources. With none: all, and those of the whole installation.',
    { unset: 'all' },
  ),
}

const CommonSchema = v.strictObject(COMMON)
export type CommonSettings = v.InferOutput<typeof CommonSchema>

/** All settings except secrets. Those of its kind are beside these, see the kind's file. */
export type ChannelConfig = CommonSettings & { readonly kind: ChannelKind }

/** Settings that a person can set: of one kind its own come first; of all kinds, the kind itself as well. */
export const channelSettings = (kind?: ChannelKind): readonly Setting[] =>
  kind === undefined
    ? settingsIn({
        kind: setting(v.picklist(CHANNEL_KINDS), 'Kind', 'What it is.'),
        ...COMMON,
        ...Object.assign({}, ...CHANNEL_KINDS.map((one) => adapterOf(one).entries)),
      })
    : settingsIn({ ...adapterOf(kind).entries, ...COMMON })

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
