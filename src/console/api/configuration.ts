/** Handlers of the configuration. */
import * as v from 'valibot'
import { configurationRoutes } from '../../api/configuration.ts'
import type { PolicyPlanned } from '../../api/policy.ts'
import { type Problem, problem } from '../../api/problem.ts'
import type { AnswerOf, BodyOf, Frozen } from '../../api/route.ts'
import { providerNamed } from '../../providers/index.ts'
import { DEFAULT_SETTINGS, type RetentionSettings } from '../../registry/retention/document.ts'
import type { NotApplied, OwnerChange, RetentionChange } from '../../registry/sources/configuration.ts'
import { defaultStrictness } from '../../registry/sources/default-strictness.ts'
import { type SourceConfig, SourceConfigSchema } from '../../registry/sources/document.ts'
import type { SourceView } from '../../registry/sources/source.ts'
import { readPolicy } from '../../store/policy/document.ts'
import { readPolicyInForce } from '../../store/policy/take.ts'
import { may } from '../access/actor.ts'
import { channelDocument, notifyChannels } from '../channels.ts'
import { destinationDocument, notifyDestination, ownHosts } from '../destinations.ts'
import { notifyEspAccount } from '../esp-accounts.ts'
import { wakeWatch } from '../incidents.ts'
import { plannedPolicy, takePolicy } from '../policy.ts'
import { type RequestContext, answered } from '../request-context.ts'
import type { Planned } from '../messages/configuration.ts'
import { type Answer, REASON_NEEDED, answer, bindRoutes } from './route.ts'

export const configuration = bindRoutes(configurationRoutes, {
  getConfiguration: async (_input, context) => answer(await configurationAnswer(context)),
  applyConfiguration: ({ body }, context) => applyConfiguration(body, context),
})

/** All documents, for the API and the page. */
export async function configurationAnswer(
  context: RequestContext,
): Promise<Frozen<AnswerOf<typeof configurationRoutes.getConfiguration>>> {
  const { registry, store, actor } = context
  const [{ version, sources, destinations, channels, retention }, policy] = await Promise.all([
    registry.configuration.read(),
    answered(context, 'policy', () => readPolicyInForce(store)),
  ])
  return {
    version,
    sources: byName(sources, sourceDocument),
    ...(may(actor, 'operator') && {
      destinations: byName(destinations, destinationDocument),
      channels: byName(channels, channelDocument),
    }),
    // A registry of the version before has none.
    ...(retention ? { retention: retentionDocument(retention) } : {}),
    ...(policy !== undefined && policy.version > 0 ? { policy: policy.policy } : {}),
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
  const policy = body.policy === undefined ? undefined : readPolicy(body.policy)
  if (policy?.ok === false) {
    const plan = await registry.configuration.apply({ ...wanted, dryRun: true }, who)
    const others = !plan.ok && plan.code === 'configuration_invalid' ? plan.problems : []
    const problems = policy.problems.map(({ path, problem }) => ({
      path: path === '' ? 'policy' : `policy.${path}`,
      problem,
    }))
    return refused({ ok: false, code: 'configuration_invalid', problems: [...others, ...problems] })
  }
  const policyPlan = policy && (await plannedPolicy(context, policy.policy))
  if (policyPlan?.is_unchanged === false && !body.dry_run) {
    if (!may(actor, 'admin')) return needsAdmin('policy')
    if (policyPlan.needs_confirmation) return CONFIRM_POLICY
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
    if (policy && policyPlan?.is_unchanged === false) {
      const taken = await takePolicy(context, policy.policy, policyPlan.version, true)
      if (!taken.ok) return POLICY_CONFLICT
    }
    await wakeWatch(context)
    await wakeChanged(context, changes, destinationChanges)
    if (channelChanges.some(isChange)) await notifyChannels(context)
  }
  return answer({
    version,
    changes,
    destination_changes: destinationChanges,
    channel_changes: channelChanges,
    retention_change: retentionChange ? retentionChangeAnswer(retentionChange) : null,
    policy_change: policyPlan ? policyChangeAnswer(policyPlan) : null,
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

const needsAdmin = (part: 'channels' | 'retention' | 'policy'): Problem =>
  problem(
    'role_too_low',
    `To change ${part} needs the role admin. Nothing was changed: leave out "${part}", or ask an admin.`,
  )

const retentionChangeAnswer = ({ isShortened, ...change }: RetentionChange) => ({
  ...change,
  is_shortened: isShortened,
})

const CONFIRM_POLICY = problem(
  'confirmation_needed',
  'The policy would suppress, or no longer suppress, more than a twentieth of the people. Nothing was changed: take it with postern policy set, which shows how many and asks.',
)

const POLICY_CONFLICT = problem(
  'version_conflict',
  'Somebody has taken another policy meanwhile. All else is applied: plan again.',
)

const policyChangeAnswer = ({ is_unchanged: isUnchanged, on, off, is_more: isMore }: PolicyPlanned) => ({
  name: 'policy',
  change: isUnchanged ? ('unchanged' as const) : ('changed' as const),
  settings: isUnchanged
    ? []
    : [
        { path: `people who come on the list${isMore ? ', at least' : ''}`, before: null, after: on },
        { path: `people who go off it${isMore ? ', at least' : ''}`, before: null, after: off },
      ],
  secrets: [],
})

/** Settings with their default are left out, so that a new kind changes no exported file. */
const retentionDocument = (settings: RetentionSettings): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(settings).filter(
      ([name, value]) =>
        JSON.stringify(value) !== JSON.stringify(DEFAULT_SETTINGS[name as keyof RetentionSettings]),
    ),
  )

async function wakeChanged(
  context: RequestContext,
  sources: readonly OwnerChange[],
  destinations: readonly OwnerChange[],
): Promise<void> {
  await Promise.all([
    ...sources.filter(isChange).map(({ name }) => notifyEspAccount(context, name)),
    ...destinations.filter(isChange).map(({ name }) => notifyDestination(context, name)),
  ])
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
