/** Asks the console what a file would change, and prints it. */
import { configurationRoutes } from '../../api/configuration.ts'
import type { AnswerOf } from '../../api/route.ts'
import { visibleText } from '../../platform/visible.ts'
import type { Paint } from '../command.ts'
import type { Api } from '../connection/api.ts'
import { Stop } from '../stop.ts'
import type { ConfigurationFile } from './file.ts'

export type Planned = AnswerOf<typeof configurationRoutes.applyConfiguration>
type Change = Planned['changes'][number]

export interface Wish extends Pick<ConfigurationFile, 'sources' | 'destinations' | 'channels' | 'retention'> {
  readonly prune: boolean
  /** Null for a plan only; else the version that the plan was made against. */
  readonly applyAt: number | null
}

/** The console understands the file not at all, or some documents of it not. */
const INVALID = new Set(['body_invalid', 'configuration_invalid'])
/** Thousands of sources take longer than a call usually does. */
const DEADLINE_MS = 120_000

/** A file that the console does not understand is a usage error: 1 says that it differs. */
export const planned = (
  api: Api,
  { sources, destinations, channels, retention, prune, applyAt }: Wish,
  headers: Readonly<Record<string, string | undefined>> = {},
): Promise<Planned> =>
  api
    .call(configurationRoutes.applyConfiguration, {
      body: {
        sources,
        destinations,
        channels,
        retention,
        prune,
        dry_run: applyAt === null,
        expected_version: applyAt,
      },
      headers,
      deadlineMs: DEADLINE_MS,
      ...(applyAt === null ? {} : { once: true as const }),
    })
    .catch((cause: unknown) => {
      if (!(cause instanceof Stop) || !INVALID.has(cause.code)) throw cause
      throw new Stop('usage', cause.code, cause.message, cause.more)
    })

export const changesAnything = (plan: Planned): boolean =>
  allOf(plan).some(({ change }) => change !== 'unchanged' && change !== 'left')

export const removals = (plan: Planned): string[] =>
  allOf(plan)
    .filter(({ change }) => change === 'removed')
    .map(({ name }) => name)

/** Whether retention keeps less than before. */
export const shortensRetention = ({ retention_change: change }: Planned): boolean =>
  change?.is_shortened === true

/** Names of destinations and channels say what they are: a source may have the same name. */
const allOf = ({
  changes,
  destination_changes: destinations,
  channel_changes: channels,
  retention_change: retention,
}: Planned): Change[] => [
  ...changes,
  ...destinations.map((one) => ({ ...one, name: `destination ${one.name}` })),
  ...channels.map((one) => ({ ...one, name: `channel ${one.name}` })),
  // A console of the version before says nothing of it.
  ...(retention ? [retention] : []),
]

const MARKS = {
  created: ['+', 'green'],
  changed: ['~', 'yellow'],
  removed: ['-', 'red'],
} as const

/** One block for each source, destination and channel that changes, then how many do not. */
export function planLines(plan: Planned, paint: Paint): string[] {
  const changes = allOf(plan)
  const lines = changes.flatMap((one) => {
    if (one.change === 'unchanged' || one.change === 'left') return []
    const [mark, color] = MARKS[one.change]
    const details =
      one.change === 'removed' ? [] : [...one.settings.map(settingLine), ...one.secrets.map(secretLine)]
    return [
      paint(color, `${mark} ${visibleText(one.name)}  ${one.change}`),
      ...details.map((line) => `    ${line}`),
    ]
  })
  const count = (wanted: Change['change']) => changes.filter(({ change }) => change === wanted).length
  const left = changes.filter(({ change }) => change === 'left').map(({ name }) => visibleText(name))
  return [
    ...lines,
    `To create: ${count('created')}. To change: ${count('changed')}. To remove: ${count('removed')}. Unchanged: ${count('unchanged')}.`,
    ...(left.length === 0 ? [] : [`Not in the file, left as they are: ${left.join(', ')}.`]),
  ]
}

const settingLine = ({ path, before, after }: Change['settings'][number]): string =>
  visibleText(
    before === null
      ? `${path}: ${shownValue(after)}`
      : `${path}: ${shownValue(before)} → ${shownValue(after)}`,
  )

const secretLine = ({ slot, version, before, after }: Change['secrets'][number]): string =>
  visibleText(`secret ${slot}/${version}: ${before === null ? 'new' : before} → ${after ?? 'gone'}`)

const shownValue = (value: unknown): string => (value === null ? 'default' : JSON.stringify(value))
