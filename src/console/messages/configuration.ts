/** A plan of the configuration in words, for the command line and the page. */
import type { configurationRoutes } from '../../api/configuration.ts'
import type { AnswerOf, Frozen } from '../../api/route.ts'

export type Planned = Frozen<AnswerOf<typeof configurationRoutes.applyConfiguration>>
export type Change = Planned['changes'][number]

/** Names of destinations and channels say what they are: a source may have the same name. */
const allOf = ({
  changes,
  destination_changes: destinations,
  channel_changes: channels,
  retention_change: retention,
  policy_change: policy,
}: Planned): Change[] => [
  ...changes,
  ...destinations.map((one) => ({ ...one, name: `destination ${one.name}` })),
  ...channels.map((one) => ({ ...one, name: `channel ${one.name}` })),
  // A console of the version before says nothing of it.
  ...(retention ? [retention] : []),
  ...(policy ? [policy] : []),
]

export const changesIn = (plan: Planned): (Change & { change: 'created' | 'changed' | 'removed' })[] =>
  allOf(plan).flatMap((one) =>
    one.change === 'unchanged' || one.change === 'left' ? [] : [{ ...one, change: one.change }],
  )

export const removals = (plan: Planned): string[] =>
  allOf(plan)
    .filter(({ change }) => change === 'removed')
    .map(({ name }) => name)

/** Whether retention keeps less than before. */
export const shortensRetention = ({ retention_change: change }: Planned): boolean =>
  change?.is_shortened === true

/** How many are changed, and what stays. */
export function summaryLines(plan: Planned): string[] {
  const changes = allOf(plan)
  const count = (wanted: Change['change']) => changes.filter(({ change }) => change === wanted).length
  const left = changes.filter(({ change }) => change === 'left').map(({ name }) => name)
  return [
    `To create: ${count('created')}. To change: ${count('changed')}. To remove: ${count('removed')}. Unchanged: ${count('unchanged')}.`,
    ...(left.length === 0 ? [] : [`Not in the file, left as they are: ${left.join(', ')}.`]),
  ]
}

/** Settings and secrets that differ; nothing of what is removed. */
export const detailLines = ({ change, settings, secrets }: Change): string[] =>
  change === 'removed' ? [] : [...settings.map(settingLine), ...secrets.map(secretLine)]

const settingLine = ({ path, before, after }: Change['settings'][number]): string =>
  before === null ? `${path}: ${shownValue(after)}` : `${path}: ${shownValue(before)} → ${shownValue(after)}`

const secretLine = ({ slot, version, before, after }: Change['secrets'][number]): string =>
  `secret ${slot}/${version}: ${before === null ? 'new' : before} → ${after ?? 'gone'}`

const shownValue = (value: unknown): string => (value === null ? 'default' : JSON.stringify(value))
