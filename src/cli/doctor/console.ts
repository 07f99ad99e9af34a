/** The console and all that it stands on, as its health says. */
import { type Health, healthRoutes } from '../../api/health.ts'
import { DATABASE_FULL } from '../../platform/log.ts'
import { DEAD_LETTER_QUEUES } from '../../platform/queues.ts'
import type { Api } from '../connection/api.ts'
import { type WorkerKeys, keyProblem } from '../key-problem.ts'
import { bytesText } from '../../platform/bytes-text.ts'
import { Stop } from '../stop.ts'
import { type Finding, note, ok, wrong } from './finding.ts'

/** The clocks of sender and Worker decide whether a signature is fresh. */
const SKEW_MAX_SECONDS = 30
/** A consumer that works takes a message within seconds. */
const WAITING_MAX_SECONDS = 600
const BACKLOG_MAX = 10_000

/** The answer of the health route, or the finding that there is none. */
export async function consoleHealth(api: Api): Promise<Health | Finding> {
  try {
    return await api.call(healthRoutes.getHealth)
  } catch (cause) {
    if (!(cause instanceof Stop)) throw cause
    return wrong(
      'console',
      cause.message,
      ADVICE[cause.code] ?? 'Look at the log of the console: npx wrangler tail postern-console.',
    )
  }
}

const ADVICE: Readonly<Record<string, string>> = {
  not_reached: 'Check the URL, and whether the console is deployed: npm run deploy.',
  token_wrong: 'Get a token from an administrator, and run postern login.',
  token_revoked: 'Get another token from an administrator, and log in anew: postern login.',
  token_expired: 'Get another token from an administrator, and log in anew: postern login.',
  token_missing: 'Run postern login.',
  not_set_up:
    'Set what it names, with npx wrangler secret put or in src/console/wrangler.toml, and deploy again.',
  scope_too_narrow: 'Examine with a token that is not for some sources alone.',
}

/** @param nowMs by the clock of this machine, when the answer came */
export function healthFindings(health: Health, nowMs: number): Finding[] {
  return [
    ok('console', 'It answers, and knows the token.'),
    clock('clock of the console', Date.parse(health.now), nowMs),
    ...health.parts.map(({ part, fault }) =>
      fault === null ? ok(part, 'It answers.') : partFinding(part, fault),
    ),
    ...masterKeys(health.master_keys),
    ...migrations(health.missing_migrations),
    ...(health.queues ?? []).map((one) => queueFinding(one, nowMs)),
    ...retrying(health.retrying, nowMs),
    ...growth(health.growth),
    ...watching(health.watch),
    ...drills(health.drills),
    ...waiting(health),
  ]
}

export function clock(part: string, thereMs: number, hereMs: number): Finding {
  const seconds = Math.round((thereMs - hereMs) / 1_000)
  if (Number.isNaN(seconds)) return note(part, 'It tells no time.')
  return Math.abs(seconds) <= SKEW_MAX_SECONDS
    ? ok(part, `It differs from this machine's by ${Math.abs(seconds)} s.`)
    : wrong(
        part,
        `It is ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} this machine's.`,
        "Set this machine's clock by NTP: Cloudflare's is right.",
      )
}

function masterKeys(workers: readonly WorkerKeys[]): Finding[] {
  const problem = keyProblem(workers)
  if (problem !== null)
    return [wrong('master key', problem, 'docs/emergencies.md#the-master-key-does-not-fit says what to do.')]
  const [first] = workers
  const keys = first?.keys ?? []
  return keys.length === 1
    ? [ok('master key', `${keys.join()} opens what is stored.`)]
    : [
        note(
          'master key',
          `${keys.join(', ')}: the first seals, the others still open what they sealed.`,
          'npm run rotate-master-key goes on, and removes the old key in the end.',
        ),
      ]
}

function migrations(missing: readonly string[] | null): Finding[] {
  if (missing === null) return []
  return missing.length === 0
    ? [ok('migrations', 'The database has all of them.')]
    : [wrong('migrations', `The database lacks ${missing.join(', ')}.`, 'npm run deploy applies them.')]
}

const partFinding = (part: string, fault: string): Finding =>
  fault === DATABASE_FULL
    ? wrong(
        part,
        'It is full: nothing that is accepted can be stored. It waits in the queues, for 14 days at most.',
        'Make room or raise the limit: docs/deploying.md, "If the store takes nothing". What waits is stored by itself afterwards.',
      )
    : wrong(
        part,
        `It does not answer, or takes nothing (${fault}).`,
        'Check the binding in src/console/wrangler.toml, the status of Cloudflare, and npx wrangler tail postern-consumer.',
      )

function queueFinding(
  { queue, backlog, oldest_at: oldest }: NonNullable<Health['queues']>[number],
  nowMs: number,
): Finding {
  const seconds = oldest === null ? 0 : Math.round((nowMs - Date.parse(oldest)) / 1_000)
  const says = `${backlog} messages wait${oldest === null ? '' : `, the oldest for ${seconds} s`}.`
  const part = `queue ${queue}`
  if (DEAD_LETTER_QUEUES.has(queue) && backlog > 0)
    return wrong(
      part,
      `${says} The store refused them for hours; they are lost when the queue no longer keeps them.`,
      'Remove what keeps the store from taking them: they are stored by themselves within four hours. npx wrangler tail postern-consumer shows the fault.',
    )
  return seconds > WAITING_MAX_SECONDS || backlog > BACKLOG_MAX
    ? wrong(part, says, 'Look at the consumer: npx wrangler tail postern-consumer.')
    : ok(part, says)
}

/** Remedies for failures that a deployment cures. Such messages are tried for a day, and are then dead letters. */
const CURE: Readonly<Record<string, string>> = {
  version_unknown:
    'A newer gateway made them: deploy the consumer of the same version, npm run deploy. They are then stored by themselves.',
  key_version_unknown: 'Give the consumer the MASTER_KEY of the gateway. They are then stored by themselves.',
}

/** A dependency that was down for a moment needs nobody: the first six attempts take about ten minutes. */
function retrying(groups: Health['retrying'], nowMs: number): Finding[] {
  if (groups === null) return []
  if (groups.length === 0) return [ok('retries', 'No message is being retried.')]
  return groups.map(({ source, reason, fault, messages, since }) => {
    const seconds = Math.max(0, Math.round((nowMs - Date.parse(since)) / 1_000))
    const why = fault === null ? reason : `${reason}: ${fault}`
    const says = `Being retried: ${messages} messages (${why}), the oldest since ${since}.`
    const part = `retries of ${source ?? 'messages without a source'}`
    return seconds > WAITING_MAX_SECONDS
      ? wrong(
          part,
          says,
          CURE[reason] ??
            'npx wrangler tail postern-consumer shows message_retried with the fault. After ten attempts they are dead letters.',
        )
      : note(part, says, 'They are retried by themselves, for about an hour.')
  })
}

/** The console says what is wrong and what to do. */
function growth(state: Health['growth']): Finding[] {
  if (state === null) return []
  const { bytes, limit_bytes: limit, events, events_a_day: daily, problems } = state
  const size = `${bytesText(bytes)} of ${bytesText(limit)}, ${events} events, ${daily} more a day`
  if (problems.length === 0)
    return [
      ok(
        'size of the store',
        `${size}${state.full_at === null ? '' : `: full on ${state.full_at.slice(0, 10)}`}.`,
      ),
    ]
  return problems.map(({ problem, level, says, todo }) =>
    (level === 'wrong' ? wrong : note)(
      problem === 'archive_behind' ? 'archive' : 'size of the store',
      says,
      todo,
    ),
  )
}

/** The console says what is wrong and what to do. */
function watching(state: Health['watch']): Finding[] {
  if (state === null) return []
  const says = `It is ${state.minutes_behind} min behind. Open incidents: ${state.open_incidents}.`
  if (state.problems.length === 0) return [ok('the watch of attacks', says)]
  return state.problems.map(({ level, says: what, todo }) =>
    (level === 'wrong' ? wrong : note)('the watch of attacks', what, todo),
  )
}

/** A console of before has no drills. */
function drills(state: Health['drills'] | undefined): Finding[] {
  if (state === null || state === undefined) return []
  if (state.problems.length === 0)
    return [ok('restore drill', `The next is due on ${state.due_at.slice(0, 10)}.`)]
  return state.problems.map(({ level, says, todo }) =>
    (level === 'wrong' ? wrong : note)('restore drill', says, todo),
  )
}

function waiting({ dead_letters: dead, quarantined }: Health): Finding[] {
  const findings: Finding[] = []
  if (dead !== null)
    findings.push(
      dead === 0
        ? ok('dead letters', 'None.')
        : wrong(
            'dead letters',
            `${dead} or more events were given up on.`,
            'postern dead-letters list says why; mend it, then redrive --all.',
          ),
    )
  if (quarantined !== null)
    findings.push(
      quarantined === 0
        ? ok('quarantine', 'Nothing.')
        : note(
            'quarantine',
            `${quarantined} or more authentic deliveries were not understood.`,
            'postern quarantine list.',
          ),
    )
  return findings
}
