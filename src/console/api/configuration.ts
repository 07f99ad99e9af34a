/** Handlers of the configuration. */
import * as v from 'valibot'
import { configurationRoutes } from '../../api/configuration.ts'
import { type Problem, problem } from '../../api/problem.ts'
import type { AnswerOf, BodyOf, Frozen } from '../../api/route.ts'
import { providerNamed } from '../../providers/index.ts'
import { DEFAULT_SETTINGS, type RetentionSettings } from '../../registry/retention/document.ts'
import type { NotApplied, OwnerChange, RetentionChange } from '../../registry/sources/configuration.ts'
import { defaultStrictness } from '../../registry/sources/default-strictness.ts'
import { type SourceConfig, SourceConfigSchema } from '../../registry/sources/document.ts'
import type { SourceView } from '../../registry/sources/source.ts'
import { may } from '../access/actor.ts'
import { channelDocument, notifyChannels } from '../channels.ts'
import { destinationDocument, notifyDestination, ownHosts } from '../destinations.ts'
import { wakeWatch } from '../incidents.ts'
import type { RequestContext } from '../request-context.ts'
import type { Planned } from '../messages/configuration.ts'
import { type Answer, REASON_NEEDED, answer, bindRoutes } from './route.ts'

export const configuration = bindRoutes(configurationRoutes, {
  getConfiguration: async (_input, context) => answer(await configurationAnswer(context)),
  applyConfiguration: ({ body }, context) => applyConfiguration(body, context),
})

/** All documents, for the API and the page. */
export async function configurationAnswer({
  registry,
  actor,
}: RequestContext): Promise<Frozen<AnswerOf<typeof configurationRoutes.getConfiguration>>> {
  const { version, sources, destinations, channels, retention } = await registry.configuration.read()
  return {
    version,
    sources: byName(sources, sourceDocument),
    ...(may(actor, 'operator') && {
      destinations: byName(destinations, destinationDocument),
      channels: byName(channels, channelDocument),
    }),
    // A registry of the version before has none.
    ...(retention ? { retention: retentionDocument(retention) } : {}),
  }
}

/** Plans or applies documents, for the API and the page. */
export async function applyConfiguration(
  body: BodyOf<typeof configurationRoutes.applyConfiguration>,
  context: RequestContext,
): Promise<Answer<Planned> | Problem> {
  const { registry, who, actor } = context
  const wanted = {
    sources: body.sources,
    destinations: body.destinations,
    channels: body.channels,
    retention: body.retention,
    ownHosts: ownHosts(context),
    prune: body.prune,
    expectedVersion: body.expected_version,
    dryRun: body.dry_run,
  }
  const isForAdmins = body.channels !== undefined || body.retention !== undefined
  if (isForAdmins && !body.dry_run && !may(actor, 'admin')) {
    const plan = await registry.configuration.apply({ ...wanted, dryRun: true }, who)
    if (!plan.ok) return refused(plan)
    if (plan.channelChanges.some(isChange)) return needsAdmin('channels')
    if (plan.retentionChange !== null && isChange(plan.retentionChange)) return needsAdmin('retention')
    wanted.expectedVersion = plan.version
  }
  const applied = await registry.configuration.apply(wanted, who)
  if (!applied.ok) return refused(applied)
  const { version, changes, destinationChanges, channelChanges, retentionChange, unreached } = applied
  if (!body.dry_run) {
    await wakeWatch(context)
    await wakeChanged(context, destinationChanges)
    if (channelChanges.some(isChange)) await notifyChannels(context)
  }
  return answer({
    version,
    changes,
    destination_changes: destinationChanges,
    channel_changes: channelChanges,
    retention_change: retentionChange ? retentionChangeAnswer(retentionChange) : null,
    unreached_guards: unreached,
  })
}

const byName = <T extends { readonly name: string }>(
  owners: readonly T[],
  documentOf: (owner: T) => Record<string, unknown>,
): Record<string, Record<string, unknown>> =>
  Object.fromEntries(owners.map((one) => [one.name, documentOf(one)]))

/**
 * The document of a source. Settings with their default are left out, so that a new setting changes no exported file. The default of the
 * level follows from the secrets: written, it would weaken a source that gets another secret later.
 */
function sourceDocument({ config, secrets }: SourceView): Record<string, unknown> {
  const defaults: Readonly<Record<string, unknown>> = v.parse(SourceConfigSchema, {
    provider: config.provider,
  })
  const slots = new Set(secrets.filter(({ state }) => state !== 'revoked').map(({ slot }) => slot))
  const strictness = strictnessOf(config, slots)
  const chosen = Object.entries(config).filter(([name, value]) =>
    name in strictness
      ? strictness[name] === true
      : name === 'provider' || JSON.stringify(value) !== JSON.stringify(defaults[name]),
  )
  const stored = [...slots].toSorted().map((slot) => [slot, { stored: true }] as const)
  return { ...Object.fromEntries(chosen), secrets: Object.fromEntries(stored) }
}

/** Whether the level, and what follows from it, is written. Of a level that is named, nothing is required. */
function strictnessOf(config: SourceConfig, slots: ReadonlySet<string>): Readonly<Record<string, boolean>> {
  const provider = providerNamed(config.provider)
  const derived = provider && defaultStrictness(provider, config, slots)
  const isDerived = derived?.level === config.level && derived.requireSourceIp === config.requireSourceIp
  return { level: !isDerived, requireSourceIp: !isDerived && config.requireSourceIp }
}

const isChange = ({ change }: OwnerChange): boolean => change !== 'unchanged' && change !== 'left'

const needsAdmin = (part: 'channels' | 'retention'): Problem =>
  problem(
    'role_too_low',
    `To change ${part} needs the role admin. Nothing was changed: leave out "${part}", or ask an admin.`,
  )

const retentionChangeAnswer = ({ isShortened, ...change }: RetentionChange) => ({
  ...change,
  is_shortened: isShortened,
})

/** Settings with their default are left out, so that a new kind changes no exported file. */
const retentionDocument = (settings: RetentionSettings): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(settings).filter(
      ([name, value]) =>
        JSON.stringify(value) !== JSON.stringify(DEFAULT_SETTINGS[name as keyof RetentionSettings]),
    ),
  )

async function wakeChanged(context: RequestContext, changes: readonly OwnerChange[]): Promise<void> {
  await Promise.all(changes.filter(isChange).map(({ name }) => notifyDestination(context, name)))
}

const refused = (why: NotApplied): Problem =>
  why.code === 'reason_needed'
    ? REASON_NEEDED
    : why.code === 'version_conflict'
      ? problem(
          'version_conflict',
          `The configuration has changed and is now at version ${why.version}. Nothing was changed: plan again.`,
        )
      : problem('configuration_invalid', 'The configuration cannot be applied. Nothing was changed.', {
          problems: why.problems,
        })
