/** Findings that are no incidents. To add one: a row in the table below, and its name in `src/watch/names.ts`. */
import { FRESHNESS } from '../../providers/freshness.ts'
import { MINUTE_MS, toInstant } from '../../platform/time.ts'
import type { SlotRotation } from '../../registry/rotation/secret-version.ts'
import { refusesEverything } from '../../registry/sources/refuses-everything.ts'
import { MINUTES_A_DAY, sentence } from '../patterns/pattern.ts'
import { type NotedFacts, REFUSED_IN_A_ROW_MIN, type SourceFact } from './facts.ts'
import type { NotedPattern } from './operation-pattern.ts'

const QUIET_MINUTES = 7 * MINUTES_A_DAY
/** The first six tries of a message take about ten minutes: a dependency that was down for a moment needs nobody. */
const RETRIED_MINUTES = 10
/** A single failure is followed by a success, mostly; an endpoint that restarts fails for a while. */
const FAILING_INFO_MINUTES = 1
const BLOCKED_WARNING_MINUTES = 15
const RESTORED_TOLD_MINUTES = 7 * MINUTES_A_DAY
/** Minutes are watched ten seconds after their end, and a run that fails is repeated within a minute. */
const BEHIND_MINUTES = 5
/** Long enough for somebody who looks once a day. */
const SKIPPED_TOLD_MINUTES = 2 * MINUTES_A_DAY
/** Weeks in which both systems are compared. Then somebody may have forgotten it. */
const OBSERVED_DAYS = 28
/** ESPs change their payloads. */
const STALE_DAYS = 180

const CURE: Readonly<Record<string, string>> = {
  version_unknown:
    'A newer gateway made them: deploy the consumer of the same version, npm run deploy. They are then stored by themselves.',
  key_version_unknown: 'Give the consumer the MASTER_KEY of the gateway. They are then stored by themselves.',
}

const minuteOf = (instant: string): number => Math.floor(Date.parse(instant) / MINUTE_MS)
/** Since when nothing came. */
const quietSince = ({ lastMs, view }: SourceFact): number =>
  Math.floor((lastMs ?? view.createdAtMs) / MINUTE_MS)

/** Fixes the type of a row's fact. */
const noted = <Fact>(pattern: NotedPattern<Fact>): NotedPattern => pattern
const ofSource = (find: NotedPattern<SourceFact>['find'], kind: string): NotedPattern =>
  noted<SourceFact>({ kind, factsOf: ({ sources }) => sources, find })

const aboutSource = ({ view: { name } }: SourceFact) => ({ subject: name, source: name })

export const NOTED_PATTERNS: readonly NotedPattern[] = [
  ofSource((fact) => {
    const refuses = refusesEverything(fact.view)
    if (refuses === null) return undefined
    return {
      ...aboutSource(fact),
      severity: 'error',
      fromMinute: Math.floor(fact.view.createdAtMs / MINUTE_MS),
      evidence: `${fact.view.name}: ${refuses.explanation.replace(/\.$/, '')}`,
      todo: refuses.remedy,
    }
  }, 'source_closed'),
  ofSource((fact) => {
    const { lastMs, refused, view } = fact
    const { name } = view
    // Nothing tells here what came to a source that observes.
    if (view.config.observe || view.missingSecrets !== null || refused.count === 0) return undefined
    // A source that never had an event is being set up: then one refusal is worth a look.
    if (lastMs !== null && refused.count < REFUSED_IN_A_ROW_MIN) return undefined
    const fromMinute = quietSince(fact)
    return {
      ...aboutSource(fact),
      severity: 'warning',
      fromMinute,
      evidence: `every delivery of ${name} since ${toInstant(fromMinute * MINUTE_MS)} was refused: ${refused.count}, mostly ${refused.code.replaceAll('_', ' ')}`,
      todo: `postern refusals list --source ${name} shows them with what to do. To see one: postern capture ${name}, then postern verify.`,
    }
  }, 'source_refused'),
  ofSource((fact, minute) => {
    const { lastMs, refused, view } = fact
    const fromMinute = quietSince(fact)
    if (view.config.observe || view.missingSecrets !== null || refused.count > 0) return undefined
    if (lastMs !== null && minute - fromMinute < QUIET_MINUTES) return undefined
    const since = toInstant(fromMinute * MINUTE_MS)
    return {
      ...aboutSource(fact),
      severity: 'info',
      fromMinute,
      evidence: `no event of ${view.name} ${lastMs === null ? `since it was made at ${since}` : `came since ${since}`}`,
      todo: `Is its webhook URL entered at the ESP? postern sources show ${view.name} has it.`,
    }
  }, 'source_quiet'),
  ofSource((fact, minute) => {
    const { name, config, updatedAtMs } = fact.view
    const fromMinute = Math.floor(updatedAtMs / MINUTE_MS)
    const days = Math.floor((minute - fromMinute) / MINUTES_A_DAY)
    if (!config.observe || days < OBSERVED_DAYS) return undefined
    return {
      ...aboutSource(fact),
      severity: 'info',
      fromMinute,
      evidence: `${name} only observes for ${days} days or longer: nothing of it is stored`,
      todo: `If all is as expected: postern sources set ${name} --observe no. Events are stored from then on.`,
    }
  }, 'source_observes'),
  noted<SourceFact & { readonly rotation: SlotRotation }>({
    kind: 'secret_waits',
    factsOf: ({ sources }) =>
      sources.flatMap((one) => one.view.rotations.map((rotation) => ({ ...one, rotation }))),
    find({ rotation: { slot, state, problem }, view: { name } }, minute) {
      const about = { subject: `${name} ${slot}`, source: name, fromMinute: minute }
      if (state === 'waiting')
        return {
          ...about,
          severity: 'info',
          evidence: `a new secret ${slot} of ${name} is made, and nobody has fetched it`,
          todo: `postern secrets link ${name} ${slot} VERSION makes a link for whoever runs the sender.`,
        }
      if (state !== 'installing' || problem === null) return undefined
      return {
        ...about,
        severity: 'warning',
        evidence: `the ESP has not taken the new secret ${slot} of ${name}: ${problem}`,
        todo: `It is tried again by itself; postern secrets list ${name} shows it.`,
      }
    },
  }),
  noted<{ readonly provider: string; readonly names: readonly string[] }>({
    kind: 'provider_stale',
    factsOf: ({ sources }) =>
      [...Map.groupBy(sources, ({ view }) => view.config.provider)].map(([provider, of]) => ({
        provider,
        names: of.map(({ view }) => view.name),
      })),
    find({ provider, names }, minute) {
      const lookedOn = FRESHNESS[provider]?.lookedOn
      if (lookedOn === undefined || minute - minuteOf(lookedOn) <= STALE_DAYS * MINUTES_A_DAY)
        return undefined
      return {
        subject: provider,
        severity: 'info',
        fromMinute: minuteOf(lookedOn),
        evidence: `this version knows ${provider} as it was on ${lookedOn} (${names.length} of the sources)`,
        todo: 'Upgrade Postern: a newer version may know what the ESP has changed since.',
      }
    },
  }),
  noted<NotedFacts['retrying'][number]>({
    kind: 'messages_retried',
    factsOf: ({ retrying }) => retrying,
    find({ source, reason, fault, messages, sinceMs }, minute) {
      const fromMinute = Math.floor(sinceMs / MINUTE_MS)
      const isLong = minute - fromMinute >= RETRIED_MINUTES
      const of = source === null ? 'messages without a source' : `messages of ${source}`
      return {
        subject: of,
        ...(source !== null && { source }),
        severity: isLong ? 'warning' : 'info',
        fromMinute,
        evidence: sentence`${messages} ${of} are being retried (${reason}${fault === null ? '' : `: ${fault}`}), the oldest since ${toInstant(sinceMs)}`,
        todo:
          CURE[reason] ??
          'They are tried again by themselves. npx wrangler tail postern-consumer shows message_retried with the fault.',
      }
    },
  }),
  noted<number>({
    kind: 'quarantined',
    factsOf: ({ quarantined }) => [quarantined],
    find(items, minute) {
      if (items === 0) return undefined
      return {
        subject: 'the quarantine',
        severity: 'info',
        fromMinute: minute,
        evidence: `${items} or more authentic deliveries were not understood`,
        todo: 'postern quarantine list shows them. An upgrade may read them: then postern quarantine replay.',
      }
    },
  }),
  noted<NotedFacts['statuses'][number]>({
    kind: 'destination_note',
    factsOf: ({ statuses }) => statuses,
    find({ name, status }, minute) {
      const { state, failing_since: failing, blocked_since: blocked, store_restored_at: restored } = status
      const told = (severity: 'info' | 'warning', fromMinute: number, evidence: string, todo: string) => ({
        subject: name,
        severity,
        fromMinute,
        evidence,
        todo,
      })
      const attempts = `postern destinations attempts ${name} shows what the endpoint answered.`
      if (state === 'paused')
        return told(
          'info',
          minute,
          `${name} is paused: events wait in the store`,
          `postern destinations resume ${name}, before old events are removed from the store.`,
        )
      if (
        state === 'circuit_open' ||
        (failing !== null && minute - minuteOf(failing) >= FAILING_INFO_MINUTES)
      )
        return told(
          'info',
          failing === null ? minute : minuteOf(failing),
          state === 'circuit_open'
            ? `most attempts of ${name} failed: only a probe is sent now and then`
            : `the latest attempts of ${name} failed`,
          attempts,
        )
      if (blocked !== null && minute - minuteOf(blocked) >= FAILING_INFO_MINUTES)
        return told(
          minute - minuteOf(blocked) >= BLOCKED_WARNING_MINUTES ? 'warning' : 'info',
          minuteOf(blocked),
          `an event of ${name} fails since ${blocked}: later ones of its message and recipient wait behind it`,
          `postern destinations waiting ${name} shows it; postern destinations skip ${name} ID gives it up.`,
        )
      if (restored !== null && minute - minuteOf(restored) <= RESTORED_TOLD_MINUTES)
        return told(
          'info',
          minuteOf(restored),
          `${name} noticed at ${restored} that the database was restored to an earlier time, and goes on with what was stored since`,
          `What was stored before and not sent is gone. To send again what is there: postern destinations replay ${name} --since TIME.`,
        )
      if (status.missed > 0)
        return told(
          'info',
          minute,
          sentence`${status.missed} events were removed from the store before ${name} was sent them`,
          'Mend an endpoint, or resume it, before you remove old events from the store.',
        )
      return undefined
    },
  }),
  noted<NonNullable<NotedFacts['addressService']>>({
    kind: 'address_service',
    factsOf: ({ addressService }) => (addressService === null ? [] : [addressService]),
    find({ settings: { service }, failure, failedAtMs }) {
      // All else that it answers passes by itself.
      if (service === null || (failure !== 'key_refused' && failure !== 'no_credit')) return undefined
      return {
        subject: service,
        severity: 'warning',
        fromMinute: Math.floor(failedAtMs / MINUTE_MS),
        evidence: `${service} ${failure === 'no_credit' ? 'has no credit left' : 'refuses the key, or the plan of its account'}, so it verifies no addresses`,
        todo: `Mend it there, or set another key: postern addresses use ${service}. It is asked again within the hour.`,
      }
    },
  }),
  noted<NotedFacts['watch']>({
    kind: 'watch_behind',
    factsOf: ({ watch }) => [watch],
    find({ minutesBehind, failing, skipped }, minute) {
      const log =
        'npx wrangler tail postern-consumer shows reader_failed of the reader watch, with the fault.'
      if (minutesBehind > BEHIND_MINUTES)
        return {
          subject: 'the watch',
          severity: 'warning',
          fromMinute: minute - minutesBehind,
          evidence: `the watch is ${minutesBehind} min behind, so incidents are found late${failing === null ? '' : ` (${failing.fault})`}`,
          todo: `If it does not catch up within minutes: ${log} No minute is left out unless it lasts for hours.`,
        }
      if (skipped === null || minute - skipped.untilMinute > SKIPPED_TOLD_MINUTES) return undefined
      const [from, until] = [skipped.fromMinute, skipped.untilMinute].map((one) => toInstant(one * MINUTE_MS))
      return {
        subject: 'the watch',
        severity: 'info',
        fromMinute: skipped.fromMinute,
        evidence: `the watch had stood still for hours and left out the time from ${from} until ${until}`,
        todo: 'No incident of that time was found: look at refusals and events of it.',
      }
    },
  }),
]
